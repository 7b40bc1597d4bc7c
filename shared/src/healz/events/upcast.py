"""From an event's older shapes to its newest: stored events are never rewritten, they are read anew.

An optional field may be added in place. For anything else raise the event's ``schema_version``, and put here what leads
from the version before to it; ``tests/architecture/frozen_events`` keeps payloads of every version.
"""

from collections.abc import Callable, Mapping
from typing import Any, get_args

from healz.events.envelope import Event
from healz.events.patient import AnonymizationReason
from healz.events.stages import StageReason

Payload = dict[str, Any]
Upcaster = Callable[[Payload], Payload]


def stage_reason_of_a_closed_set(payload: Payload) -> Payload:
    """JourneyStageChanged 1 to 2: any text before; now the fact's name, or ``other`` for a text that names none."""
    reason = {"appointment_no_show": "appointment_marked_as_no_show"}.get(payload["reason"], payload["reason"])
    return payload | {"reason": reason if reason in get_args(StageReason) else "other"}


def anonymized_for_a_reason_of_a_closed_set(payload: Payload) -> Payload:
    """PatientAnonymized 1 to 2: any text before, which might name the patient; now one of a few words."""
    reason = payload.get("reason")
    return payload | {"reason": reason if reason in get_args(AnonymizationReason) else "other"}


def text_of_five_media_types(payload: Payload) -> Payload:
    """1 to 2: at most 4,096 characters before, and five media types; the rest is as it was."""
    return payload


UPCASTERS: Mapping[tuple[str, int], Upcaster] = {
    ("JourneyStageChanged", 1): stage_reason_of_a_closed_set,
    ("MessageReceived", 1): text_of_five_media_types,
    ("MessageSent", 1): text_of_five_media_types,
    ("PatientAnonymized", 1): anonymized_for_a_reason_of_a_closed_set,
}
"""By event type and the version that it leads from."""


def upcast(event: type[Event], version: int, payload: Payload) -> Payload:
    """A payload of that version of ``event`` in its newest shape."""
    for older in range(version, event.schema_version):
        payload = UPCASTERS[event.__name__, older](payload)
    return payload
