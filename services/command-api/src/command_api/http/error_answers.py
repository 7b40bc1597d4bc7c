"""Any exception as a problem document: what it means to who asked, and what to do."""

import logging
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
from litestar.utils.scope.state import ScopeState

from command_api.append_refused import ClocksApart
from command_api.decide.rejected import Rejected
from command_api.fold.lines import Busy
from command_api.handle import Conflict, VersionDiffers
from command_api.http.half_characters import EXAMPLE, MESSAGE, half_character
from command_api.http.problems import NO_SUCH_THING, NOTHING_HERE, RETRY_AFTER_SECONDS, TITLES, Problem, busy, problem
from command_api.http.what_is_allowed import explained
from command_api.recorded import LogBroken
from command_api.scope import KeyReused, NotFound
from healz.events import UnknownEvent
from healz.postgres import AWAY, NO_ROOM

log = logging.getLogger(__name__)

PARAMETER_NAMES = {"since": "from"}
"""Where Python can't call a query parameter by its name."""


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Any exception as a problem document."""
    return problem(understood(request, error))


def understood(request: Request[Any, Any, Any], error: Exception) -> Problem:
    """Any exception as a problem; what is ours to mend is in the log."""
    found = _problem_of(request, error)
    if "errors" in found.more:
        handler, query = request.scope["route_handler"], request.query_params.dict()
        found.more["errors"] = [explained(handler, fault, query) for fault in found.more["errors"]]
    if found.status == 500:
        log.error("request failed", exc_info=error, extra={"path": request.url.path})
    if isinstance(error, NO_ROOM):
        request.app.state.readiness.no_room(error)
    return found


def _problem_of(request: Request[Any, Any, Any], error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case Rejected(rule=rule, message=message, more=more):
            named: dict[str, Any] = {name: str(key) for name, key in more.items()}
            return Problem(409, message, rule=rule, **named)
        case NotFound(field=None):
            return Problem(404, NO_SUCH_THING)
        case NotFound(field=str(field)):
            return Problem(404, NO_SUCH_THING, errors=[{"field": field, "message": NO_SUCH_THING}])
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
        case HTTPException(status_code=400) if (half := half_character(_body_of(request))) is not None:
            errors = [{"field": half, "message": MESSAGE, "example": EXAMPLE}]
            return Problem(422, "correct the fields named in errors", errors=errors)
        case HTTPException(status_code=status, detail=detail, headers=headers):
            known = status if status in TITLES else 400
            return Problem(known, detail or TITLES[known][1], headers=headers)
        case UnicodeDecodeError():
            return Problem(400, "the body is not UTF-8")
        case RecursionError():
            return Problem(400, "the body is nested too deeply")
        case asyncpg.PostgresError(sqlstate="HZ007"):
            return Problem(
                503,
                "this organisation is on its way to other servers; nothing was changed, send it again when it is there",
                headers={"Retry-After": RETRY_AFTER_SECONDS},
            )
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


def _body_of(request: Request[Any, Any, Any]) -> bytes:
    """As far as it was read; the request of an error is another one than the route's."""
    body = ScopeState.from_scope(request.scope).body
    return body if isinstance(body, bytes) else b""


def _fields(extra: Any) -> list[dict[str, str]]:
    """Which field, and what is wrong with it; never the value that was sent."""
    if not isinstance(extra, list):
        return []
    return [
        {
            "field": PARAMETER_NAMES.get(fault.get("key", "body"), fault.get("key", "body")),
            "message": str(fault.get("message", "")),
        }
        for fault in extra
    ]
