"""Who leads, what waits, and whether the topic is there."""

from dataclasses import dataclass, replace
from datetime import datetime

from aiokafka.errors import KafkaError

from command_api.relay.lease import session
from command_api.relay.settings import RelaySettings
from command_api.relay.tail import TopicMissing, extent

# Leads: its lease lasts, and its session lives (see lease.TAKE).
STATUS = """
SELECT l.holder, l.fence, l.taken_at, l.republish,
       l.expires_at > clock_timestamp()
       AND EXISTS (SELECT FROM pg_stat_activity AS s
                    WHERE s.pid = l.session_pid AND s.backend_start = l.session_since) AS leads,
       o.commits AS outbox_commits, o.events AS outbox_events, o.seconds AS outbox_oldest_seconds,
       (SELECT count(*) FROM ops.halted_tenants) AS halted_tenants
  FROM event_store.relay_lease AS l,
       (SELECT count(*) AS commits, COALESCE(sum(last_position - first_position + 1), 0)::bigint AS events,
               EXTRACT(epoch FROM clock_timestamp() - min(created_at))::float AS seconds
          FROM event_store.outbox) AS o
"""


@dataclass(frozen=True)
class RelayStatus:
    """At one moment."""

    leads: bool
    holder: str | None
    fence: int
    taken_at: datetime | None
    republish: str | None
    """What a republish that has begun and not ended is to send."""
    outbox_commits: int
    outbox_events: int
    outbox_oldest_seconds: float | None
    halted_tenants: int
    topic: str
    partitions: int | None = None
    """None: Kafka does not answer, or there is no topic."""
    offsets: int | None = None
    """Records that the topic has, markers of transactions included."""

    @property
    def is_well(self) -> bool:
        return self.leads and self.republish is None and self.halted_tenants == 0

    def lines(self) -> list[str]:
        waits = f", the oldest for {self.outbox_oldest_seconds:.1f} s" if self.outbox_oldest_seconds is not None else ""
        return [
            f"leads    {self.holder}, since {self.taken_at:%Y-%m-%d %H:%M:%S} UTC" if self.leads else "leads    nobody",
            f"outbox   {self.outbox_events:,} events in {self.outbox_commits:,} commits{waits}",
            f"topic    {self.topic}: {self._topic_in_words()}",
            f"halted   {self.halted_tenants} tenants",
            *([f"republish of {self.republish} has begun and not ended: run it again"] if self.republish else []),
        ]

    def _topic_in_words(self) -> str:
        if self.partitions is None:
            return "Kafka does not answer, or there is none"
        return f"{self.partitions} partitions, {self.offsets:,} offsets"


async def status(settings: RelaySettings) -> tuple[RelayStatus, TopicMissing | KafkaError | None]:
    """And why nothing is known of the topic. Raises what PostgreSQL raises."""
    async with session(settings, "relay status") as connection:
        row = await connection.fetchrow(STATUS)
    found = RelayStatus(**dict(row), topic=settings.healz_topic)
    try:
        topic = await extent(settings)
    except (TopicMissing, KafkaError) as error:
        return found, error
    offsets = sum(end - begin for begin, end in topic.values())
    return replace(found, partitions=len(topic), offsets=offsets), None
