"""Events are for ever: frozen examples of each type and version still read as the same facts."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from command_api.append import payload
from healz.events import EVENTS, Event, UnknownEvent, read_cloud_event, read_envelope
from healz.events.envelope import Event as AnyEvent
from healz.events.upcast import UPCASTERS

FROZEN = Path(__file__).parent / "frozen_events"
FILES = sorted(FROZEN.glob("*.json"))
"""<EventType>.<schema_version>.json: a list of payloads as they were stored, the fullest and the barest.

Never change one: add another, or another version with an upcaster.
"""
NAMES = {event.__name__: event for event in EVENTS}
EXAMPLES = [
    pytest.param(file.stem.split(".")[0], int(file.stem.split(".")[1]), example, id=f"{file.stem}-{n}")
    for file in FILES
    for n, example in enumerate(json.loads(file.read_text()))
]


def envelope(event_type: str, schema_version: int, event_data: dict[str, Any]) -> str:
    some_id = "01950000-0000-7000-8000-000000000001"
    return json.dumps(
        {
            "event_id": some_id,
            "event_type": event_type,
            "schema_version": schema_version,
            "aggregate_type": NAMES[event_type].aggregate_type if event_type in NAMES else "Patient",
            "aggregate_id": some_id,
            "aggregate_version": 1,
            "tenant_id": some_id,
            "position": 1,
            "patient_id": event_data.get("patient_id", some_id),
            "clinic_id": event_data.get("clinic_id"),
            "causation_id": None,
            "correlation_id": some_id,
            "user_id": None,
            "created_at": "2026-03-02T12:00:00.000000Z",
            "event_data": event_data,
            "metadata": None,
        }
    )


def test_each_event_and_version_has_frozen_examples() -> None:
    frozen = {file.stem for file in FILES}
    versions = {f"{event.__name__}.{version}" for event in EVENTS for version in range(1, event.schema_version + 1)}
    assert frozen == versions


@pytest.mark.parametrize(("event_type", "version", "example"), EXAMPLES)
def test_a_frozen_event_is_still_the_same_fact(event_type: str, version: int, example: dict[str, Any]) -> None:
    read = read_envelope(envelope(event_type, version, example)).event_data
    assert type(read) is NAMES[event_type]
    if version == read.schema_version:
        assert json.loads(payload(read)) == example


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("appointment_no_show", "appointment_marked_as_no_show"),
        ("patient_inactive", "patient_inactive"),
        ("x", "other"),
    ],
)
def test_an_older_version_reads_in_the_newest_shape(stored: str, read: str) -> None:
    (example, *_) = json.loads((FROZEN / "JourneyStageChanged.1.json").read_text())
    text = envelope("JourneyStageChanged", 1, example | {"reason": stored})
    recorded = read_envelope(text)
    ours = f'{{"specversion":"1.0","source":"/healz","type":"healz.JourneyStageChanged","data":{text}}}'
    assert read_cloud_event(ours.encode()) == recorded, "from Kafka as from the store"
    assert (recorded.schema_version, recorded.event_data.schema_version) == (1, 2)
    assert json.loads(payload(recorded.event_data)) == example | {"reason": read}


def test_each_version_but_the_newest_has_an_upcaster() -> None:
    assert {(event.__name__, n) for event in EVENTS for n in range(1, event.schema_version)} == set(UPCASTERS)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_the_fullest_example_says_every_field_and_the_barest_only_what_is_needed(event: type[Event]) -> None:
    examples = json.loads((FROZEN / f"{event.__name__}.{event.schema_version}.json").read_text())
    fields = event.model_fields
    assert set().union(*examples) == set(fields), "a new optional field: add an example that says it"
    assert {name for name, field in fields.items() if field.is_required()} in [set(example) for example in examples]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_a_field_of_a_newer_release_is_passed_over(event: type[Event]) -> None:
    examples = json.loads((FROZEN / f"{event.__name__}.{event.schema_version}.json").read_text())
    newer = examples[0] | {"said_by_a_newer_release": True}
    read = read_envelope(envelope(event.__name__, event.schema_version, newer)).event_data
    assert json.loads(payload(read)) == examples[0]


def test_an_event_of_a_newer_release_is_told_from_a_broken_one() -> None:
    (first, *_) = json.loads((FROZEN / "PatientAnonymized.2.json").read_text())
    with pytest.raises(UnknownEvent):
        read_envelope(envelope("PatientAnonymized", 3, first))
    with pytest.raises(UnknownEvent):
        read_envelope(envelope("PatientCloned", 1, first))


def test_every_event_is_listed_once() -> None:
    def leaves(event: type[AnyEvent]) -> list[type[AnyEvent]]:
        below = event.__subclasses__()
        return [leaf for kind in below for leaf in leaves(kind)] if below else [event]

    assert len(NAMES) == len(EVENTS)
    assert set(leaves(AnyEvent)) == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_a_payload_says_whose_it_is(event: type[Event]) -> None:
    assert event.model_fields["patient_id"].is_required()
    if event.aggregate_type != "Patient":
        assert event.model_fields["clinic_id"].is_required()


def test_actors_are_those_of_the_catalogue() -> None:
    actors = {"patient", "agent", "doctor", "bot", "system", "import"}
    named = [
        ("ConversationStarted", "initiated_by"),
        ("EscalationResolved", "resolved_by"),
        ("AppointmentScheduled", "scheduled_by"),
        ("AppointmentConfirmed", "confirmed_by"),
        ("AppointmentRescheduled", "rescheduled_by"),
        ("AppointmentCancelled", "cancelled_by"),
        ("AppointmentMarkedAsNoShow", "marked_by"),
        ("PatientAnonymized", "requested_by"),
    ]
    for event, field in named:
        assert set(get_args(NAMES[event].model_fields[field].annotation)) == actors
