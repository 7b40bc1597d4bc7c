"""What the database knows of a read model's state: how far it is behind, whom it has parked, how well it is cached."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from healz.metrics.define import LastSeen, gauge
from healz.projection.metrics import BY, OF, READ_MODEL
from healz.projection.operate.verification import STANDING

PROBES_MAX = 1000
"""The oldest event is looked up of all tenants that are behind. Where these are more: of so many whose log has been
quiet for the longest, since theirs is at least as old as that, and of so many that are furthest behind, since who is
stuck and still gets events is among them in time."""
PROBES_PER_LOOK = 100
"""Row-level security compares each with all that are shown: a thousand at once take 300 ms, by the hundred 40."""

LOOK = """
WITH behind AS MATERIALIZED (
       SELECT l.tenant_id, l.last_at, COALESCE(c.position, 0) AS checkpoint,
              l.position - COALESCE(c.position, 0) AS events
         FROM event_store.tenant_log   AS l
         LEFT JOIN {schema}.checkpoint AS c ON c.tenant_id = l.tenant_id
        WHERE l.position > COALESCE(c.position, 0)
          AND NOT EXISTS (SELECT FROM ops.halted_tenants AS h
                           WHERE h.tenant_id = l.tenant_id AND h.component = 'projector-{schema}')),
     probed AS MATERIALIZED (
       (SELECT tenant_id, checkpoint FROM behind ORDER BY last_at LIMIT {probes_max})
        UNION
       (SELECT tenant_id, checkpoint FROM behind ORDER BY events DESC LIMIT {probes_max}))
SELECT (SELECT COALESCE(sum(events), 0)::bigint FROM behind) AS lag_events,
       ARRAY(SELECT ROW(tenant_id, checkpoint + 1) FROM probed) AS next_events,
       (SELECT count(*) FROM {schema}.parked_patient) AS parked,
       (SELECT count(*) FROM ops.halted_tenants WHERE component = 'projector-{schema}') AS halted,
       (SELECT extract(epoch FROM clock_timestamp() - max(v.verified_at))::float8
          FROM {schema}.verification AS v) AS last_verified_seconds,
       COALESCE((SELECT f.wrong FROM ({standing}) AS f), 0) AS verify_found,
       b.fetched, b.hit
  FROM (SELECT sum(pg_stat_get_blocks_fetched(c.oid))::bigint AS fetched,
               sum(pg_stat_get_blocks_hit(c.oid))::bigint     AS hit
          FROM pg_class AS c
         WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind IN ('r', 'i')) AS b
"""
# Row-level security shows the events of tenants that the setting names, so the probes come after it.
OLDEST = """
WITH shown AS MATERIALIZED (SELECT set_config('healz.tenant_ids', $1, true) IS NOT NULL AS yes)
SELECT extract(epoch FROM clock_timestamp() - min(n.created_at))::float8
  FROM shown, unnest(CASE WHEN shown.yes THEN $2::uuid[] END, $3::bigint[]) AS p (tenant_id, position)
 CROSS JOIN LATERAL (SELECT e.created_at FROM event_store.events AS e
                      WHERE e.tenant_id = p.tenant_id AND e.position = p.position
                      LIMIT 1) AS n
"""

_lag_seconds, _lag_events, _parked, _halted = LastSeen(), LastSeen(), LastSeen(), LastSeen()
_last_verified, _verify_found, _hit_rate = LastSeen(), LastSeen(), LastSeen()
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
    "projection.verify_found",
    "{row}",
    _verify_found,
    by=BY,
    tells="Rows that a verify found wrong, until a rebuild or a verify of as much has found nothing "
    "([runbook](runbooks/verify-found.md)).",
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
        self._look = LOOK.format(schema=schema, probes_max=PROBES_MAX, standing=STANDING.format(schema=schema))
        self._labels = {READ_MODEL: schema}
        self._blocks: tuple[int, int] | None = None

    async def look(self) -> None:
        """Reads them all."""
        row = await self._pool.fetchrow(self._look)
        _lag_seconds.see(await oldest(self._pool, row["next_events"]), self._labels)
        _lag_events.see(row["lag_events"], self._labels)
        _parked.see(row["parked"], self._labels)
        _halted.see(row["halted"], self._labels)
        _last_verified.see(row["last_verified_seconds"], self._labels)
        _verify_found.see(row["verify_found"], self._labels)
        _hit_rate.see(self._since_before(row["fetched"], row["hit"]), self._labels)

    def forget(self) -> None:
        """Nobody knows them now."""
        self._blocks = None
        for last in (_lag_seconds, _lag_events, _parked, _halted, _last_verified, _verify_found, _hit_rate):
            last.see(None)

    def _since_before(self, fetched: int, hit: int) -> float | None:
        before, self._blocks = self._blocks, (fetched, hit)
        # Fewer than before: PostgreSQL's counts began anew.
        if before is None or fetched <= before[0] or hit < before[1]:
            return None
        return (hit - before[1]) / (fetched - before[0])


async def oldest(pool: Any, events: Sequence[tuple[UUID, int]]) -> float:
    """How old the oldest of these events is, (tenant, position), in seconds; 0: there is none."""
    ages = [0.0]
    for n in range(0, len(events), PROBES_PER_LOOK):
        tenants, positions = zip(*events[n : n + PROBES_PER_LOOK], strict=True)
        ages.append(await pool.fetchval(OLDEST, ",".join(map(str, tenants)), tenants, positions) or 0.0)
    return max(ages)
