"""HTTP to an import."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from litestar import Request, Response, Router, post
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, Parameter, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from uuid_utils.compat import uuid7

from command_api.handle import Handler
from command_api.http.auth import Principal, allow
from command_api.http.command_request import IDEMPOTENCY_KEY_LENGTH_MAX, IDEMPOTENCY_KEY_PATTERN, idempotency_key
from command_api.http.import_room import Room
from command_api.http.problems import Problem
from command_api.http.tracing import operation
from command_api.http.upload import UploadBounds, upload
from command_api.imports.file_import import Bounds, FileImport
from command_api.imports.rows.header import HeaderRefused
from command_api.imports.rows.row import OPTIONAL, REQUIRED
from command_api.imports.stopped import Stopped
from command_api.imports.store import ImportStore
from command_api.imports.tally import Tally
from command_api.scope import Asked
from command_api.settings import ApiSettings

EXAMPLE = (
    "patient_phone,patient_name,patient_birth_date,clinic_id,doctor_id,scheduled_for,booked_at,appointment_type,outcome\n"
    "+5527999990000,Maria da Silva,1985-07-14,01900000-0000-7000-8000-0000000000c1,"
    "01900000-0000-7000-8000-0000000000d1,2019-03-14T15:30,2019-03-01T09:12,first_visit,completed\n"
)


@dataclass
class CsvOperation(Operation):
    """The body is read as it comes, and the key with it, so their form is described here."""

    def __post_init__(self) -> None:
        """Litestar makes it without either."""
        self.parameters = [
            Parameter(
                name="Idempotency-Key",
                param_in="header",
                required=True,
                schema=Schema(
                    type=OpenAPIType.STRING,
                    min_length=1,
                    max_length=IDEMPOTENCY_KEY_LENGTH_MAX,
                    pattern=IDEMPOTENCY_KEY_PATTERN,
                ),
                description="names the file",
                example="agenda-2019",
            )
        ]
        self.request_body = RequestBody(
            required=True,
            description=f"Must have: {', '.join(REQUIRED)}. May have: {', '.join(OPTIONAL)}.",
            content={
                "text/csv": OpenAPIMediaType(
                    schema=Schema(type=OpenAPIType.STRING), examples={"one row": Example(value=EXAMPLE)}
                )
            },
        )


@post(
    "/appointments",
    guards=[allow("import")],
    status_code=200,
    operation_class=CsvOperation,
    summary="Import a CSV of past appointments",
    description=(
        "Send an Idempotency-Key that names the file. The same file under the same key goes on where it ended, whatever"
        " interrupted it and however long ago; rows that were refused are tried again."
    ),
)
async def import_appointments(request: Request[Principal, Any, Any]) -> Response[Tally]:
    key = _key(request)
    settings: ApiSettings = request.app.state.settings
    handler: Handler = request.app.state.handler
    user, now = request.user, operation(request.scope)
    room: Room = request.app.state.imports
    work = FileImport(
        store=ImportStore(request.app.state.command_pool, user.tenant_id, handler.store.kept_key(user.tenant_id, key)),
        handler=handler,
        asked=Asked(
            tenant_id=user.tenant_id,
            role=user.role,
            user_id=user.user_id,
            clinics=user.clinics,
            command_id=uuid7(),
            correlation_id=now.correlation_id,
            metadata={"traceparent": now.traceparent},
        ),
        latest=handler.clock() + timedelta(minutes=settings.healz_clock_ahead_minutes_max),
        bounds=Bounds(
            header_bytes_max=settings.healz_import_header_bytes_max,
            row_bytes_max=settings.healz_import_row_bytes_max,
            rows_max=settings.healz_import_rows_max,
            blank_lines_max=settings.healz_import_blank_lines_max,
            unreadable_rows_max=settings.healz_import_unreadable_rows_max,
            turn_seconds=settings.healz_import_turn_ms / 1000,
            batch_rows_max=settings.healz_import_batch_rows_max,
            lanes_at_once=settings.healz_import_rows_in_flight_max,
            refusals_shown_max=settings.healz_import_refusals_shown_max,
        ),
        tally=Tally(import_key=key),
    )
    try:
        with room.place(user.tenant_id):
            tally = await work.run(upload(request.receive, _bounds(request, settings)))
    except HeaderRefused as refused:
        raise Problem(422, refused.detail, rule="header_invalid", **refused.more) from refused
    except Stopped as stopped:
        stays = f"what was imported stays; row {work.settled_up_to} was the last that was tried"
        members: dict[str, Any] = {"rule": stopped.rule, "tally": work.tally.model_dump(mode="json")}
        raise Problem(stopped.status, f"{stopped.detail} ({stays})", **members) from stopped
    headers = {"Healz-Position": str(tally.position)} if tally.position is not None else {}
    return Response(tally, headers=headers)


def _key(request: Request[Principal, Any, Any]) -> str:
    key = idempotency_key(request)
    if key is None:
        raise Problem(
            422, "send an Idempotency-Key that names this file, so that it can be sent again", rule="key_missing"
        )
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise Problem(422, "send the file itself as the body, as curl --data-binary @file.csv does, and not a form")
    return key


def _bounds(request: Request[Principal, Any, Any], settings: ApiSettings) -> UploadBounds:
    """Raises RequestEntityTooLarge when the client says that it is going to send too much."""
    if (request.content_length or 0) > settings.healz_import_bytes_max:
        raise RequestEntityTooLarge
    return UploadBounds(
        bytes_max=settings.healz_import_bytes_max,
        seconds_max=settings.healz_import_seconds_max,
        span_seconds=settings.healz_import_idle_seconds_max,
        span_bytes_min=max(1, settings.healz_import_bytes_per_second_min * settings.healz_import_idle_seconds_max),
    )


def router(settings: ApiSettings) -> Router:
    """The import's routes; a file may be larger than other bodies."""
    return Router(
        "/v1/imports",
        route_handlers=[import_appointments],
        request_max_body_size=settings.healz_import_bytes_max,
        tags=["imports"],
    )
