"""How far a tenant's events have got, and the wait until they are everywhere."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import asyncpg

from healz.read_models import READ_MODELS
from healz_local.errors import LocalStackError

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CATCH_UP_TIMEOUT_S = 60.0
LOOK_AGAIN_S = 0.02

WRITTEN = "SELECT coalesce((SELECT position FROM event_store.tenant_log WHERE tenant_id = $1), 0)"
OUTBOX = (
    "SELECT coalesce(sum(last_position - first_position + 1), 0)::bigint FROM event_store.outbox WHERE tenant_id = $1"
)
PROJECTED = "SELECT coalesce((SELECT position FROM {schema}.checkpoint WHERE tenant_id = $1), 0)"


@dataclass(frozen=True)
class Progress:
    """Of one tenant, in events. ``unpublished`` wait in the outbox; ``projected`` is a position per projector."""

    written: int
    unpublished: int
    projected: Mapping[str, int]

    @property
    def caught_up(self) -> bool:
        return self.unpublished == 0 and all(position >= self.written for position in self.projected.values())


async def read_progress(connection: Connection, tenant_id: UUID) -> Progress:
    """As it is now."""

    async def number(statement: str) -> int:
        return int(await connection.fetchval(statement, tenant_id))

    # What is written first: a projector that is seen later can only be further.
    written = await number(WRITTEN)
    unpublished = await number(OUTBOX)
    return Progress(written, unpublished, {name: await number(PROJECTED.format(schema=name)) for name in READ_MODELS})


async def caught_up(connection: Connection, tenant_id: UUID) -> Progress:
    """Returns once all that is written is published and projected. Raises LocalStackError when that takes too long."""
    give_up_at = time.monotonic() + CATCH_UP_TIMEOUT_S
    while not (progress := await read_progress(connection, tenant_id)).caught_up:
        if time.monotonic() > give_up_at:
            raise LocalStackError(_behind(progress))
        # The pace of looking.
        await asyncio.sleep(LOOK_AGAIN_S)
    return progress


def _behind(progress: Progress) -> str:
    behind = [f"{progress.unpublished:,} events are not in Kafka yet"] if progress.unpublished else []
    behind += [
        f"projector-{name} is {progress.written - position:,} events behind (`make logs S=projector-{name}`)"
        for name, position in progress.projected.items()
        if position < progress.written
    ]
    return f"After {CATCH_UP_TIMEOUT_S:.0f} s the data has not got everywhere: {'; '.join(behind)}."
