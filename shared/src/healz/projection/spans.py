"""The span of a projector's batch."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from aiokafka import ConsumerRecord

from healz.traces import messaging
from healz.traces.recorder import Attributes, Recorder


def batch_span(
    recorder: Recorder, records: Sequence[ConsumerRecord[bytes, bytes]], group: str
) -> AbstractContextManager[None]:
    """Linked to the request of each record, with where in the topic that is."""

    def about(record: ConsumerRecord[bytes, bytes]) -> Attributes:
        place = {messaging.PARTITION: str(record.partition), messaging.OFFSET: record.offset}
        return place | messaging.key(recorder, (record.key or b"").decode(errors="replace"))

    values = ((record.value or b"", record) for record in records)
    return messaging.batch(recorder, "process", records[0].topic, values, about, count=len(records), group=group)
