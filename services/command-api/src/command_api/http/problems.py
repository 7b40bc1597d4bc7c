"""Errors as RFC 9457 problem documents: a stable type, and what to do. Nothing internal leaks into one."""

import logging
from collections.abc import Mapping
from typing import Any

import asyncpg
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from command_api.decide.rejected import Rejected
from command_api.event_store import ClocksApart
from command_api.fold.lines import Busy
from command_api.handle import Conflict, VersionDiffers
from command_api.recorded import LogBroken
from command_api.scope import KeyReused, NotFound
from healz.events import UnknownEvent
from healz.postgres import AWAY, NO_ROOM

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = "2"
TOO_BUSY = "too much is being done about this patient at once; nothing was changed, try again shortly"
NOTHING_HERE = "there is nothing at this address; /schema lists what there is"
STATIC_PATH = "/schema-ui"
PROBLEM_TYPE = "application/problem+json"
PARAMETER_NAMES = {"since": "from"}
"""Where Python can't call a query parameter by its name."""

TITLES = {
    400: ("unreadable", "The request can't be read"),
    401: ("unauthenticated", "A valid bearer token is needed"),
    403: ("forbidden", "This role may not do that"),
    404: ("not-found", "There is no such thing here"),
    405: ("method-not-allowed", "This address does not take that method"),
    408: ("too-slow", "The body does not come, or takes too long"),
    409: ("rejected", "A rule refuses this"),
    412: ("version-differs", "It has changed meanwhile"),
    413: ("too-large", "The body is too large"),
    414: ("address-too-long", "The address is too long"),
    415: ("not-json", "The body is of another kind"),
    422: ("invalid", "A field is not as it must be"),
    429: ("too-many", "Too many requests"),
    431: ("headers-too-large", "The headers are too large"),
    500: ("internal", "That went wrong on our side"),
    503: ("unavailable", "Not now"),
}


class Problem(Exception):
    """A problem that a route has found itself; ``more`` are members of the document."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


def document(error: Problem) -> dict[str, Any]:
    """``error`` as RFC 9457 has it."""
    kind, title = TITLES[error.status]
    known = {"type": f"urn:healz:problem:{kind}", "title": title, "status": error.status, "detail": error.detail}
    return known | error.more


def problem(error: Problem) -> Response[dict[str, Any]]:
    """The response for ``error``."""
    return Response(
        document(error),
        status_code=error.status,
        media_type=PROBLEM_TYPE,
        headers=error.headers,
    )


def busy(error: Busy) -> Problem:
    """For what has no room now, and may have soon."""
    return Problem(503, str(error) or TOO_BUSY, headers={"Retry-After": RETRY_AFTER_SECONDS})


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Any exception as a problem document."""
    found = _problem_of(request, error)
    if found.status == 500:
        log.error("request failed", exc_info=error, extra={"path": request.url.path})
    if isinstance(error, NO_ROOM):
        request.app.state.readiness.no_room(error)
    return problem(found)


def _problem_of(request: Request[Any, Any, Any], error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case Rejected(rule=rule, message=message, more=more):
            named: dict[str, Any] = {name: str(key) for name, key in more.items()}
            return Problem(409, message, rule=rule, **named)
        case NotFound():
            return Problem(404, "no such thing, for this tenant and these clinics")
        case Conflict():
            return Problem(
                409, "other facts about this patient came first; read again and try once more", rule="conflict"
            )
        case KeyReused():
            return Problem(422, "this Idempotency-Key was used for another request; take a new key", rule="key_reused")
        case VersionDiffers(version=version):
            return Problem(412, f"it is at version {version} now; read it again and decide anew", version=version)
        case ValidationException(extra=[{"key": "data", "source": "body"}]):
            return Problem(400, "send a JSON object as the body")
        case ValidationException(extra=extra):
            return Problem(422, "correct the fields named in errors", errors=_fields(extra))
        case RequestEntityTooLarge():
            most = request.route_handler.resolve_request_max_body_size()
            return Problem(413, f"a body may have {most} bytes at most")
        case NotFoundException():
            return Problem(404, NOTHING_HERE)
        case MethodNotAllowedException(headers=headers):
            return Problem(405, f"this address takes {(headers or {}).get('allow', 'other methods')}", headers=headers)
        case HTTPException(status_code=status, detail=detail, headers=headers):
            known = status if status in TITLES else 400
            return Problem(known, detail or TITLES[known][1], headers=headers)
        case UnicodeDecodeError():
            return Problem(400, "the body is not UTF-8")
        case RecursionError():
            return Problem(400, "the body is nested too deeply")
        case asyncpg.DataError():
            log.warning("a value was refused by the database alone", extra={"path": request.url.path})
            return Problem(422, "a value in this request can't be taken; look for control characters and far-off times")
        case Busy():
            return busy(error)
        case LogBroken():
            log.critical("the event store contradicts itself", exc_info=error)
            return Problem(500, "the records of this patient need a look by the operators; nothing was changed")
        case ClocksApart():
            log.critical("clocks are apart: nothing is recorded", extra={"reason": str(error)})
            return Problem(
                503,
                "the clocks of our servers differ, so nothing was recorded; the operators have the details",
                headers={"Retry-After": RETRY_AFTER_SECONDS},
            )
        case UnknownEvent():
            log.error("a later release wrote events of this patient", extra={"path": request.url.path})
            return Problem(
                503,
                "a later release recorded something of this patient; try again when the update is through",
                headers={"Retry-After": RETRY_AFTER_SECONDS},
            )
        case _ if isinstance(error, AWAY):
            log.warning("the database does not answer", extra={"path": request.url.path, "reason": repr(error)})
            return Problem(
                503, "the database does not answer; try again shortly", headers={"Retry-After": RETRY_AFTER_SECONDS}
            )
        case _:
            return Problem(500, "nothing was changed; the operators have the details")


def _fields(extra: Any) -> list[dict[str, str]]:
    """Which field, and what is wrong with it; never the value that was sent."""
    if not isinstance(extra, list):
        return []
    return [
        {
            "field": PARAMETER_NAMES.get(fault.get("key", "body"), fault.get("key", "body")),
            "message": str(fault.get("message", "")).removeprefix("Value error, "),
        }
        for fault in extra
    ]
