"""How long the relay rests between two looks at the outbox."""

import asyncio

from command_api.door import Door
from command_api.relay.settings import RelaySettings

IDLE_GROWTH = 1.2
"""By how much longer it rests after each look that found nothing, where nobody can knock."""


class Rests:
    """The rests of one leadership: short ones while there is something, long ones, which a knock ends, while not."""

    def __init__(self, door: Door, settings: RelaySettings) -> None:
        self._door = door
        self._poll_ms = settings.healz_relay_poll_interval_ms
        self._worked_ms_max = settings.healz_relay_pause_ms_max
        self._idle_ms_max = settings.healz_relay_idle_pause_ms_max
        self._unheard_ms_max = settings.healz_relay_unheard_pause_ms_max
        self._idle_ms = self._poll_ms

    async def after(self, commits: int, worked_ms: float) -> None:
        """Rests after a look that found so many commits, and what it led to, which took so long in all."""
        # One commit alone: nobody queues. More: as long as the work took, so that transactions get fewer and larger.
        # None: likewise, for a look over many rows of a tenant for whom it has stopped takes time, whoever knocks.
        rest_ms = self._poll_ms if commits == 1 else max(self._poll_ms, min(worked_ms, self._worked_ms_max))
        await asyncio.sleep(rest_ms / 1000)  # the pace of looking at the outbox
        if self._door.is_open:
            await self._door.wait(self._idle_ms_max if commits else self._unheard_ms_max)
        elif commits:
            self._idle_ms = self._poll_ms
        else:
            self._idle_ms = min(self._idle_ms * IDLE_GROWTH, self._idle_ms_max)
            await asyncio.sleep(max(0.0, self._idle_ms - rest_ms) / 1000)  # likewise
