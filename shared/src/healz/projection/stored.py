"""What the store holds after a checkpoint. The topic brings contents; which events there are, the store says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from healz.projection.checkpoint import Checkpoint
from healz.projection.halted import Halt

ID_BYTES = 16

# What LOOK says of the tenants in ``asked (tenant_id, until, events_max)``, as one array. No event ids where too many
# would come.
LOOK = """ARRAY(
       SELECT ROW(t.tenant_id, c.position, c.event_position, c.event_id, COALESCE(l.position, 0), h.reason, h.position,
                  s.event_id, n.event_ids, n.first, n.last, COALESCE(c.refolds, 0),
                  ARRAY(SELECT d.position FROM {schema}.dropped_event AS d
                         WHERE d.tenant_id = t.tenant_id AND d.position > r.after AND d.position <= r.until))
         FROM asked AS t
         LEFT JOIN {schema}.checkpoint    AS c ON c.tenant_id = t.tenant_id
         LEFT JOIN event_store.tenant_log AS l ON l.tenant_id = t.tenant_id
         LEFT JOIN ops.halted_tenants     AS h ON h.tenant_id = t.tenant_id AND h.component = 'projector-{schema}'
         LEFT JOIN LATERAL (
              SELECT e.event_id FROM event_store.events AS e
               WHERE e.tenant_id = t.tenant_id AND e.position = c.event_position
               LIMIT 1) AS s ON true
         LEFT JOIN LATERAL (
              SELECT COALESCE(c.position, 0) AS after,
                     least(COALESCE(t.until, COALESCE(c.position, 0) + t.events_max), l.position) AS until) AS r ON true
         LEFT JOIN LATERAL (
              SELECT string_agg(uuid_send(e.event_id), ''::bytea ORDER BY e.position) AS event_ids,
                     min(e.position) AS first, max(e.position) AS last
                FROM event_store.events AS e
               WHERE e.tenant_id = t.tenant_id AND e.position > r.after AND e.position <= r.until
                 AND r.until - r.after <= t.events_max) AS n ON true)"""
READ = """
WITH shown AS MATERIALIZED (SELECT set_config('healz.tenant_ids', $1::uuid::text, true)::uuid AS tenant_id)
SELECT e.position, event_store.envelope(e)
  FROM shown
  JOIN event_store.events AS e ON e.tenant_id = shown.tenant_id AND e.position = ANY ($2::bigint[])
"""


@dataclass(frozen=True)
class Wanted:
    """What is asked of one tenant's log: what follows the checkpoint up to the position ``until``; without one, the
    next ``events_max``. Nothing when that is more than ``events_max``.
    """

    until: int | None
    events_max: int


class Looked(NamedTuple):
    """LOOK's answer for one tenant. ``checkpoint`` None: there is no row. ``stored_id`` is the event that the log has
    where the checkpoint's event is."""

    tenant_id: UUID
    checkpoint: int | None
    event_position: int | None
    event_id: UUID | None
    head: int
    halted: str | None
    halted_position: int | None
    stored_id: UUID | None
    event_ids: bytes | None
    first: int | None
    last: int | None
    refolds: int
    dropped: Sequence[int]


@dataclass(frozen=True)
class Stored:
    """What the store says about one tenant's log.

    ``event_ids`` is what follows the checkpoint as far as was asked, without a gap, ID_BYTES each; None when it's too
    much. ``halted`` is why this projector is halted here, if it is; ``problem`` is why nothing may be folded onto this
    read model, or from this log. ``dropped`` are positions there that this read model leaves out for ever.
    """

    checkpoint: Checkpoint
    event_ids: bytes | None
    halted: str | None
    problem: Halt | None
    dropped: Collection[int] = ()


async def read(connection: Any, tenant_id: UUID, positions: Sequence[int]) -> dict[int, str]:
    """{position: envelope} of these events."""
    return dict(await connection.fetch(READ, tenant_id, positions))


def stored(looked: Looked, asked: Wanted) -> Stored:
    """What LOOK's answer means."""
    position = looked.checkpoint or 0
    checkpoint = Checkpoint(
        position, looked.event_position, looked.event_id, exists=looked.checkpoint is not None, refolds=looked.refolds
    )
    until = min(position + asked.events_max if asked.until is None else asked.until, looked.head)
    event_ids = looked.event_ids or b""
    problem = _contradiction(checkpoint, looked)
    if problem is None and until - position > asked.events_max:
        return Stored(checkpoint, None, looked.halted, None)
    if problem is None and until > position:
        expected = (until - position, position + 1, until)
        if (len(event_ids) // ID_BYTES, looked.first, looked.last) != expected:
            reason = f"the store's positions from {position + 1} to {until} are not gapless"
            problem = Halt(position + 1, reason)
    return Stored(checkpoint, event_ids, looked.halted, problem, looked.dropped)


def _contradiction(checkpoint: Checkpoint, looked: Looked) -> Halt | None:
    """Why the read model holds what the log does not: the store is no longer what it was folded from."""
    position, head = checkpoint.position, looked.head
    if position > head:
        return Halt(position, f"the read model is at {position}, the log ends at {head}: was the store restored?")
    if (checkpoint.event_position or 0) > position:
        other = checkpoint.event_position
        return Halt(position, f"the checkpoint was set back to {position} by hand: the rows hold events up to {other}")
    if checkpoint.event_id is not None and checkpoint.event_id != looked.stored_id:
        other = checkpoint.event_position
        return Halt(position, f"the read model has another event at {other} than the log: was the store restored?")
    if checkpoint.event_id is None and (looked.halted_position or 0) == position > 0:
        # Halted for this checkpoint's sake, whose event nobody knows: the log may have passed it with other events.
        return Halt(position, looked.halted or "")
    return None
