"""A line of the tap: what is personal is hidden, and so is what no schema here knows; bytes of others are no events."""

import json
from typing import Any

import pytest

from architecture.test_events import EXAMPLES, envelope
from healz.events import EVENTS
from healz.events.personal import personal_fields
from healz_local import tap_lines

MODELS = {event.__name__: event for event in EVENTS}


@pytest.mark.parametrize(("event_type", "version", "example"), EXAMPLES)
def test_every_event_has_a_line_without_what_is_personal(
    event_type: str, version: int, example: dict[str, Any]
) -> None:
    data = json.loads(envelope(event_type, version, example))
    hidden, shown = tap_lines.line(data).plain, tap_lines.line(data, personal=True).plain
    assert event_type in hidden
    assert "•••" not in shown
    for name in personal_fields(MODELS[event_type]):
        if example.get(name) is not None and version == MODELS[event_type].schema_version:
            assert f" {name}=•••" in hidden


def test_of_an_event_that_a_newer_release_wrote_nothing_is_shown() -> None:
    data = json.loads(envelope("PatientTattooed", 1, {"patient_id": "x", "motif": "a rose"}))
    assert "rose" not in tap_lines.line(data).plain
    assert "rose" in tap_lines.line(data, personal=True).plain


def test_no_control_character_reaches_the_terminal() -> None:
    data = json.loads(envelope("AppointmentCancelled", 1, {"patient_id": "x", "reason": "\x1b[2J" + "a" * 100}))
    shown = tap_lines.line(data, personal=True).plain
    assert "\x1b" not in shown
    assert shown.endswith("…")


@pytest.mark.parametrize(
    "record", [None, b"", b"\xff", b"[" * 100_000, b"[]", b"{}", b'{"source":"/healz","data":{"event_type":1}}']
)
def test_what_is_no_event_of_ours_is_none(record: bytes | None) -> None:
    assert tap_lines.envelope(record) is None
