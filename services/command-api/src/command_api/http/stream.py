"""Server-sent events: parts of a page as they come, for as long as somebody looks."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request
from litestar.response import Stream

STREAMED = "streamed"
"""In the state of a request whose answer goes on for as long as somebody looks: it ends when the server stops."""


def event(name: str, part: str) -> str:
    """One event, as text/event-stream has it (HTML Standard, 9.2)."""
    lines = "".join(f"data: {line}\n" for line in part.splitlines() or [""])
    return f"event: {name}\n{lines}\n"


def streamed(request: Request[Any, Any, Any], events: AsyncIterator[str]) -> Stream:
    """The answer; ``events`` is closed once the browser has gone."""
    request.scope["state"][STREAMED] = True
    return Stream(events, media_type="text/event-stream")
