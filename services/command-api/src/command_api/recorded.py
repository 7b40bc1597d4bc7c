"""An event of the log as the API reads it: one that can't be read is the log's fault, and nobody else's."""

from pydantic import ValidationError

from healz.events import Recorded, read_envelope

EVENT_UNREADABLE = "event %s of the log can't be read: %s"


class LogBroken(Exception):
    """The store contradicts itself: nothing may be decided on it."""


def read_recorded(envelope: str) -> Recorded:
    """An event of the log. Raises LogBroken for one that can't be read, UnknownEvent for a later release's."""
    try:
        return read_envelope(envelope)
    except (ValidationError, RecursionError) as error:
        # Not from that error: its text would quote the event.
        raise LogBroken(EVENT_UNREADABLE % (envelope.partition('"event_id":"')[2][:36], type(error).__name__)) from None
