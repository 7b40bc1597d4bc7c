"""Cooperative multitasking: a long computation gives the event loop to others again and again."""

import asyncio
import time


class Pauses:
    """Who computed for ``seconds`` rests for as long, so that a neighbour's request waits for one such turn at most."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = time.perf_counter()

    def begin(self) -> None:
        """To be called after others had the loop: then the turn begins anew."""
        self._began = time.perf_counter()

    async def take(self) -> None:
        """To be called at each step: rests when this turn is over."""
        if time.perf_counter() - self._began >= self._seconds:
            # Others work for as long.
            await asyncio.sleep(self._seconds)
            self.begin()
