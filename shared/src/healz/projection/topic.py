"""What comes from the topic: our events, and whatever else somebody wrote into it, which is passed over and counted."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from healz.events import ForeignRecord, Recorded, UnknownEvent, read_cloud_event
from healz.projection.metrics import ProjectionMetrics

log = logging.getLogger(__name__)


class TopicRecords:
    """Reads batches. ``passed_over`` counts, since the process began, the records that were none of use, by why."""

    def __init__(self, metrics: ProjectionMetrics) -> None:
        self._metrics = metrics
        self.passed_over: Counter[str] = Counter()

    def events(self, records: Sequence[ConsumerRecord[bytes, bytes]]) -> list[Recorded]:
        """The events in these records; never raises, whatever the records hold.

        Left out is what is foreign, and what is ours and can't be read here (a newer release's, or forged): if the
        store has it, it is met there.
        """
        events = []
        useless: dict[str, list[ConsumerRecord[bytes, bytes]]] = {}
        for record in records:
            try:
                events.append(read_cloud_event(record.value or b""))
            except ForeignRecord:
                useless.setdefault("foreign", []).append(record)
            except (UnknownEvent, ValidationError):
                useless.setdefault("unreadable", []).append(record)
        for why, some in useless.items():
            self._pass_over(why, len(some))
            place = {"partition": some[0].partition, "offset": some[0].offset}
            log.warning("records of the topic passed over", extra=place | self._count(why, len(some)))
        return events

    def unconfirmed(self, positions: Mapping[UUID, Sequence[int]]) -> None:
        """Logs well-formed events that are not the store's: somebody forged them, or the store was restored."""
        for tenant_id, some in positions.items():
            self._pass_over("unconfirmed", len(some))
            place = {"tenant_id": tenant_id, "first_position": some[0]}
            log.critical(
                "the topic has events that the store does not have", extra=place | self._count("unconfirmed", len(some))
            )

    def _pass_over(self, why: str, records: int) -> None:
        self.passed_over[why] += records
        self._metrics.error("record", records)

    def _count(self, why: str, records: int) -> dict[str, object]:
        return {"why": why, "records": records, "records_since_start": self.passed_over[why]}
