"""Two records of one person become one: what the one absorbs, how the other ends, and when they are two persons."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from command_api.decide.limits import Limits
from command_api.decide.merging.merged import ended
from command_api.decide.merging.retold import told_id
from examples import (
    APPOINTMENT,
    CONVERSATION,
    CPF,
    DAY,
    HOUR,
    JOURNEY,
    MARIA,
    MARIA_AGAIN,
    NEW_JOURNEY,
    NOW,
    OTHER_APPOINTMENT,
    OTHER_CONVERSATION,
    OTHER_CPF,
    OTHER_PHONE,
    PHONE,
    SERRA,
    VITORIA,
    absorbed,
    address,
    again,
    anonymized,
    became_inactive,
    book,
    but,
    cancelled,
    conversation_started,
    escalated,
    journey_started,
    medical_history_updated,
    merge,
    merged,
    message_received,
    message_sent,
    moved_to,
    no_show,
    patient,
    preferences_updated,
    registered,
    scheduled,
    update_contact,
)
from given_when_then import Outcome, Story
from healz.events import Event
from healz.events.appointment import AppointmentCancelled, AppointmentCompleted, AppointmentScheduled
from healz.events.conversation import ConversationClosed
from healz.events.journey import JourneyStageChanged, JourneyStarted
from healz.events.patient import (
    PatientAnonymized,
    PatientContactUpdated,
    PatientMedicalHistoryUpdated,
    PatientPreferencesUpdated,
)
from healz.events.patient_details import MedicalHistory
from healz.events.patient_merging import PatientAbsorbed, PatientMerged
from journey_examples import VISIT, came

bare = but(registered, phone=OTHER_PHONE, email=None, birth_date=None, cpf=None, registered_at=NOW - 3 * DAY)
HERS = bare.model_copy(update={"patient_id": MARIA_AGAIN})
manager: Story = patient.by("manager").given(registered)
TOLD_APPOINTMENT, TOLD_JOURNEY = told_id(APPOINTMENT, MARIA), told_id(JOURNEY, MARIA)
TOLD_CONVERSATION = told_id(CONVERSATION, MARIA)
ASKED = but(message_received, conversation_id=OTHER_CONVERSATION, timestamp=NOW - HOUR)
ANSWERED = but(message_sent, conversation_id=OTHER_CONVERSATION, timestamp=NOW + HOUR)


def merging(*theirs: Event, story: Story = manager, first: Any = bare) -> Outcome:
    return story.where(other=again(first, *theirs)).when(merge)


# What a record absorbs


def test_the_record_that_goes_on_says_whom_it_absorbed_and_is_found_by_the_other_phone() -> None:
    outcome = merging()
    outcome.then(but(absorbed, known_since=NOW - 3 * DAY))
    assert outcome.case.patient.identities >= {("phone", PHONE), ("phone", OTHER_PHONE), ("cpf", CPF)}
    assert outcome.case.patient.registered_at == registered.registered_at


def test_the_same_phone_is_said_once() -> None:
    same = merging(first=but(bare, phone=PHONE)).only()
    assert (same.other_phone, same.holds_other_phone) == (None, False)


def test_a_phone_that_this_record_shared_with_the_other_alone_is_its_own_now() -> None:
    sharing = patient.by("manager").given(but(registered, shares_phone=True))
    outcome = merging(story=sharing, first=but(bare, phone=PHONE))
    assert (outcome.of(PatientAbsorbed)[0].other_phone, outcome.case.patient.holds_other_phone) == (PHONE, True)
    assert ("phone", PHONE) in outcome.case.patient.identities, "or a stranger could have it"


def test_a_phone_that_others_share_is_theirs_to_be_found_by_and_nobodys_alone() -> None:
    outcome = merging(first=but(bare, shares_phone=True))
    assert (outcome.only().other_phone, outcome.only().holds_other_phone) == (OTHER_PHONE, False)
    assert ("phone", OTHER_PHONE) not in outcome.case.patient.identities


def test_of_two_phones_either_can_be_the_first_one() -> None:
    case = merging().case
    swapped = patient.where(case=case).when(update_contact)
    assert swapped.case.patient.phone == OTHER_PHONE
    assert swapped.case.patient.other_phone is None
    assert ("phone", PHONE) not in swapped.case.patient.identities


def test_what_the_record_lacks_it_takes_over_and_keeps_what_it_has() -> None:
    story = patient.by("manager").given(but(registered, email=None, cpf=None))
    theirs = but(bare, email="outra@example.com.br", cpf=OTHER_CPF, full_name="Maria A. Silva")
    moved = PatientContactUpdated(patient_id=MARIA, updated_at=NOW, address=address)
    outcome = merging(moved, preferences_updated, story=story, first=theirs)
    (contact,) = outcome.of(PatientContactUpdated)
    assert (contact.new_email, contact.new_cpf, contact.address) == ("outra@example.com.br", OTHER_CPF, address)
    assert not contact.changes("new_full_name")
    assert not contact.changes("new_birth_date")
    assert outcome.of(PatientPreferencesUpdated) == [preferences_updated]
    assert outcome.case.patient.full_name == registered.full_name


def test_no_allergy_is_left_out() -> None:
    mine = but(medical_history_updated, medical_history=MedicalHistory(allergies=("látex", "dipirona")))
    outcome = merging(medical_history_updated, story=manager.given(mine))
    (history,) = outcome.of(PatientMedicalHistoryUpdated)
    assert history.medical_history.allergies == ("látex", "dipirona")
    assert history.medical_history.medications == ("losartana 50 mg",)


def test_what_both_records_have_of_it_may_be_too_much() -> None:
    mine, theirs = (
        but(medical_history_updated, medical_history=MedicalHistory(allergies=tuple(f"{who}{n}" for n in range(60))))
        for who in ("a", "b")
    )
    merging(theirs, story=manager.given(mine)).then_rejected("medical_history_too_long")


# The other's history, told again


def test_the_others_appointments_are_told_again_at_their_own_times_under_other_ids() -> None:
    outcome = merging(scheduled, cancelled)
    told = outcome.of(AppointmentScheduled, AppointmentCancelled)
    assert [event.happened_at for event in told] == [scheduled.scheduled_at, cancelled.cancelled_at]
    assert {event.patient_id for event in told} == {MARIA}
    assert {event.appointment_id for event in told} == {TOLD_APPOINTMENT}
    assert outcome.case.appointments.appointments[TOLD_APPOINTMENT].status == "cancelled"


def test_in_a_clinic_where_the_record_was_never_on_the_way_journeys_are_told_as_they_were() -> None:
    outcome = merging(scheduled, journey_started, moved_to("scheduled"))
    outcome.then_in_order("PatientAbsorbed", "AppointmentScheduled", "JourneyStarted", "JourneyStageChanged")
    journey = outcome.case.journeys[VITORIA]
    assert (journey.journey_id, journey.stage, journey.appointments) == (TOLD_JOURNEY, "scheduled", 1)


def test_a_journey_that_goes_on_counts_the_others_facts_and_stands_where_either_was_moved_last() -> None:
    mine = but(journey_started, journey_id=NEW_JOURNEY, started_at=NOW - 5 * DAY, initiated_by="first_contact")
    outcome = merging(scheduled, journey_started, moved_to("scheduled"), story=manager.given(mine))
    assert outcome.of(JourneyStarted) == []
    (move,) = outcome.of(JourneyStageChanged)
    assert (move.journey_id, move.new_stage, move.reason) == (NEW_JOURNEY, "scheduled", "patient_absorbed")
    assert outcome.case.journeys[VITORIA].appointments == 1


def test_a_journey_that_was_moved_later_stays_where_it_is() -> None:
    mine = but(journey_started, journey_id=NEW_JOURNEY, started_at=NOW, initiated_by="first_contact")
    outcome = merging(scheduled, journey_started, moved_to("scheduled"), story=manager.given(mine))
    assert outcome.of(JourneyStageChanged) == []
    assert outcome.case.journeys[VITORIA].journey_id == NEW_JOURNEY


def test_where_the_records_journey_is_over_the_others_follows_it() -> None:
    over = but(moved_to("cancelled"), journey_id=NEW_JOURNEY)
    mine = (but(journey_started, journey_id=NEW_JOURNEY, started_at=NOW - 5 * DAY), over)
    outcome = merging(scheduled, journey_started, story=manager.given(*mine))
    journey = outcome.case.journeys[VITORIA]
    assert (journey.journey_id, journey.is_active) == (TOLD_JOURNEY, True)
    assert journey.has(NEW_JOURNEY)


def test_two_no_shows_of_two_records_are_one_persons() -> None:
    missed = but(no_show, scheduled_for=NOW - 2 * DAY, marked_at=NOW - 2 * DAY)
    booked = but(scheduled, scheduled_for=NOW - 2 * DAY, scheduled_at=NOW - 4 * DAY)
    mine = (
        but(journey_started, journey_id=NEW_JOURNEY, started_at=NOW - 5 * DAY),
        but(booked, appointment_id=OTHER_APPOINTMENT),
        but(missed, appointment_id=OTHER_APPOINTMENT),
        but(moved_to("no_show"), journey_id=NEW_JOURNEY),
    )
    outcome = merging(booked, journey_started, missed, moved_to("no_show"), story=manager.given(*mine))
    journey = outcome.case.journeys[VITORIA]
    assert len(journey.evidence.no_shows) == 2
    assert journey.stage == "at_risk"


def test_a_mistake_that_was_corrected_is_told_as_it_is_right() -> None:
    missed = but(no_show, marked_at=VISIT)
    story = patient.where(target=APPOINTMENT, now=VISIT + DAY).given(registered, scheduled, journey_started, missed)
    corrected = story.when(came).events
    outcome = merging(scheduled, journey_started, missed, *corrected, story=manager.at(VISIT + 2 * DAY))
    told = outcome.case.appointments.appointments[TOLD_APPOINTMENT]
    assert (told.status, told.corrections) == ("completed", 0)
    assert len(outcome.of(AppointmentCompleted)) == 1
    assert outcome.case.journeys[VITORIA].missed == 0


# Conversations


def test_an_open_conversation_goes_on_under_its_new_id() -> None:
    outcome = merging(conversation_started, message_received)
    (talk,) = outcome.case.conversations.open
    assert (talk.conversation_id, talk.has(message_received.message_id)) == (TOLD_CONVERSATION, True)


@pytest.mark.parametrize(
    ("mine", "theirs", "over"),
    [
        ((), (message_received,), OTHER_CONVERSATION),
        ((), (escalated,), OTHER_CONVERSATION),
        ((ANSWERED,), (message_received,), OTHER_CONVERSATION),
        ((ASKED,), (message_sent,), TOLD_CONVERSATION),
    ],
    ids=[
        "the later word goes on",
        "who waits for a person goes on",
        "whose question waits goes on, and not a reminder of later",
        "ours, where it is ours that waits",
    ],
)
def test_of_two_open_conversations_in_a_clinic_one_goes_on(mine: Any, theirs: Any, over: UUID) -> None:
    started = but(conversation_started, conversation_id=OTHER_CONVERSATION, started_at=NOW - 2 * HOUR)
    outcome = merging(conversation_started, *theirs, story=manager.given(started, *mine))
    (closed,) = outcome.of(ConversationClosed)
    assert (closed.conversation_id, closed.closed_by, closed.reason) == (over, "system", "patient_absorbed")
    assert len(outcome.case.conversations.open) == 1


def test_its_own_conversation_goes_on_where_that_was_spoken_in_last() -> None:
    started = but(conversation_started, conversation_id=OTHER_CONVERSATION, started_at=NOW)
    (closed,) = merging(conversation_started, story=manager.given(started)).of(ConversationClosed)
    assert closed.conversation_id == TOLD_CONVERSATION


def test_conversations_with_two_clinics_both_go_on() -> None:
    elsewhere = but(conversation_started, conversation_id=OTHER_CONVERSATION, clinic_id=SERRA)
    outcome = merging(conversation_started, story=manager.given(elsewhere))
    assert outcome.of(ConversationClosed) == []
    assert len(outcome.case.conversations.open) == 2


# The other record is over


def test_the_other_record_ends_what_is_live_forgets_who_it_was_and_points_on() -> None:
    other = again(bare, scheduled, conversation_started)
    events = ended(other, MARIA, "agent", NOW)
    kinds = [PatientAnonymized, AppointmentCancelled, ConversationClosed, PatientMerged]
    assert [type(event) for event in events] == kinds
    assert events[-1] == merged
    after = other.case.after(events)
    assert (after.patient.status, after.patient.merged_into) == ("merged", MARIA)
    assert not after.patient.identities
    assert not after.appointments.live


def test_a_record_that_was_merged_accepts_nothing_and_names_the_one_that_goes_on() -> None:
    gone = patient.given(registered, but(merged, patient_id=MARIA, merged_into=MARIA_AGAIN))
    for story in (gone, gone.given(scheduled).about(APPOINTMENT)):
        outcome = story.when(update_contact if story is gone else book)
        outcome.then_rejected("patient_merged")
        assert outcome.rejected is not None
        assert str(MARIA_AGAIN) in outcome.rejected.message


# When they are not merged


@pytest.mark.parametrize(
    ("theirs", "first", "rule"),
    [
        ((), but(bare, cpf=OTHER_CPF), "two_persons"),
        ((), but(bare, birth_date=date(1990, 1, 1)), "two_persons"),
        ((anonymized,), bare, "patient_anonymized"),
        ((but(merged, patient_id=MARIA, merged_into=UUID(int=9)),), bare, "patient_merged"),
    ],
)
def test_two_persons_are_not_merged_nor_who_is_nobody(theirs: Any, first: Any, rule: str) -> None:
    merging(*theirs, first=first).then_rejected(rule)


def test_a_record_is_not_merged_with_itself() -> None:
    manager.where(other=again(bare)).when(but(merge, other_patient_id=MARIA)).then_rejected("same_record")


def test_only_an_active_record_goes_on() -> None:
    merging(story=manager.given(became_inactive)).then_rejected("patient_not_active")
    merging(story=manager.given(anonymized)).then_rejected("patient_anonymized")


def test_an_inactive_record_is_absorbed_like_any() -> None:
    merging(became_inactive).then(but(absorbed, known_since=NOW - 3 * DAY))


def test_nobody_is_in_two_places_at_once() -> None:
    mine = but(scheduled, appointment_id=OTHER_APPOINTMENT, clinic_id=SERRA)
    merging(scheduled, story=manager.given(mine)).then_rejected("patient_overlap")


def test_a_history_is_told_again_up_to_a_length() -> None:
    short = manager.where(limits=Limits(merged_events_max=2))
    merging(scheduled, story=short).of(PatientAbsorbed)
    merging(scheduled, cancelled, story=short).then_rejected("history_too_long")


def test_the_anonymisation_of_the_record_that_goes_on_lets_go_of_both_phones() -> None:
    assert not merging().case.after([anonymized]).patient.identities
