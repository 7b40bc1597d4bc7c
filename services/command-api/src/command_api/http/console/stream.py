"""Server-sent events: parts of a page as they come, for as long as somebody looks."""

from collections.abc import AsyncIterator

from litestar.response import Stream

STREAM_SECONDS_MAX = 8.0
"""Of a stream that goes on for ever: shorter than a stopping server waits. The browser asks again by itself."""
AGAIN_MS = 500


def event(name: str, part: str) -> str:
    """One event, as text/event-stream has it (HTML Standard, 9.2)."""
    lines = "".join(f"data: {line}\n" for line in part.splitlines() or [""])
    return f"event: {name}\n{lines}\n"


def streamed(events: AsyncIterator[str]) -> Stream:
    """The answer; ``events`` is closed once the browser has gone."""
    return Stream(events, media_type="text/event-stream")
