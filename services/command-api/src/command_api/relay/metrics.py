"""What the relay measures about itself, and what the database knows of the outbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from healz.metrics.define import LastSeen, gauge, seconds

BY = "relay"
DEPTH_ROWS_MAX = 50_000
"""So many commits are counted, the oldest; more are not told apart from these."""

# Without tenants for whom the relay has stopped: theirs wait for a person, and have a gauge of their own. Sizes of
# partitions, their indexes and long values included.
LOOK = """
WITH waiting AS MATERIALIZED (
       SELECT o.first_position, o.last_position, o.created_at
         FROM event_store.outbox AS o
        WHERE o.tenant_id <> ALL (ARRAY(SELECT h.tenant_id FROM ops.halted_tenants AS h))
        ORDER BY o.id LIMIT $1)
SELECT COALESCE(sum(w.last_position - w.first_position + 1), 0)::bigint                            AS depth,
       COALESCE(extract(epoch FROM clock_timestamp() - min(w.created_at)), 0)::float8              AS age_seconds,
       (SELECT count(*) FROM ops.halted_tenants AS h WHERE h.component = 'relay')                  AS halted,
       (SELECT sum(pg_total_relation_size(t.relid))::bigint
          FROM pg_partition_tree('event_store.events') AS t)                                       AS table_size
  FROM waiting AS w
"""

PUBLISH_LATENCY = seconds(
    "relay.publish_latency",
    by=BY,
    tells="One Kafka transaction, from its first record to its commit. Longer: the brokers are slow, or batches large.",
)
_leads, _depth, _age_seconds, _halted, _table_size = LastSeen(), LastSeen(), LastSeen(), LastSeen(), LastSeen()
gauge(
    "relay.leader",
    "1",
    _leads,
    by=BY,
    tells="1: this one leads; 0: it stands by. The sum over all relays is 1; 0 for longer than a lease lasts: nobody "
    "publishes.",
)
gauge(
    "outbox.depth",
    "{event}",
    _depth,
    by=BY,
    tells=f"Events that wait to be published, of at most {DEPTH_ROWS_MAX:,} commits; without those of halted tenants.",
)
gauge(
    "outbox.age_seconds",
    "s",
    _age_seconds,
    by=BY,
    tells="How long the oldest event that waits to be published has waited; 0: none waits. Growing: nobody publishes, "
    "or more comes than goes.",
)
gauge(
    "relay.halted",
    "{tenant}",
    _halted,
    by=BY,
    tells="Tenants for whom the relay has stopped ([runbook](runbooks/halted-tenant.md)).",
)
gauge(
    "events.table_size",
    "By",
    _table_size,
    by=BY,
    tells="What `event_store.events` takes on disk, all partitions with their indexes.",
)


@contextmanager
def leading() -> Iterator[None]:
    """This relay leads meanwhile."""
    _leads.see(1)
    try:
        yield
    finally:
        stands_by()


def stands_by() -> None:
    """It does not lead."""
    _leads.see(0)


class OutboxState:
    """The gauges that the database knows, looked at on any connection of the relay's role."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def look(self) -> None:
        """Reads them all, in one statement."""
        row = await self._pool.fetchrow(LOOK, DEPTH_ROWS_MAX)
        _depth.see(row["depth"])
        _age_seconds.see(max(0.0, row["age_seconds"]))
        _halted.see(row["halted"])
        _table_size.see(row["table_size"])

    def forget(self) -> None:
        """Nobody knows them now."""
        for last in (_depth, _age_seconds, _halted, _table_size):
            last.see(None)
