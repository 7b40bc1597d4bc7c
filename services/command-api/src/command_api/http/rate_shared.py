"""What other processes of the API, on whatever machine, have counted of each tenant: told and asked in PostgreSQL.

Off the path of requests: a statement now and then while there are some, whoever asks. While the database is away each
process goes on by itself, with what it was told last.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg

from command_api.http.requests_counted import RequestsCounted, Told
from healz.postgres import AWAY

log = logging.getLogger(__name__)

SHARE = "SELECT tenant_id, minute, requests, requests_before FROM ops.count_requests($1, $2, $3, $4)"


@asynccontextmanager
async def sharing(pool: asyncpg.Pool, counted: RequestsCounted, every_seconds: float) -> AsyncIterator[None]:
    """Shares the counts meanwhile; ``every_seconds`` 0: not at all."""
    if not every_seconds:
        yield
        return
    task = asyncio.create_task(_share(pool, counted, every_seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _share(pool: asyncpg.Pool, counted: RequestsCounted, every_seconds: float) -> None:
    alone = False
    while True:
        await asyncio.sleep(every_seconds)  # the pace of telling the others
        telling = counted.begin_telling(time.time())
        if not telling:
            continue
        try:
            rows = await pool.fetch(SHARE, *_arguments(telling))
        except (asyncpg.PostgresError, *AWAY) as error:
            counted.not_told(telling)
            if not alone:
                log.warning("each process counts requests by itself for now", extra={"reason": repr(error)})
            alone = True
        else:
            alone = False
            counted.told(telling, [Told(*row) for row in rows])


def _arguments(telling: Sequence[Told]) -> list[object]:
    return [
        telling[0].minute,
        [told.tenant_id for told in telling],
        [told.requests for told in telling],
        [told.requests_before for told in telling],
    ]
