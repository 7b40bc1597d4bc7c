"""What metrics say of the database: looked at now and then by one task, however often anybody asks for them."""

import asyncio
import logging
from typing import Protocol

import asyncpg

from healz.postgres import AWAY

log = logging.getLogger(__name__)

LOOK_SECONDS_MAX = 5.0
"""A database that has not answered by then is away, as far as whoever watches is concerned."""


class Observed(Protocol):
    """Gauges whose values the database knows."""

    async def look(self) -> None:
        """Reads them. Raises what the database raises."""

    def forget(self) -> None:
        """Nobody knows them: they show nothing, rather than what was true once."""


async def keep_observing(observed: Observed, every_seconds: float) -> None:
    """Looks for ever; while the database can't be asked, nothing is shown."""
    away = False
    while True:
        try:
            async with asyncio.timeout(LOOK_SECONDS_MAX):
                await observed.look()
            away = False
        except (asyncpg.PostgresError, *AWAY) as error:
            observed.forget()
            if not away:
                log.warning("the database's gauges can't be read for now", extra={"reason": repr(error)})
            away = True
        await asyncio.sleep(every_seconds)  # the pace of looking
