"""What the database knows of a read model's state: how far it is behind, whom it has parked, how well it is cached."""

from typing import Any

from healz.metrics.define import LastSeen, gauge
from healz.projection.metrics import BY, OF, READ_MODEL

PROBES_MAX = 100
"""Of so many tenants that are behind the oldest event is looked up; of those first whose log has been quiet for the
longest, since theirs is at least as old as that."""

# Row-level security shows the events of tenants that the setting names, so the probes come after it.
LOOK = """
WITH behind AS MATERIALIZED (
       SELECT l.tenant_id, l.last_at, COALESCE(c.position, 0) AS checkpoint,
              l.position - COALESCE(c.position, 0) AS events
         FROM event_store.tenant_log   AS l
         LEFT JOIN {schema}.checkpoint AS c ON c.tenant_id = l.tenant_id
        WHERE l.position > COALESCE(c.position, 0)
          AND NOT EXISTS (SELECT FROM ops.halted_tenants AS h
                           WHERE h.tenant_id = l.tenant_id AND h.component = 'projector-{schema}')),
     probed AS MATERIALIZED (SELECT tenant_id, checkpoint FROM behind ORDER BY last_at LIMIT {probes_max}),
     shown AS MATERIALIZED (
       SELECT set_config('healz.tenant_ids', COALESCE(string_agg(tenant_id::text, ','), ''), true) IS NOT NULL AS yes
         FROM probed)
SELECT (SELECT COALESCE(sum(events), 0)::bigint FROM behind) AS lag_events,
       COALESCE((SELECT extract(epoch FROM clock_timestamp() - min(n.created_at))
                   FROM shown, probed AS p
                  CROSS JOIN LATERAL (SELECT e.created_at FROM event_store.events AS e
                                       WHERE shown.yes AND e.tenant_id = p.tenant_id AND e.position = p.checkpoint + 1
                                       LIMIT 1) AS n), 0)::float8 AS lag_seconds,
       (SELECT count(*) FROM {schema}.parked_patient) AS parked,
       (SELECT count(*) FROM ops.halted_tenants WHERE component = 'projector-{schema}') AS halted,
       (SELECT extract(epoch FROM clock_timestamp() - max(v.verified_at))::float8
          FROM {schema}.verification AS v) AS last_verified_seconds,
       b.fetched, b.hit
  FROM (SELECT sum(pg_stat_get_blocks_fetched(c.oid))::bigint AS fetched,
               sum(pg_stat_get_blocks_hit(c.oid))::bigint     AS hit
          FROM pg_class AS c
         WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind IN ('r', 'i')) AS b
"""

_lag_seconds, _lag_events, _parked, _halted = LastSeen(), LastSeen(), LastSeen(), LastSeen()
_last_verified, _hit_rate = LastSeen(), LastSeen()
gauge(
    "projection.lag_seconds",
    "s",
    _lag_seconds,
    by=BY,
    tells="How old the oldest event is that is not applied; 0: none. Halted tenants are left out: `projection.halted`.",
    labels=OF,
)
gauge(
    "projection.lag_events",
    "{event}",
    _lag_events,
    by=BY,
    tells="How many events are not applied, of all tenants that are not halted.",
    labels=OF,
)
gauge(
    "projection.parked",
    "{patient}",
    _parked,
    by=BY,
    tells="Patients whose rows stay as they are, because an event of theirs can't be applied "
    "([runbook](runbooks/parked-patient.md)).",
    labels=OF,
)
gauge(
    "projection.halted",
    "{tenant}",
    _halted,
    by=BY,
    tells="Tenants for whom this projector has stopped ([runbook](runbooks/halted-tenant.md)).",
    labels=OF,
)
gauge(
    "projection.last_verified_seconds",
    "s",
    _last_verified,
    by=BY,
    tells="How long ago the last verify of all tenants ended. None: nobody has verified this read model yet.",
    labels=OF,
)
gauge(
    "read_model.cache_hit_rate",
    "1",
    _hit_rate,
    by=BY,
    tells="Of the pages of this read model's tables and indexes that anybody asked for since the look before, the "
    "share that was in PostgreSQL's memory. Below 0.99 for long: the memory is too small. None: nobody asked.",
    labels=OF,
)


class ReadModelState:
    """The gauges of one read model, looked at on a connection of its projector's."""

    def __init__(self, pool: Any, schema: str) -> None:
        self._pool = pool
        self._look = LOOK.format(schema=schema, probes_max=PROBES_MAX)
        self._labels = {READ_MODEL: schema}
        self._blocks: tuple[int, int] | None = None

    async def look(self) -> None:
        """Reads them all, in one statement."""
        row = await self._pool.fetchrow(self._look)
        _lag_seconds.see(max(0.0, row["lag_seconds"]), self._labels)
        _lag_events.see(row["lag_events"], self._labels)
        _parked.see(row["parked"], self._labels)
        _halted.see(row["halted"], self._labels)
        _last_verified.see(row["last_verified_seconds"], self._labels)
        _hit_rate.see(self._since_before(row["fetched"], row["hit"]), self._labels)

    def forget(self) -> None:
        """Nobody knows them now."""
        self._blocks = None
        for last in (_lag_seconds, _lag_events, _parked, _halted, _last_verified, _hit_rate):
            last.see(None)

    def _since_before(self, fetched: int, hit: int) -> float | None:
        before, self._blocks = self._blocks, (fetched, hit)
        # Fewer than before: PostgreSQL's counts began anew.
        if before is None or fetched <= before[0] or hit < before[1]:
            return None
        return (hit - before[1]) / (fetched - before[0])
