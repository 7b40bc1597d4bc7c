"""One look at the pipeline: what comes in, what waits, and how far each read model is, with the projectors' own logins.

However many look, there is one look a second.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
from aiokafka.errors import KafkaError

from command_api.http.console.pipeline.logins import connected, projector_logins
from command_api.http.console.pipeline.topic import Partition, partitions
from command_api.relay.status import STATUS
from command_api.settings import ApiSettings
from healz.postgres import AWAY
from healz.projection.halted import reason_of
from healz.projection.operate import tenants, verification
from healz.projection.operate.groups import Group, groups

LOOK_SECONDS = 1.0
TENANTS_SHOWN = 25
"""Of each read model, those that are furthest behind."""
GROUPS_SHOWN = 50
SUMMARY = """
WITH stands AS (
       SELECT l.tenant_id, l.position AS head, COALESCE(c.position, 0) AS position
         FROM event_store.tenant_log   AS l
         LEFT JOIN {schema}.checkpoint AS c ON c.tenant_id = l.tenant_id)
SELECT count(*) AS tenants, COALESCE(sum(head), 0)::bigint AS head, COALESCE(sum(position), 0)::bigint AS position,
       COALESCE(sum(greatest(head - position, 0)), 0)::bigint AS behind,
       count(*) FILTER (WHERE position < head) AS tenants_behind,
       (SELECT count(*) FROM {schema}.parked_patient) AS parked,
       (SELECT count(*) FROM {schema}.dropped_event) AS dropped,
       (SELECT count(*) FROM {schema}.rebuild AS r WHERE r.held_until > now()) AS rebuilds,
       (SELECT COALESCE(sum(r.events), 0)::bigint FROM {schema}.rebuild AS r WHERE r.held_until > now())
       AS rebuilt_events,
       (SELECT count(*) FROM ops.halted_tenants WHERE component = 'projector-{schema}') AS halted,
       ARRAY(SELECT s.tenant_id FROM stands AS s WHERE s.position < s.head
              ORDER BY s.head - s.position DESC, s.tenant_id LIMIT $1) AS furthest
  FROM stands
"""


@dataclass(frozen=True)
class ReadModelLook:
    """One read model. ``away``: why nothing is known of it."""

    name: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    furthest: Sequence[tenants.TenantStanding] = ()
    parked: Sequence[Group] = ()
    verified: verification.Verification | None = None
    finding: verification.Verification | None = None
    away: str | None = None

    @property
    def oldest_seconds(self) -> float:
        """How long the oldest event of those shown waits."""
        now = datetime.now(UTC)
        waits = [(now - one.waits_since).total_seconds() for one in self.furthest if one.waits_since is not None]
        return max(waits, default=0.0)


@dataclass(frozen=True)
class PipelineLook:
    """All of it, at one moment. ``relay`` None: nothing is known; ``events_per_second`` None: it is the first look."""

    at: float
    models: Sequence[ReadModelLook]
    relay: Mapping[str, Any] | None
    partitions: Sequence[Partition] | None
    events_per_second: float | None = None

    @property
    def head(self) -> int | None:
        """How many events there are."""
        known = [model.figures["head"] for model in self.models if model.figures]
        return max(known, default=None)

    def instances(self, projection: str) -> list[str]:
        """Those that read a partition."""
        reading = {one.readers[projection].instance for one in self.partitions or () if projection in one.readers}
        return sorted(name for name in reading if name is not None)


class Looks:
    """The last look, and a new one where that is older than a second."""

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._last: PipelineLook | None = None

    async def now(self) -> PipelineLook:
        """Not older than a second."""
        async with self._lock:
            if self._last is None or time.monotonic() - self._last.at >= LOOK_SECONDS:
                self._last = await self._look(self._last)
            return self._last

    async def _look(self, before: PipelineLook | None) -> PipelineLook:
        logins = projector_logins(self._settings)
        models, relay, topic = await asyncio.gather(
            asyncio.gather(*(self._model(name, url) for name, url in logins.items())),
            self._relay(),
            self._topic(list(logins)),
        )
        look = PipelineLook(time.monotonic(), models, relay, topic)
        if before is None or before.head is None or look.head is None:
            return look
        rate = (look.head - before.head) / (look.at - before.at)
        return PipelineLook(look.at, models, relay, topic, max(0.0, rate))

    async def _model(self, name: str, url: str) -> ReadModelLook:
        try:
            async with connected(self._settings, url) as connection:
                row = await connection.fetchrow(SUMMARY.format(schema=name), TENANTS_SHOWN)
                furthest = await tenants.standing(connection, name, row["furthest"])
                parked = await groups(connection, name)
                verified = await verification.last(connection, name)
                finding = await verification.finding(connection, name)
        except (asyncpg.PostgresError, *AWAY) as error:
            return ReadModelLook(name, away=reason_of(error))
        ordered = sorted(furthest, key=lambda one: -one.behind)
        return ReadModelLook(name, dict(row), ordered, parked[:GROUPS_SHOWN], verified, finding)

    async def _relay(self) -> Mapping[str, Any] | None:
        if self._settings.relay_database_url is None:
            return None
        try:
            async with connected(self._settings, self._settings.relay_database_url) as connection:
                return dict(await connection.fetchrow(STATUS))
        except (asyncpg.PostgresError, *AWAY):
            return None

    async def _topic(self, projections: Sequence[str]) -> Sequence[Partition] | None:
        settings = self._settings
        named = {name: settings.healz_console_group.format(projection=name) for name in projections}
        try:
            async with asyncio.timeout(settings.healz_pool_acquire_timeout_seconds):
                return await partitions(settings.kafka_bootstrap_servers, settings.healz_topic, named)
        except (KafkaError, OSError, TimeoutError):
            return None
