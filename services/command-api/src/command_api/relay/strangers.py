"""Strangers: records of the topic that the store does not have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from command_api.relay.tail import Seen

# LIMIT pins the index: joined otherwise, the planner may scan all events. No stranger is what lies before the tenant's
# first event that is kept.
STRANGERS = """
SELECT t.number - 1 AS number, stored.event_id AS stored_id, a.tenant_id IS NOT NULL AS accepted
  FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::integer[], $5::bigint[])
       WITH ORDINALITY AS t (tenant_id, position, event_id, partition, "offset", number)
  LEFT JOIN LATERAL (SELECT e.event_id FROM event_store.events AS e
                      WHERE e.tenant_id = t.tenant_id AND e.position = t.position LIMIT 1) AS stored ON true
  LEFT JOIN event_store.accepted_records AS a
    ON a.tenant_id = t.tenant_id AND a.partition = t.partition AND t."offset" < a.before_offset
 WHERE stored.event_id IS DISTINCT FROM t.event_id
   AND (stored.event_id IS NOT NULL
        OR t.position >= COALESCE((SELECT e.position FROM event_store.events AS e
                                    WHERE e.tenant_id = t.tenant_id ORDER BY e.position LIMIT 1), 1))
"""
AT_ONCE = 2000
"""Records in one statement, which has to end in the time that any has."""


@dataclass(frozen=True)
class Stranger:
    """Such a record."""

    record: Seen
    stored_id: UUID | None
    """The event that the store has at its position."""
    accepted: bool
    """A person has decided that it stays."""

    @property
    def reason(self) -> str:
        has = "nothing" if self.stored_id is None else f"event {self.stored_id}"
        at = self.record.position
        return f"the topic has event {self.record.event_id} at position {at}, the store has {has} there"


async def strangers(connection: Any, seen: Sequence[Seen]) -> list[Stranger]:
    """Those among ``seen``."""
    found: list[Stranger] = []
    for begin in range(0, len(seen), AT_ONCE):
        part = seen[begin : begin + AT_ONCE]
        columns = [[getattr(record, name) for record in part] for name in Seen.model_fields]
        rows = await connection.fetch(STRANGERS, *columns)
        found += [Stranger(part[row["number"]], row["stored_id"], row["accepted"]) for row in rows]
    return found
