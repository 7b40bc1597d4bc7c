"""HTTP to an import."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from litestar import Request, Response, Router, post
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.params import Parameter
from uuid_utils.compat import uuid7

from command_api.handle import Handler
from command_api.http.auth import Principal, allow
from command_api.http.command_request import idempotency_key
from command_api.http.import_parameters import CSV, CellsLeftOut, Columns, CsvOperation, Words
from command_api.http.import_room import Room
from command_api.http.problems import Problem
from command_api.http.tracing import operation
from command_api.http.upload import UploadBounds, upload
from command_api.imports.file_import import Bounds, FileImport
from command_api.imports.refused_file import RefusedFile
from command_api.imports.rehearsal import RehearsedImports, RehearsedStore
from command_api.imports.rows.encodings import NAMES, UTF_8, WINDOWS_1252
from command_api.imports.rows.header import HeaderRefused
from command_api.imports.rows.mapping import FileMapping, MappingRefused, read_mapping
from command_api.imports.stopped import Stopped
from command_api.imports.store import ImportStore
from command_api.imports.tally import Tally
from command_api.scope import Asked
from command_api.settings import ApiSettings


@post(
    "/appointments",
    guards=[allow("import")],
    status_code=200,
    operation_class=CsvOperation,
    summary="Import a CSV of appointments, past and to come",
    description=(
        "Send an Idempotency-Key that names the file. The same file under the same key goes on where it ended, whatever"
        " interrupted it and however long ago; rows that were refused are tried again. With Accept: text/csv the answer"
        " is a CSV of all refused rows, each with what is wrong with it, to be corrected and sent again under another"
        " key; its counts stand in the header Healz-Import-Tally."
    ),
)
async def import_appointments(
    request: Request[Principal, Any, Any],
    column: Columns = None,
    cell: CellsLeftOut = None,
    word: Words = None,
    dry_run: Annotated[bool, Parameter(description="say what would become of the file, and record nothing")] = False,
) -> Response[Tally]:
    key = _key(request)
    mapping = _mapping(column or [], cell or [], word or [])
    settings: ApiSettings = request.app.state.settings
    room: Room = request.app.state.imports
    work = _work(request, settings, key, mapping, dry_run=dry_run)
    try:
        with room.place(request.user.tenant_id):
            try:
                tally = await work.run(upload(request.receive, _bounds(request, settings)))
            finally:
                if isinstance(work.store, RehearsedImports):
                    await work.store.end()
    except HeaderRefused as refused:
        raise Problem(422, refused.detail, rule="header_invalid", **refused.more) from refused
    except Stopped as stopped:
        stays = f"what was imported stays; row {work.settled_up_to} was the last that was tried"
        members: dict[str, Any] = {"rule": stopped.rule, "tally": work.tally.model_dump(mode="json")}
        raise Problem(stopped.status, f"{stopped.detail} ({stays})", **members) from stopped
    headers = {"Healz-Position": str(tally.position)} if tally.position is not None else {}
    if work.refused_file is None:
        return Response(tally, headers=headers)
    counts = tally.model_dump(include={"rows", "accepted", "known", "refused", "remarked"})
    told = ", ".join(f"{name}={count}" for name, count in counts.items())
    content: Any = work.refused_file.content
    return Response(
        content,
        media_type=CSV,
        headers=headers | {"Healz-Import-Tally": f"{told}, left-out={work.refused_file.left_out}"},
    )


def _work(
    request: Request[Principal, Any, Any], settings: ApiSettings, key: str, mapping: FileMapping, *, dry_run: bool
) -> FileImport:
    handler: Handler = request.app.state.handler
    user, now = request.user, operation(request.scope)
    kept_key = handler.store.hashes.idempotency_key(user.tenant_id, key)
    store = ImportStore(request.app.state.command_pool, user.tenant_id, kept_key)
    if dry_run:
        rehearsed = RehearsedStore(handler.store)
        handler = replace(handler, store=rehearsed)
        store = RehearsedImports(rehearsed, user.tenant_id, kept_key)
    return FileImport(
        store=store,
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
            rows_max=settings.healz_import_dry_run_rows_max if dry_run else settings.healz_import_rows_max,
            blank_lines_max=settings.healz_import_blank_lines_max,
            unreadable_rows_max=settings.healz_import_unreadable_rows_max,
            turn_seconds=settings.healz_import_turn_ms / 1000,
            batch_rows_max=settings.healz_import_batch_rows_max,
            lanes_at_once=settings.healz_import_rows_in_flight_max,
            refusals_shown_max=settings.healz_import_refusals_shown_max,
        ),
        tally=Tally(import_key=key, dry_run=dry_run),
        mapping=mapping,
        encoding=_encoding(request),
        refused_file=RefusedFile(settings.healz_import_refused_bytes_max) if _wants_csv(request) else None,
    )


def _mapping(columns: list[str], cells: list[str], words: list[str]) -> FileMapping:
    try:
        return read_mapping(columns, cells, words)
    except MappingRefused as refused:
        errors = [{"field": refused.parameter, "message": refused.message}]
        raise Problem(422, "correct the query parameters named in errors", errors=errors) from refused


def _encoding(request: Request[Principal, Any, Any]) -> str | None:
    charset = request.content_type[1].get("charset")
    if charset is None:
        return None
    if (encoding := NAMES.get(charset.strip('"').lower())) is None:
        raise Problem(415, f"the file's charset is not known here; save it as {UTF_8} or {WINDOWS_1252}")
    return encoding


def _wants_csv(request: Request[Principal, Any, Any]) -> bool:
    asked = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return CSV in asked and "application/json" not in asked


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
