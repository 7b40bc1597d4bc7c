"""What the store holds after a checkpoint. The topic brings contents; which events there are, the store says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from healz.projection.checkpoint import Checkpoint
from healz.projection.halted import Halt

ID_BYTES = 16

# One statement, so one snapshot: a head is never older than its events. No event ids where too many would come.
LOOK = """
SELECT t.tenant_id,
       t.checkpoint,
       COALESCE(l.position, 0) AS head,
       h.reason                AS halted,
       h.position              AS halted_position,
       c.event_id              AS checkpoint_event_id,
       n.event_ids,
       n.first,
       n.last
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
    AS t (tenant_id, event_position, checkpoint, until, events_max)
  LEFT JOIN event_store.tenant_log AS l ON l.tenant_id = t.tenant_id
  LEFT JOIN ops.halted_tenants     AS h ON h.tenant_id = t.tenant_id AND h.component = $6
  LEFT JOIN LATERAL (
       SELECT e.event_id FROM event_store.events AS e
        WHERE e.tenant_id = t.tenant_id AND e.position = t.event_position
        LIMIT 1) AS c ON true
  LEFT JOIN LATERAL (
       SELECT string_agg(uuid_send(e.event_id), ''::bytea ORDER BY e.position) AS event_ids,
              min(e.position) AS first, max(e.position) AS last
         FROM event_store.events AS e
        WHERE e.tenant_id = t.tenant_id AND e.position > t.checkpoint AND e.position <= least(t.until, l.position)
          AND least(t.until, l.position) - t.checkpoint <= t.events_max) AS n ON true
"""
READ = """
SELECT e.position, event_store.envelope(e)
  FROM event_store.events AS e
 WHERE e.tenant_id = $1 AND e.position = ANY ($2::bigint[])
"""


@dataclass(frozen=True)
class Wanted:
    """What is asked of one tenant's log: what follows ``checkpoint`` up to the position ``until``.

    Nothing when that is more than ``events_max``.
    """

    checkpoint: Checkpoint
    until: int
    events_max: int


@dataclass(frozen=True)
class Stored:
    """What the store says about one tenant's log.

    ``event_ids`` is what follows the checkpoint up to ``until``, without a gap, ID_BYTES each; None when it's too much.
    ``halted`` is why this projector is halted here, if it is; ``problem`` is why nothing may be folded onto this read
    model, or from this log.
    """

    until: int
    event_ids: bytes | None
    halted: str | None
    problem: Halt | None


async def look(connection: Any, component: str, wanted: Mapping[UUID, Wanted]) -> dict[UUID, Stored]:
    """One statement for all tenants of a batch, whose rows must be visible to the transaction."""
    asked = wanted.values()
    rows = await connection.fetch(
        LOOK,
        list(wanted),
        [tenant.checkpoint.event_position for tenant in asked],
        [tenant.checkpoint.position for tenant in asked],
        [tenant.until for tenant in asked],
        [tenant.events_max for tenant in asked],
        component,
    )
    return {row["tenant_id"]: _stored(row, wanted[row["tenant_id"]]) for row in rows}


async def read(connection: Any, tenant_id: UUID, positions: Sequence[int]) -> dict[int, str]:
    """{position: envelope} of these events."""
    return dict(await connection.fetch(READ, tenant_id, positions))


def _stored(row: Any, wanted: Wanted) -> Stored:
    checkpoint, until = wanted.checkpoint, min(wanted.until, row["head"])
    event_ids = row["event_ids"] or b""
    problem = _contradiction(checkpoint, row)
    if problem is None and until - checkpoint.position > wanted.events_max:
        return Stored(until, None, row["halted"], None)
    if problem is None and until > checkpoint.position:
        expected = (until - checkpoint.position, checkpoint.position + 1, until)
        if (len(event_ids) // ID_BYTES, row["first"], row["last"]) != expected:
            reason = f"the store's positions from {checkpoint.position + 1} to {until} are not gapless"
            problem = Halt(checkpoint.position + 1, reason)
    return Stored(until, event_ids, row["halted"], problem)


def _contradiction(checkpoint: Checkpoint, row: Any) -> Halt | None:
    """Why the read model holds what the log does not: the store is no longer what it was folded from."""
    position, head = checkpoint.position, row["head"]
    if position > head:
        return Halt(position, f"the read model is at {position}, the log ends at {head}: was the store restored?")
    if checkpoint.event_id is not None and checkpoint.event_id != row["checkpoint_event_id"]:
        other = checkpoint.event_position
        return Halt(position, f"the read model has another event at {other} than the log: was the store restored?")
    if checkpoint.event_id is None and (row["halted_position"] or 0) == position > 0:
        # Halted for this checkpoint's sake, whose event nobody knows: the log may have passed it with other events.
        return Halt(position, row["halted"])
    return None
