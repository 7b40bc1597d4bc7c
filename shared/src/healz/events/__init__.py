"""The facts: payloads by aggregate, the envelope around them, and the one reader of both."""

from healz.events import appointment, conversation, journey, journey_work, patient
from healz.events.envelope import Event, Recorded
from healz.events.reader import EventReader, UnknownEvent
from healz.events.record import ForeignRecord
from healz.events.upcast import UPCASTERS

EVENTS: tuple[type[Event], ...] = (
    *(*patient.EVENTS, *conversation.EVENTS, *appointment.EVENTS),
    *(*journey.EVENTS, *journey_work.EVENTS),
)
"""Every event that there is: each file names its own."""

_reader = EventReader(EVENTS, UPCASTERS)
read_envelope = _reader.envelope
read_cloud_event = _reader.cloud_event

__all__ = ["EVENTS", "Event", "ForeignRecord", "Recorded", "UnknownEvent", "read_cloud_event", "read_envelope"]
