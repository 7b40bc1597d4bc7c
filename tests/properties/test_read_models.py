"""Folds don't depend on how events are cut into batches, and agree with what the rules see."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from healz.events import Recorded
from healz.events.fields import rfc3339
from healz.events.stages import INACTIVE_STAGES
from healz.projection import Projection, Table
from healz.read_models.appointment_row import AppointmentRows
from healz.read_models.journey_row import JourneyRows
from journey_walks import walk
from projections import PROJECTIONS
from properties.histories import History, histories

Rows = Any
PATIENT, APPOINTMENT, JOURNEY = (PROJECTIONS[name] for name in ("patient", "appointment", "journey"))

# What the rules lead to, and what chance does.
logs = histories().map(lambda history: history.recorded) | st.randoms(use_true_random=False).map(walk)


def fold(projection: Projection[Any], events: Sequence[Recorded], rows: Rows) -> Rows:
    for event in events:
        rows = projection.evolve(rows, event)
    return rows


class Stored:
    """Tables in memory; JSON is kept as text."""

    def __init__(self, projection: Projection[Any]) -> None:
        self._projection = projection
        self._rows: list[dict[Any, tuple[Any, ...]]] = [{} for _ in projection.all_tables]

    def save(self, before: Rows, after: Rows) -> None:
        changed = self._projection.apart([(before, after)])
        for table, kept, rows in zip(self._projection.all_tables, self._rows, changed, strict=True):
            for values in zip(*table.arrays(rows), strict=True):
                record = dict(zip(table.columns, values, strict=True))
                kept[tuple(record[column] for column in table.key)] = values

    def load(self) -> Rows:
        rows = [
            map(table.read, kept.values()) for table, kept in zip(self._projection.all_tables, self._rows, strict=True)
        ]
        [together] = self._projection.together(rows).values() or [self._projection.empty]
        return together


@pytest.mark.parametrize("projection", PROJECTIONS.values(), ids=list(PROJECTIONS))
@given(events=logs, cuts=st.sets(st.integers(0, 80)))
def test_it_does_not_matter_how_events_come_in_batches(
    projection: Projection[Any], events: tuple[Recorded, ...], cuts: set[int]
) -> None:
    stored = Stored(projection)
    rows, start = projection.empty, 0
    for cut in [*sorted(cut for cut in cuts if cut < len(events)), len(events)]:
        before, rows = rows, fold(projection, events[start:cut], rows)
        if rows is not before:
            stored.save(before, rows)
        rows = stored.load()
        start = cut
    assert rows == fold(projection, events, projection.empty)


@pytest.mark.parametrize("projection", PROJECTIONS.values(), ids=list(PROJECTIONS))
@given(events=logs)
def test_an_unchanged_row_is_the_same_object_and_a_changed_one_says_when(
    projection: Projection[Any], events: tuple[Recorded, ...]
) -> None:
    rows = projection.empty
    for event in events:
        before, rows = rows, projection.evolve(rows, event)
        if rows is not before:
            assert rows != before, "a new object for nothing is written for nothing"
        old, new = dated(projection, before), dated(projection, rows)
        for key, row in new.items():
            if key in old and replace(old[key], updated_at=row.updated_at) == row:
                assert row == old[key], "only updated_at changed"
            else:
                assert row.updated_at == event.created_at


def dated(projection: Projection[Any], rows: Rows) -> dict[Any, Any]:
    """The rows that say when they changed, by what tells them apart."""
    if isinstance(projection.tables, Table):
        return {} if rows is None else {projection.schema: rows}
    held = {field: getattr(rows, field) for field in projection.tables}
    several = {
        (field, key): row for field, many in held.items() if isinstance(many, Mapping) for key, row in many.items()
    }
    return {key: row for key, row in several.items() if hasattr(row, "updated_at")}


@given(histories())
def test_the_patient_row_agrees_with_the_rules(history: History) -> None:
    row = fold(PATIENT, history.recorded, None)
    state, case = history.case.patient, history.case
    if state.status is None:
        assert row is None
        return
    if state.status == "merged":
        assert (row.merged_into, row.total_appointments, row.journeys) == (state.merged_into, 0, {})
        return
    assert row.status == ("inactive" if state.status == "anonymized" else state.status)
    assert row.version == case.versions[row.patient_id]
    if state.status != "anonymized":
        said = ("phone", "full_name", "email", "birth_date", "cpf", "guardian_phone")
        assert [getattr(row, name) for name in said] == [getattr(state, name) for name in said]
    appointments = case.appointments.appointments.values()
    assert row.total_appointments == len(appointments)
    assert row.completed_appointments == sum(appointment.status == "completed" for appointment in appointments)
    assert row.cancelled_appointments == sum(
        appointment.status == "cancelled" and appointment.on_whose_account == "patient" for appointment in appointments
    )
    assert row.no_show_count == sum(appointment.status == "no_show" for appointment in appointments)
    live = {
        str(appointment.appointment_id): rfc3339(appointment.scheduled_for) for appointment in case.appointments.live
    }
    assert row.live_appointments == live
    assert row.next_appointment_at == min(
        (appointment.scheduled_for for appointment in case.appointments.live), default=None
    )
    active = {str(journey.journey_id): journey.stage for journey in case.journeys.values() if journey.is_active}
    assert {key: journey["stage"] for key, journey in row.journeys.items() if journey["active"]} == active


@given(histories())
def test_the_appointment_rows_agree_with_the_rules(history: History) -> None:
    rows = fold(APPOINTMENT, history.recorded, AppointmentRows())
    if history.case.patient.status == "merged":
        assert rows.appointments == {}
        return
    states = history.case.appointments.appointments
    assert set(rows.appointments) == set(states)
    for key, row in rows.appointments.items():
        state = states[key]
        assert (row.status, row.scheduled_for, row.duration) == (state.status, state.scheduled_for, state.duration)
        assert (row.doctor_id, row.appointment_type) == (state.doctor_id, state.appointment_type)
        assert row.squeeze_in == state.squeeze_in
        assert row.confirmation_count == state.confirmations
        assert row.version == history.case.versions[key]
        assert set(row.reminders_seen) == {str(reminder) for reminder in state.reminders}


@given(histories())
def test_the_journey_rows_agree_with_the_rules(history: History) -> None:
    rows = fold(JOURNEY, history.recorded, JourneyRows())
    if history.case.patient.status == "merged":
        assert (rows.journeys, rows.clinics) == ({}, {})
        return
    for state in history.case.journeys.values():
        if state.journey_id is None:
            continue
        row = rows.journeys[state.journey_id]
        assert (row.current_stage, row.is_active) == (state.stage, state.is_active)
        assert row.version == history.case.versions[row.journey_id]
        clinic = rows.clinics.get(state.clinic_id)  # none where a person started it, and nothing has happened since
        assert {str(key) for key in state.live} == set(clinic.live_appointments if clinic else ())
        assert (row.stage_changed_at, row.risk_score) == (state.stage_since, state.score)
        assert row.risk_indicators == [factor.model_dump(mode="json") for factor in state.indicators.values()]
        # The rules know the interactions from before the journey too, so no sweep looks past one that is silent.
        assert state.last_interaction_at is not None
        assert row.last_interaction_at <= state.last_interaction_at
        if row.is_active:
            counts = (row.total_appointments, row.missed_appointments, row.cancelled_appointments)
            assert counts == (state.appointments, state.missed, state.cancelled)
            # A visit of before the journey, which a merge has told again, is nothing that the rules wait for.
            visited = row.last_appointment_at
            of_the_journey = visited is not None and visited >= row.started_at
            assert state.last_visit_at == (visited if of_the_journey else None)
            conversations = history.case.conversations.conversations.values()
            waits = any(
                conversation.clinic_id == row.clinic_id and conversation.status == "escalated"
                for conversation in conversations
            )
            assert row.has_escalation == (waits or row.escalated_at is not None)
        else:
            assert row.escalated_at is None
        assert rows.active_in(state.clinic_id) == (row if state.stage not in INACTIVE_STAGES else None)


@given(histories())
def test_the_conversation_rows_agree_with_the_rules(history: History) -> None:
    rows = fold(JOURNEY, history.recorded, JourneyRows())
    if history.case.patient.status == "merged":
        assert rows.conversations == {}
        return
    states = history.case.conversations.conversations
    assert {key: (row.clinic_id, row.status) for key, row in rows.conversations.items()} == {
        key: (state.clinic_id, state.status) for key, state in states.items()
    }


@given(logs)
def test_the_patients_stage_and_score_are_those_of_their_riskiest_active_journey(events: tuple[Recorded, ...]) -> None:
    patient = fold(PATIENT, events, None)
    journeys = fold(JOURNEY, events, JourneyRows()).journeys.values()
    if not journeys:
        assert patient is None or (patient.current_journey_stage, patient.risk_score) == (None, 0)
        return
    if candidates := [journey for journey in journeys if journey.is_active]:
        highest = max(journey.risk_score for journey in candidates)
        candidates = [journey for journey in candidates if journey.risk_score == highest]
    else:
        last = max(journey.stage_changed_at for journey in journeys)
        candidates = [journey for journey in journeys if journey.stage_changed_at == last]
    shown = (patient.current_journey_stage, patient.risk_score)
    assert shown in [(journey.current_stage, journey.risk_score) for journey in candidates]
    assert len(patient.journeys) == len(journeys)
