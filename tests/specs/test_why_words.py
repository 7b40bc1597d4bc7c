"""Why a journey's event did what it did, as somebody who runs a clinic reads it."""

from typing import Any, get_args

import pytest

import examples
from command_api.http.queries.why_words import BEGUN, COMPLETED, MOVED, OF_EACH, WAITS, words_of
from examples import DAY, JOURNEY, MARIA, NOW, TENANT, VITORIA, but
from healz.events import EVENTS, Event
from healz.events.conversation import EscalationReason
from healz.events.journey import CompletionReason, InitiatedBy
from healz.events.stages import StageReason
from healz.read_models.journey_row import JourneyRow

ROW = JourneyRow(
    tenant_id=TENANT,
    journey_id=JOURNEY,
    version=1,
    clinic_id=VITORIA,
    patient_id=MARIA,
    stage_changed_at=NOW - 40 * DAY,
    first_contact_at=NOW - 40 * DAY,
    last_interaction_at=NOW - 21 * DAY,
    patient_name="Maria",
    patient_phone="+5527999990000",
    started_at=NOW - 40 * DAY,
    updated_at=NOW,
)


def test_each_word_of_a_closed_list_has_words_of_its_own() -> None:
    for words, closed in (
        (MOVED, StageReason),
        (BEGUN, InitiatedBy),
        (COMPLETED, CompletionReason),
        (WAITS, EscalationReason),
    ):
        assert list(words) == list(get_args(closed))
    assert {event.__name__ for event in EVENTS} > OF_EACH.keys()


def told(event: Event, **changes: Any) -> dict[str, Any]:
    """As a reader sees it who may see all."""
    return {"event_type": type(event).__name__, "event_data": but(event, **changes).model_dump(mode="json")}


@pytest.mark.parametrize(
    ("event", "changes", "words"),
    [
        (examples.recalculated, {}, ["silent for 21 days"]),
        (examples.recalculated, {"contributing_factors": ()}, ["no sign of risk is left"]),
        (examples.recalculated, {"recalculated_at": NOW - DAY}, ["silent for 20 days"]),
        (examples.risk_escalated, {}, ["não responde"]),
        (examples.risk_escalated, {"escalation_reason": "risk_score_critical"}, ["the score rose to a critical one"]),
        (examples.recovered, {"recovery_reason": "message_received"}, ["wrote to the clinic"]),
        (
            examples.recovered,
            {"recovery_reason": "message_received", "message_id": examples.MESSAGE},
            [f"wrote to the clinic (message {examples.MESSAGE}, whose tone nobody has judged)"],
        ),
        (
            examples.recovered,
            {"recovery_reason": "message_received", "message_id": examples.MESSAGE, "sentiment": "positive"},
            [f"wrote to the clinic (message {examples.MESSAGE}, a positive one)"],
        ),
        (examples.abandoned, {"abandonment_reason": "silence"}, ["was silent for too long"]),
        (examples.journey_completed, {}, ["the treatment came to a good end"]),
        (examples.journey_started, {"initiated_by": "manual"}, ["the journey was started by a person"]),
        (examples.moved_to("no_show"), {"reason": "appointment_marked_as_no_show"}, ["missed an appointment"]),
        (examples.escalated, {"reason": "complaint"}, ["complained"]),
        (examples.completed, {}, ["a visit took place"]),
        (examples.registered, {}, []),
        (examples.message_received, {}, []),
    ],
)
def test_an_event_in_words(event: Event, changes: dict[str, Any], words: list[str]) -> None:
    assert words_of(told(event, **changes), ROW) == words


def test_a_reason_that_is_withheld_is_not_told() -> None:
    event = told(examples.risk_escalated)
    assert words_of(event | {"event_data": event["event_data"] | {"escalation_reason": None}}, ROW) == []


def test_without_the_journey_no_figure_is_given() -> None:
    no_shows = but(examples.silence, type="no_show", value="0.90")
    event = told(examples.recalculated, contributing_factors=(examples.silence, no_shows))
    assert words_of(event, None) == ["silent", "several no-shows"]
