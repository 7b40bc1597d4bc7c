"""How far the data has got: asked of the database itself, as its administrator."""

import asyncio
from dataclasses import dataclass, field

import asyncpg

from healz.read_models import READ_MODELS

TIMEOUT_S = 3.0

# Positions are gapless per tenant, so their sum is the number of events: no need to count them.
EVENTS = "SELECT coalesce(sum(position), 0)::bigint FROM event_store.tenant_log"
OUTBOX = "SELECT coalesce(sum(last_position - first_position + 1), 0)::bigint FROM event_store.outbox"
LAG = """\
SELECT coalesce(sum(log.position - coalesce(done.position, 0)), 0)::bigint
FROM event_store.tenant_log AS log
LEFT JOIN {schema}.checkpoint AS done USING (tenant_id)
"""


@dataclass(frozen=True)
class Figures:
    """All in events. None: could not be had. problem: why the database did not answer at all."""

    events: int | None = None
    outbox: int | None = None
    lag: dict[str, int | None] = field(default_factory=dict)
    problem: str | None = None


def read_figures(database_url: str) -> Figures:
    """The figures as they are now; never raises."""
    try:
        return asyncio.run(asyncio.wait_for(_read(database_url), TIMEOUT_S))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return Figures(problem=str(error) or type(error).__name__)


async def _read(database_url: str) -> Figures:
    connection = await asyncpg.connect(database_url, timeout=TIMEOUT_S, statement_cache_size=0)
    try:
        lag = {name: await _number(connection, LAG.format(schema=name)) for name in READ_MODELS}
        return Figures(await _number(connection, EVENTS), await _number(connection, OUTBOX), lag)
    finally:
        await connection.close()


async def _number(connection: "asyncpg.Connection[asyncpg.Record]", statement: str) -> int | None:
    try:
        value = await connection.fetchval(statement)
    except asyncpg.PostgresError:
        return None  # this table isn't there yet, or isn't ours to read
    return int(value)
