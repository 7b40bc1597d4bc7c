"""Whatever is asked, in whatever order: facts or a refusal, and never an impossible state."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import get_args
from uuid import UUID

from hypothesis import event as observe
from hypothesis import given

from command_api.append import payload
from examples import MARIA
from healz.events import EVENTS, Event
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentMarkedAsNoShow,
    AppointmentRescheduled,
    AppointmentScheduled,
)
from healz.events.appointment_change import AppointmentChanged
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.conversation import ConversationClosed, ConversationStarted
from healz.events.journey import (
    JourneyAbandoned,
    JourneyCompleted,
    JourneyEvent,
    JourneyRecovered,
    JourneyStageChanged,
    JourneyStarted,
)
from healz.events.message import MessageReceived
from healz.events.patient import PatientAnonymized, PatientRegistered, PatientStatusChanged
from healz.events.patient_merging import PatientMerged
from healz.events.stages import INACTIVE_STAGES, Stage
from properties.histories import History, Step, histories, look_at_many, play, step_lists

REFUSALS = {
    "appointment_in_the_past",
    "appointment_not_live",
    "bot_waits_for_a_person",
    "bot_waits_for_an_answer",
    "clinic_unknown",
    "completion_before_the_day",
    "journey_active_already",
    "journey_not_active",
    "journey_not_at_risk",
    "conversation_closed",
    "conversation_escalated_already",
    "conversation_not_escalated",
    "conversation_open_already",
    "message_recorded_already",
    "message_unknown",
    "no_show_before_the_start",
    "only_a_person_ends_an_escalation",
    "only_the_bot_speaks_for_patients",
    "patient_anonymized",
    "patient_not_active",
    "patient_overlap",
    "patient_registered_already",
    "patient_unknown",
    "time_is_not_yours_to_say",
    "time_to_come",
}


def test_the_generated_histories_reach_everything() -> None:
    """Else the other tests prove little."""
    wanted = {event.__name__ for event in EVENTS} | REFUSALS | set(get_args(Stage))
    seen: set[str] = set()

    def look(history: History) -> None:
        seen.update(type(event).__name__ for event in history.events)
        seen.update(commit.rejected.rule for commit in history.commits if commit.rejected)
        seen.update(stage for event in history.events if (stage := _stage(event)) is not None)

    look_at_many(look, enough=lambda: wanted <= seen)
    assert wanted - seen == set()


@given(histories())
def test_a_command_leads_to_facts_about_the_patient_or_to_a_refusal(history: History) -> None:
    """Any other exception fails this test by itself."""
    for commit in history.commits:
        observe(commit.rejected.rule if commit.rejected else "accepted")
        if commit.rejected is not None:
            assert commit.rejected.rule.replace("_", "").isalpha()
            assert commit.rejected.rule.islower()
            assert commit.rejected.message
        for event in commit.events:
            assert type(event) in EVENTS
            assert event.patient_id == MARIA
        if commit.events:
            assert commit.events[0].aggregate_id == commit.given.target


@given(histories())
def test_no_state_is_impossible(history: History) -> None:
    """Judged by the events alone, after each commit: not by the states that the deciders keep."""
    events: list[Event] = []
    for commit in history.commits:
        if not commit.events:
            continue
        events += commit.events
        status, live, stages = _status(events), _live(events), _stages(events)
        assert status in ("active", "inactive", "suspended", "anonymized")
        if status in ("inactive", "anonymized"):
            assert not live, "no live appointment of a patient who left"
            assert status == "inactive" or not _talks(events), "no open conversation of one who is anonymised"
            assert all(stage in INACTIVE_STAGES for _, stage in stages.values())
        for (_, end), (start, _) in pairwise(sorted(live.values())):
            assert end <= start, "no two live appointments overlap"
        active = [clinic for clinic, stage in stages.values() if stage not in INACTIVE_STAGES]
        assert len(active) == len(set(active)), "one active journey per clinic"
        assert {stage for _, stage in stages.values()} <= set(get_args(Stage))
        talks = list(_talks(events).values())
        assert len(talks) == len(set(talks)), "one open conversation per clinic"
        ids = [event.whatsapp_message_id for event in events if isinstance(event, MessageReceived)]
        named = [name for name in ids if name is not None]
        assert len(named) == len(set(named)), "a provider's message is recorded once"


@given(histories())
def test_what_comes_after_the_anonymisation_is_refused_or_about_the_past(history: History) -> None:
    events = history.events
    gone = [n for n, event in enumerate(events) if isinstance(event, PatientAnonymized)]
    assert len(gone) <= 1
    for event in events[gone[0] + 1 :] if gone else []:
        assert event.aggregate_type != "Patient" or isinstance(event, PatientMerged)
        assert not isinstance(event, AppointmentScheduled | AppointmentRescheduled | JourneyStarted)
        assert event.aggregate_type != "Conversation" or isinstance(event, ConversationClosed)
    assert not gone or not history.case.patient.identities


@given(step_lists())
def test_the_same_commands_give_the_same_events_byte_for_byte(steps: list[Step]) -> None:
    first, again = play(steps), play(steps)
    assert [payload(event) for event in first.events] == [payload(event) for event in again.events]
    assert first.case == again.case


def _status(events: Iterable[Event]) -> str | None:
    status: str | None = None
    for event in events:
        match event:
            case PatientRegistered():
                status = "active"
            case PatientStatusChanged():
                status = event.new_status
            case PatientAnonymized():
                status = "anonymized"
            case _:
                pass
    return status


def _live(events: Iterable[Event]) -> dict[UUID, tuple[datetime, datetime]]:
    live: dict[UUID, tuple[datetime, datetime]] = {}
    duration: dict[UUID, timedelta] = {}
    for event in events:
        match event:
            case AppointmentScheduled(appointment_id=key, scheduled_for=at):
                duration[key] = timedelta(minutes=event.duration)
                live[key] = (at, at + duration[key])
            case AppointmentChanged(appointment_id=key):
                duration[key] = timedelta(minutes=event.duration)
                live[key] = (live[key][0], live[key][0] + duration[key])
            case AppointmentRescheduled(appointment_id=key, new_scheduled_for=at):
                live[key] = (at, at + duration[key])
            case AppointmentOutcomeCorrected(appointment_id=key, scheduled_for=at):
                if event.right_status in ("scheduled", "confirmed"):
                    live[key] = (at, at + duration[key])
            case AppointmentCancelled() | AppointmentMarkedAsNoShow() | AppointmentCompleted():
                del live[event.appointment_id]
            case _:
                pass
    return live


def _talks(events: Iterable[Event]) -> dict[UUID, UUID]:
    """Open conversations and their clinics."""
    talks: dict[UUID, UUID] = {}
    for event in events:
        match event:
            case ConversationStarted():
                talks[event.conversation_id] = event.clinic_id
            case ConversationClosed():
                del talks[event.conversation_id]
            case _:
                pass
    return talks


def _stages(events: Iterable[Event]) -> dict[UUID, tuple[UUID, str]]:
    """Each journey's clinic and present stage."""
    return {
        event.journey_id: (event.clinic_id, stage)
        for event in events
        if isinstance(event, JourneyEvent) and (stage := _stage(event)) is not None
    }


def _stage(event: Event) -> str | None:
    """Where a journey is from this event on; None when it says nothing of that."""
    match event:
        case JourneyStarted():
            return "initiated"
        case JourneyStageChanged(new_stage=stage):
            return stage
        case JourneyRecovered():
            return "recovered"
        case JourneyAbandoned():
            return "abandoned"
        case JourneyCompleted():
            return "completed"
        case _:
            return None
