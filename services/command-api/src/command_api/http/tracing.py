"""Which operation a request belongs to: correlation id, trace, and one line of log when it is answered."""

import logging
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope
from uuid_utils.compat import uuid7

from command_api.http.metrics import answered
from command_api.http.traceparent import next_span

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RequestTrace:
    """The correlation id and trace of a request; ``started`` is a ``time.perf_counter()``."""

    correlation_id: UUID
    traceparent: str
    started: float


def operation(scope: Scope) -> RequestTrace:
    """The request's operation: X-Correlation-Id (a UUID) and traceparent are taken over, else made; once a request."""
    state: dict[str, Any] = scope.setdefault("state", {})
    if "operation" not in state:
        sent = _sent(scope, b"x-correlation-id")
        try:
            correlation_id = UUID(sent[0]) if sent else uuid7()
        except ValueError:
            correlation_id = uuid7()
        traceparent = next_span(_sent(scope, b"traceparent"))
        state["operation"] = RequestTrace(correlation_id, traceparent, time.perf_counter())
    found: RequestTrace = state["operation"]
    return found


def _sent(scope: Scope, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]


async def begin(request: Request[Any, Any, Any]) -> None:
    """From here on the clock runs."""
    operation(request.scope)


async def send(message: Message, scope: Scope) -> None:
    """Returns both as headers, and logs what was answered: ids and figures, never what was in the bodies."""
    if message["type"] != "http.response.start":
        return
    now = operation(scope)
    headers = MutableScopeHeaders.from_message(message)
    headers["X-Correlation-Id"] = str(now.correlation_id)
    headers["traceparent"] = now.traceparent
    user = scope.get("user")
    method, path, seconds = str(scope.get("method")), scope.get("path_template"), time.perf_counter() - now.started
    answered(method, path, message["status"], seconds)
    log.info(
        "answered",
        extra={
            "method": method,
            "path": path,
            "status": message["status"],
            "milliseconds": round(seconds * 1000, 1),
            "tenant_id": getattr(user, "tenant_id", None),
            "correlation_id": now.correlation_id,
            "traceparent": now.traceparent,
        },
    )
