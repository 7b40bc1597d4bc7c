"""Is the process alive; can it serve?"""

from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from command_api.http.readiness import Readiness


def _answer(description: str, **body: Any) -> ResponseSpec:
    example = Example(value=body)
    return ResponseSpec(dict[str, Any], generate_examples=False, description=description, examples=[example])


READY_ANSWERS = {
    200: _answer(
        "It can",
        status="ok",
        database="up",
        migrations="at head",
        kafka="up",
        relay="leading",
        halted={"projector-patient": 1},
    ),
    503: _answer("It can't", status="unavailable", database="down", kafka="up"),
}


@get("/health/live", summary="The process runs", tags=["health"], responses={200: _answer("It does", status="ok")})
async def live() -> dict[str, str]:
    return {"status": "ok"}


@get(
    "/health/ready",
    summary="It can serve. Kafka away, no leading relay, tenants for whom a component has stopped: told, but no harm",
    tags=["health"],
    responses=READY_ANSWERS,
)
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    readiness: Readiness = request.app.state.readiness
    look = await readiness.look()
    return Response({"status": "ok" if look.ok else "unavailable"} | look.parts, status_code=200 if look.ok else 503)


@get("/", media_type=MediaType.TEXT, summary="What is here", tags=["health"])
async def index() -> str:
    return (
        "Healz command-api\n\n"
        "/schema            the API, browsable (OpenAPI 3.1)\n"
        "/contracts         the events of the topic: JSON Schemas, AsyncAPI, ODCS\n"
        "/v1/patients       register, search, history, as of a day\n"
        "/v1/appointments   book, confirm, cancel, calendar, whom to call\n"
        "/v1/journeys       at risk, silent, escalated\n"
        "/v1/clinics        a clinic's dashboard; /v1/doctors\n"
        "/v1/imports        a file of past appointments\n"
        "/v1/events         all that one operation led to\n"
        "/v1/conversations  start, record messages, escalate, close\n"
        "/health/live  /health/ready\n"
    )
