"""Errors as RFC 9457 problem documents: a stable type, and what to do. Nothing internal leaks into one."""

from collections.abc import Mapping
from typing import Any

from litestar import Response

from command_api.fold.lines import Busy

RETRY_AFTER_SECONDS = "2"
TOO_BUSY = "too much is being done about this patient at once; nothing was changed, try again shortly"
NO_SUCH_THING = "no such thing, for this tenant and these clinics"
NOTHING_HERE = "there is nothing at this address; /schema lists what there is"
STATIC_PATH = "/schema-ui"
CONTRACTS_PATH = "/contracts"
ASSETS_PATH = "/console/assets/"
PROBLEM_TYPE = "application/problem+json"

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


def unfit(message: str, *fields: str) -> Problem:
    """For fields that don't fit, each by its own or all together: ``message`` says what is right."""
    return Problem(422, message, errors=[{"field": field, "message": message} for field in fields])


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
