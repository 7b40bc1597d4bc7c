"""What goes on beside what is measured."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def meanwhile(go_on: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncIterator[None]:
    """``go_on(ended)`` runs meanwhile; at the end it is told by the event, and waited for."""
    ended = asyncio.Event()
    going = asyncio.ensure_future(go_on(ended))
    try:
        yield
    finally:
        ended.set()
        await going
