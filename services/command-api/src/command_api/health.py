"""Is the process alive; can it serve?"""

import json
from typing import Any

import asyncpg
from litestar import MediaType, Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from healz.kafka import answers
from healz.postgres import AWAY

SCHEMA_VERSION = "200093"
"""The newest migration that this release needs."""
READY = "SELECT max(version) FROM ops.schema_migrations WHERE state = 'applied'"
# What does no harm to a request, and yet wants a person: no relay leads; somebody has stopped for a tenant.
TOLD = """
SELECT ops.relay_leads() AS relay_leads,
       (SELECT COALESCE(jsonb_object_agg(component, tenants), '{}')::text FROM ops.halted_components()) AS halted
"""


def _told(description: str, **body: Any) -> ResponseSpec:
    example = Example(value=body)
    return ResponseSpec(dict[str, Any], generate_examples=False, description=description, examples=[example])


READY_TOLD = {
    200: _told(
        "It can",
        status="ok",
        database="up",
        migrations="at head",
        kafka="up",
        relay="leading",
        halted={"projector-patient": 1},
    ),
    503: _told("It can't", status="unavailable", database="down", kafka="up"),
}


@get("/health/live", summary="The process runs", tags=["health"], responses={200: _told("It does", status="ok")})
async def live() -> dict[str, str]:
    return {"status": "ok"}


@get(
    "/health/ready",
    summary="It can serve. Kafka away, no leading relay, tenants for whom a component has stopped: told, but no harm",
    tags=["health"],
    responses=READY_TOLD,
)
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    state = request.app.state
    kafka = "up" if await answers(state.settings.kafka_bootstrap_servers) else "down"
    try:
        version = await state.command_pool.fetchval(READY)
        told = await state.command_pool.fetchrow(TOLD) if version and version >= SCHEMA_VERSION else None
    except AWAY:
        return Response({"status": "unavailable", "database": "down", "kafka": kafka}, status_code=503)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
        version = told = None  # nobody has migrated it yet
    if told is None:
        body = {"status": "unavailable", "database": "up", "migrations": f"at {version}, needed {SCHEMA_VERSION}"}
        return Response(body | {"kafka": kafka}, status_code=503)
    body = {"status": "ok", "database": "up", "migrations": "at head", "kafka": kafka}
    relay = "leading" if told["relay_leads"] else "none"
    return Response(body | {"relay": relay, "halted": json.loads(told["halted"])})


@get("/", media_type=MediaType.TEXT, summary="What is here", tags=["health"])
async def index() -> str:
    return (
        "Healz command-api\n\n"
        "/schema            the API, browsable (OpenAPI 3.1)\n"
        "/v1/patients       register, search, history, as of a day\n"
        "/v1/appointments   book, confirm, cancel, calendar, whom to call\n"
        "/v1/journeys       at risk, silent, escalated\n"
        "/v1/clinics        a clinic's dashboard; /v1/doctors\n"
        "/v1/imports        a file of past appointments\n"
        "/v1/events         all that one operation led to\n"
        "/v1/conversations  start, record messages, escalate, close\n"
        "/health/live  /health/ready\n"
    )
