"""Is the process alive; can it serve?"""

from typing import Any

import asyncpg
from litestar import MediaType, Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from healz.kafka import answers
from healz.postgres import AWAY

SCHEMA_VERSION = "200114"
"""The newest migration that this release needs."""
READY = "SELECT max(version) FROM ops.schema_migrations WHERE state = 'applied'"


def _told(description: str, **body: str) -> ResponseSpec:
    example = Example(value=body)
    return ResponseSpec(dict[str, str], generate_examples=False, description=description, examples=[example])


READY_TOLD = {
    200: _told("It can", status="ok", database="up", migrations="at head", kafka="up"),
    503: _told("It can't", status="unavailable", database="down", kafka="up"),
}


@get("/health/live", summary="The process runs", tags=["health"], responses={200: _told("It does", status="ok")})
async def live() -> dict[str, str]:
    return {"status": "ok"}


@get(
    "/health/ready",
    summary="It can serve; Kafka away is told but does no harm",
    tags=["health"],
    responses=READY_TOLD,
)
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    state = request.app.state
    kafka = "up" if await answers(state.settings.kafka_bootstrap_servers) else "down"
    try:
        version = await state.command_pool.fetchval(READY)
    except AWAY:
        return Response({"status": "unavailable", "database": "down", "kafka": kafka}, status_code=503)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
        version = None  # nobody has migrated it yet
    if version is None or version < SCHEMA_VERSION:
        body = {"status": "unavailable", "database": "up", "migrations": f"at {version}, needed {SCHEMA_VERSION}"}
        return Response(body | {"kafka": kafka}, status_code=503)
    return Response({"status": "ok", "database": "up", "migrations": "at head", "kafka": kafka})


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
