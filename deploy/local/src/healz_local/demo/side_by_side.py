"""Bounded concurrency: so many coroutines at a time."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any


async def side_by_side(work: Iterable[Coroutine[Any, Any, None]], at_once: int) -> None:
    """All of it, begun in order, ``at_once`` at a time. The first error ends the rest and is raised as it is."""
    queue = iter(work)

    async def take() -> None:
        for coroutine in queue:
            await coroutine

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(take())
    except* Exception as errors:
        raise errors.exceptions[0] from None
    finally:
        for never_begun in queue:
            never_begun.close()
