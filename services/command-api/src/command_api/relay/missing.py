"""What the topic lacks of the store: compared event by event, tenant by tenant."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from command_api.relay.settings import RelaySettings
from command_api.relay.strangers import strangers
from command_api.relay.stretches import OutOfOrder, Stretches
from command_api.relay.tail import read_all

TENANTS_AT_ONCE = 200
LOWEST = UUID(int=0)

# Skips from tenant to tenant by the index (a loose index scan), instead of reading all events.
TENANTS = """
WITH RECURSIVE t AS (
    (SELECT e.tenant_id FROM event_store.events AS e WHERE e.tenant_id > $1 ORDER BY e.tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT e.tenant_id FROM event_store.events AS e
             WHERE e.tenant_id > t.tenant_id ORDER BY e.tenant_id LIMIT 1)
      FROM t WHERE t.tenant_id IS NOT NULL)
SELECT tenant_id FROM t WHERE tenant_id IS NOT NULL LIMIT $2
"""
# What has been published, if nothing was lost: all that the outbox doesn't hold any more.
PUBLISHED = """
SELECT t.tenant_id, first.position AS first,
       COALESCE((SELECT min(o.first_position) FROM event_store.outbox AS o WHERE o.tenant_id = t.tenant_id) - 1,
                last.position) AS last
  FROM unnest($1::uuid[]) AS t (tenant_id)
 CROSS JOIN LATERAL (SELECT e.position FROM event_store.events AS e
                      WHERE e.tenant_id = t.tenant_id ORDER BY e.position LIMIT 1) AS first
 CROSS JOIN LATERAL (SELECT e.position FROM event_store.events AS e
                      WHERE e.tenant_id = t.tenant_id ORDER BY e.position DESC LIMIT 1) AS last
"""
STORED = "SELECT count(*) FROM event_store.events WHERE tenant_id = $1 AND position BETWEEN $2 AND $3"


@dataclass(frozen=True)
class Missing:
    """A tenant's positions, from ``first`` to ``last``."""

    tenant_id: UUID
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass
class Compared:
    """Topic and store."""

    tenants: int = 0
    records: int = 0
    missing: list[Missing] = field(default_factory=list)
    strangers: dict[UUID, str] = field(default_factory=dict)
    """Tenants with events in the topic that are not the store's, and the first such event in words."""
    out_of_order: dict[UUID, str] = field(default_factory=dict)
    """Tenants whose records can't become 1…n by anything that follows them, and why."""

    gaps: dict[UUID, str] = field(default_factory=dict)
    """Tenants of whom the store lacks what the topic lacks, in words."""

    @property
    def events_missing(self) -> int:
        return sum(map(len, self.missing))

    @property
    def whole(self) -> list[Missing]:
        """What is missing of the tenants of whom the store has it all."""
        return [tenant for tenant in self.missing if tenant.tenant_id not in self.gaps]


async def compare(connection: Any, settings: RelaySettings, tenant_id: UUID | None, *, emptied: bool) -> Compared:
    """All tenants, or one. ``emptied``: what the topic has will go; only strangers in it matter.

    May be asked while a relay leads: what is published meanwhile is missing to nobody.
    """
    # First the store: of what the outbox did not hold then, the topic must have everything by now.
    published = [row async for row in _published(connection, tenant_id)]
    found = Compared(tenants=len(published))
    seen = await _seen(connection, settings, tenant_id, found)
    for row in published:
        try:
            last = Stretches().last(row["first"]) if emptied else seen[row["tenant_id"]].last(row["first"])
        except OutOfOrder as error:
            found.out_of_order[row["tenant_id"]] = str(error)
        else:
            if last < row["last"]:
                found.missing.append(Missing(row["tenant_id"], last + 1, row["last"]))
    for tenant in found.missing:
        stored = await connection.fetchval(STORED, tenant.tenant_id, tenant.first, tenant.last)
        if stored != len(tenant):
            found.gaps[tenant.tenant_id] = f"the store has {stored} of positions {tenant.first} to {tenant.last}"
    return found


async def _published(connection: Any, tenant_id: UUID | None) -> AsyncIterator[Any]:
    after, wanted = LOWEST, [] if tenant_id is None else [tenant_id]
    while wanted or tenant_id is None:
        tenants = wanted or [row["tenant_id"] for row in await connection.fetch(TENANTS, after, TENANTS_AT_ONCE)]
        for row in await connection.fetch(PUBLISHED, tenants):
            yield row
        if wanted or not tenants:
            return
        after = tenants[-1]


async def _seen(
    connection: Any, settings: RelaySettings, tenant_id: UUID | None, found: Compared
) -> defaultdict[UUID, Stretches]:
    seen: defaultdict[UUID, Stretches] = defaultdict(Stretches)
    async with aclosing(read_all(settings)) as batches:
        async for batch in batches:
            records = [record for record in batch if tenant_id in (None, record.tenant_id)]
            strange = {stranger.record: stranger for stranger in await strangers(connection, records)}
            found.records += len(records)
            for record in records:
                if record not in strange:
                    seen[record.tenant_id].add(record.partition, record.position)
                elif not strange[record].accepted:
                    found.strangers.setdefault(record.tenant_id, strange[record].reason)
    return seen
