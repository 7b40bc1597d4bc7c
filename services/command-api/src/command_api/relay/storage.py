"""What metrics say of the database itself: its size, whether the months ahead are there, its views' age."""

from typing import Any

from command_api.relay.metrics import BY
from healz.metrics.define import LastSeen, gauge

VIEW = "view"

# Sizes are asked of the file system. What no partition takes lies in the default one, which stays empty of itself.
LOOK = """
SELECT pg_database_size(current_database())                                       AS size,
       (SELECT count(*) FROM ops.missing_partitions() AS m)                       AS partitions_missing,
       pg_relation_size('event_store.events_default')                             AS unplaced,
       ARRAY(SELECT r.view_name FROM analytics.refreshes AS r ORDER BY 1)         AS views,
       ARRAY(SELECT extract(epoch FROM clock_timestamp() - r.refreshed_at)::float8
               FROM analytics.refreshes AS r ORDER BY r.view_name)                AS ages
"""

_size, _capacity, _missing, _unplaced, _ages = LastSeen(), LastSeen(), LastSeen(), LastSeen(), LastSeen()
gauge(
    "database.size",
    "By",
    _size,
    by=BY,
    tells="What the whole database takes on disk.",
)
gauge(
    "database.capacity",
    "By",
    _capacity,
    by=BY,
    tells="What its volume holds, as HEALZ_DATABASE_BYTES_MAX says. None: nobody has said it.",
)
gauge(
    "events.partitions_missing",
    "{month}",
    _missing,
    by=BY,
    tells="Of this month and the next three: how many have no partition of `event_store.events`. A job makes them each "
    "night.",
)
gauge(
    "events.unplaced",
    "By",
    _unplaced,
    by=BY,
    tells="What lies in the partition for months that have none; it should be 0 for ever.",
)
gauge(
    "read_model.view_age",
    "s",
    _ages,
    by=BY,
    tells="How long ago this materialised view was refreshed. None: never yet.",
    labels={VIEW: "`clinic_metrics_daily`, `patient_retention_monthly`"},
)


class StorageState:
    """These gauges, looked at on any connection of the relay's role. ``capacity``: bytes, 0 where nobody knows."""

    def __init__(self, pool: Any, capacity: int) -> None:
        self._pool = pool
        self._capacity = capacity

    async def look(self) -> None:
        """Reads them all, in one statement."""
        row = await self._pool.fetchrow(LOOK)
        _size.see(row["size"])
        _capacity.see(self._capacity or None)
        _missing.see(row["partitions_missing"])
        _unplaced.see(row["unplaced"])
        _ages.see_each(dict(zip(row["views"], row["ages"], strict=True)), VIEW)

    def forget(self) -> None:
        """Nobody knows them now."""
        for last in (_size, _capacity, _missing, _unplaced, _ages):
            last.see(None)
