"""An event that nobody could read again is refused before it is recorded."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from command_api.append import NewEvent, payload
from command_api.decide.rejected import Rejected
from command_api.read_back import ReadBack, read_back
from examples import TENANT, but, contact_updated, intent_detected, message_received, registered, risk_detected
from healz.events import Event
from hostile_json import deep


def about_to_be_recorded(event: Event) -> NewEvent:
    return NewEvent.of(event, event_id=UUID(int=1), aggregate_version=1, causation_id=UUID(int=2))


def read(event: Event) -> ReadBack:
    return read_back(about_to_be_recorded(event), TENANT, UUID(int=3), None, {"traceparent": "00-1-2-01"})


@pytest.mark.parametrize("event", [registered, intent_detected, message_received, risk_detected, contact_updated])
def test_an_event_as_the_rules_make_it_is_read_back(event: Event) -> None:
    assert read(event) == ReadBack(event, len(payload(event).encode()))


def unchecked(event: Any, **fields: Any) -> Event:
    """With values that nothing has looked at."""
    made: Event = event.model_copy(update=fields)
    return made


@pytest.mark.parametrize(
    "event",
    [
        unchecked(intent_detected, extracted_data={"x": float("nan")}),
        unchecked(intent_detected, extracted_data={"x": float("inf")}),
        unchecked(intent_detected, extracted_data={"x": json.loads(deep(300))}),
        unchecked(intent_detected, extracted_data={"x": "\ud800"}),
        unchecked(intent_detected, confidence=float("nan")),
        unchecked(message_received, content="a" * 70_000),
        unchecked(message_received, timestamp=datetime(2026, 1, 1)),  # noqa: DTZ001  # whose clock?
        unchecked(registered, phone="27 99999-0000"),
    ],
)
def test_what_cannot_be_read_back_is_refused(event: Event) -> None:
    with pytest.raises(Rejected) as refused:
        read(event)
    assert refused.value.rule == "event_unreadable"


def test_what_is_null_is_not_what_was_never_said() -> None:
    cleared = but(contact_updated, new_email=None)
    assert read(cleared).event.model_fields_set == cleared.model_fields_set
