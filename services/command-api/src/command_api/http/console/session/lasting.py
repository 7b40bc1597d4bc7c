"""A stream lasts as long as its session: until the token is not good any more, or its cookie is taken back."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

from litestar import Request
from litestar.response import Stream

from command_api.http.console.page import rendered
from command_api.http.console.session.cookie import Session
from command_api.http.console.session.provided import came_from, session_of
from command_api.http.problems import Problem
from command_api.http.stream import event, streamed

LOOK_SECONDS = 1.0
"""So often it is asked whether the session is still there."""
Coming = asyncio.Queue[str | Exception | None]


class Streams:
    """Those under way in this process, by the token of their session."""

    def __init__(self) -> None:
        self._ends: dict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def begun(self, token: str) -> Iterator[asyncio.Event]:
        """What is set once somebody has logged out of that session."""
        end = asyncio.Event()
        self._ends[token].add(end)
        try:
            yield end
        finally:
            self._ends[token].discard(end)
            if not self._ends[token]:
                del self._ends[token]

    def end(self, token: str | None) -> None:
        """The session's cookie is taken back."""
        for end in self._ends.get(token or "", ()):
            end.set()


def lasting(request: Request[Any, Any, Any], session: Session, parts: AsyncGenerator[str, None]) -> Stream:
    """``parts`` as a stream; the last one says that the session is over, where that is why it ends."""
    return streamed(request, _while_logged_in(request, session, parts))


def session_over(request: Request[Any, Any, Any]) -> str:
    """The end of a stream, or all of one that nobody may see any more."""
    return event("over", rendered(request, "over.html", back=came_from(request))) + event("end", "")


async def _while_logged_in(
    request: Request[Any, Any, Any], session: Session, parts: AsyncGenerator[str, None]
) -> AsyncIterator[str]:
    streams: Streams = request.app.state.streams
    coming: Coming = asyncio.Queue(1)
    pump = asyncio.create_task(_pump(parts, coming))
    try:
        with streams.begun(session.token) as logged_out:
            while True:
                try:
                    part = await asyncio.wait_for(coming.get(), LOOK_SECONDS)
                except TimeoutError:
                    part = ""
                if logged_out.is_set() or not await _is_good(request):
                    yield session_over(request)
                    return
                if isinstance(part, Exception):
                    raise part
                if part is None:
                    return
                if part:
                    yield part
    finally:
        pump.cancel()
        await asyncio.wait({pump})


async def _pump(parts: AsyncGenerator[str, None], coming: Coming) -> None:
    """Each part once the one before was taken; at the end None, or why there is no more.

    In a task of its own: a generator that has a timeout goes on in the task that it began in.
    """
    try:
        async with aclosing(parts):
            async for part in parts:
                await coming.put(part)
    except Exception as error:
        await coming.put(error)
    else:
        await coming.put(None)


async def _is_good(request: Request[Any, Any, Any]) -> bool:
    """Whether the token is still one; while nobody can tell, it is as before."""
    try:
        return await session_of(request) is not None
    except Problem as problem:
        return problem.status == 503
