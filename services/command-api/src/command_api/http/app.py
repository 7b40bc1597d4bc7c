"""The HTTP server: the one place that knows how the parts are put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from command_api.assembly import create_handler, fold_limits
from command_api.door import knocking
from command_api.http import contract_files, page_files, tracing
from command_api.http.answer_headers import all_methods, cors, security_headers
from command_api.http.auth import Authentication
from command_api.http.body import BoundedRequest
from command_api.http.command_request import provide_commands
from command_api.http.console.pipeline.look import Looks
from command_api.http.console.pipeline.work import working
from command_api.http.console.router import router as console
from command_api.http.console.session.lasting import Streams
from command_api.http.console.trouble import answer_any
from command_api.http.document.complete import complete
from command_api.http.gate import Gate
from command_api.http.health import index, live, ready
from command_api.http.import_room import Room
from command_api.http.processes import serve
from command_api.http.queries import (
    appointments,
    at_risk,
    calendar,
    clinics,
    conversations,
    dashboard,
    doctor_appointments,
    doctors,
    journeys,
    medical_history,
    messages,
    operation,
    patient_as_of,
    patient_history,
    patients,
    tenant,
    unclosed,
    unconfirmed,
    why,
    writing,
)
from command_api.http.queries.known_parameters import check_parameters
from command_api.http.queries.reader import decode_json, provide_reader
from command_api.http.queries.rows_then import RowsThen
from command_api.http.queries.waiting import Positions
from command_api.http.rate import RateLimit
from command_api.http.rate_shared import sharing
from command_api.http.readiness import Readiness
from command_api.http.refusals import Refusals
from command_api.http.requests_counted import RequestsCounted
from command_api.http.routes import appointment, conversation, imports, journey, patient, reference
from command_api.http.small_reads import bounded_protocol
from command_api.http.tokens import Tokens
from command_api.settings import ApiSettings
from command_api.shares import Shares, share_limits
from healz.memory import settle
from healz.metrics.export import exporting
from healz.postgres import create_pool
from healz.start import start
from healz.traces.export import exporting_traces

OPEN_PATHS = ["^/$", "^/health", "^/schema", "^/contracts", "^/console"]


def create_app(settings: ApiSettings) -> Litestar:
    """The application; nothing is opened before it starts."""
    tokens, shares, refusals = Tokens(settings), Shares(share_limits(settings)), Refusals()
    requests_counted = RequestsCounted(settings.healz_requests_per_minute_max)
    patient_handlers = [
        *patient.handlers,
        *patients.handlers,
        *patient_history.handlers,
        *patient_as_of.handlers,
        *writing.handlers,
    ]
    patient_handlers += [*medical_history.handlers, why.get_patient_why]
    appointment_handlers = [*appointment.handlers, *calendar.handlers, *appointments.handlers, *unconfirmed.handlers]
    appointment_handlers += [*unclosed.handlers, why.get_appointment_why]
    reference_handlers = [*reference.handlers, *clinics.handlers, *doctors.handlers, *tenant.handlers]
    conversation_queries = [*conversations.handlers, *messages.handlers, why.get_conversation_why]
    journey_handlers = [*journey.handlers, *journeys.handlers, *at_risk.handlers, why.get_journey_why]

    @asynccontextmanager
    async def exported(app: Litestar) -> AsyncIterator[None]:
        # Not before: threads don't outlive a fork. Not around the server: it ends by a signal.
        with exporting(settings, "command-api", app.state.process), exporting_traces(settings, "command-api"):
            settle()  # what was imported for it, too
            yield

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with tokens.running(), knocking(settings.healz_relay_doors) as knock, working(settings) as works:
            command_pool = await create_pool(settings, "command-api")
            reader_pool = await create_pool(
                settings, "command-api-queries", url=settings.reader_database_url, init=decode_json
            )
            handler = create_handler(settings, command_pool, shares, knock)
            positions = Positions(reader_pool, settings)
            kept = settings.healz_rows_then_kept_bytes_max
            rows_then = RowsThen(fold_limits(settings), kept, handler.store.cases.long)
            app.state.update(
                settings=settings,
                command_pool=command_pool,
                reader_pool=reader_pool,
                readiness=Readiness(command_pool, settings),
                handler=handler,
                positions=positions,
                rows_then=rows_then,
                looks=Looks(settings),
                works=works,
                streams=Streams(),
                imports=Room(settings.healz_imports_at_once_max, settings.healz_imports_per_tenant_max),
            )
            try:
                async with sharing(command_pool, requests_counted, settings.healz_rate_shared_every_ms / 1000):
                    yield
            finally:
                refusals.tell()
                await positions.close()
                await reader_pool.close()
                await command_pool.close()

    app = Litestar(
        route_handlers=[
            index,
            live,
            ready,
            Router("/v1/patients", route_handlers=patient_handlers, tags=["patients"]),
            conversation.router(settings, conversation_queries),
            Router("/v1/journeys", route_handlers=journey_handlers, tags=["journeys"]),
            Router("/v1/appointments", route_handlers=appointment_handlers, tags=["appointments"]),
            imports.router(settings),
            Router("/v1/events", route_handlers=operation.handlers, tags=["events"]),
            Router("/v1/clinics", route_handlers=dashboard.handlers, tags=["clinics"]),
            Router("/v1/doctors", route_handlers=doctor_appointments.handlers, tags=["appointments"]),
            Router("/v1", route_handlers=reference_handlers, tags=["reference data"]),
            page_files.router(),
            contract_files.router(),
            console(),
        ],
        lifespan=[exported, lifespan],
        dependencies={
            "commands": Provide(provide_commands),
            "reader": Provide(provide_reader),
            "reference": Provide(reference.provide_reference),
        },
        guards=[check_parameters],
        middleware=[
            DefineMiddleware(Authentication, exclude=OPEN_PATHS),
            RateLimit(requests_counted, settings.healz_refusal_pause_seconds),
        ],
        before_request=tracing.begin,
        before_send=[tracing.send, security_headers(settings.healz_hsts_seconds), all_methods],
        cors_config=cors(settings.healz_cors_origins),
        exception_handlers={Exception: answer_any},
        logging_config=None,
        request_class=BoundedRequest,
        request_max_body_size=settings.healz_body_bytes_max,
        openapi_config=OpenAPIConfig(
            title="Healz",
            version="0.1.0",
            description="Commands and queries of the clinic platform. Errors are problem documents (RFC 9457).",
            components=Components(
                security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")}
            ),
            security=[{"bearer": []}],
            openapi_router=page_files.page(),
            render_plugins=[page_files.BROWSABLE],
            # The name of the route's function: what a client is generated with, and what is searched for here.
            operation_id_creator=lambda handler, _method, _path: handler.handler_name,
        ),
    )
    # The process' number is another where several serve together.
    app.state.update(tokens=tokens, shares=shares, refusals=refusals, requests_counted=requests_counted, process=0)
    complete(app.openapi_schema, settings.healz_unconfirmed_hours_max)
    return app


def main() -> None:
    """Entry point: settings from the environment, until SIGTERM; requests in flight are finished first."""
    settings = start(ApiSettings)
    app = create_app(settings)
    settle()
    config = uvicorn.Config(
        Gate(app, settings),
        host=settings.healz_api_host,
        port=settings.healz_api_port,
        http=bounded_protocol(settings),
        ws="none",
        log_config=None,
        access_log=False,
        timeout_keep_alive=settings.healz_api_keep_alive_seconds,
        timeout_graceful_shutdown=10,
    )
    serve(config, settings.healz_api_processes, lambda number: app.state.update(process=number))
