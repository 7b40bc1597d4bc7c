"""What a journey's own events do to its row: it begins, moves from stage to stage, is judged, and ends."""

from msgspec.structs import asdict, replace

from healz.events import Event, Recorded
from healz.events.journey import (
    JourneyCompleted,
    JourneyEvent,
    JourneyRecovered,
    JourneyStarted,
    RiskEscalated,
    RiskScoreRecalculated,
)
from healz.events.stages import INACTIVE_STAGES, Stage
from healz.events.work import Work, work_after
from healz.read_models.contact import PatientContact
from healz.read_models.journey_row import JourneyRow, JourneyRows
from healz.read_models.live_appointments import earliest
from healz.read_models.stage_move import moved_to

FOLLOW_UP_STAGES: frozenset[Stage] = frozenset({"no_show", "at_risk", "follow_up"})


def began(rows: JourneyRows, started: JourneyStarted, contact: PatientContact, event: Recorded) -> JourneyRow:
    """The row of a new journey; the fact that caused it is its first."""
    clinic = rows.clinics.get(started.clinic_id)
    counted = clinic is not None and clinic.last_fact is not None and clinic.last_fact == event.causation_id
    return JourneyRow(
        tenant_id=event.tenant_id,
        journey_id=started.journey_id,
        version=event.aggregate_version,
        clinic_id=started.clinic_id,
        patient_id=started.patient_id,
        stage_changed_at=started.started_at,
        first_contact_at=started.started_at,
        last_interaction_at=started.started_at,
        patient_name=contact.full_name,
        patient_phone=contact.phone,
        started_at=started.started_at,
        updated_at=event.created_at,
        total_appointments=1 if counted and started.initiated_by == "appointment_scheduled" else 0,
        total_interactions=1 if counted and started.initiated_by == "first_contact" else 0,
        has_escalation=rows.escalated_in(started.clinic_id),
        next_appointment_at=earliest(clinic.live_appointments) if clinic else None,
    )


def went_on(rows: JourneyRows, fact: JourneyEvent, event: Recorded) -> JourneyRow:
    """The row after any later event; what changes no other column still raises the version."""
    row = worked(_judged(_moved(rows, rows.journeys[fact.journey_id], fact), fact), fact)
    return replace(row, version=event.aggregate_version, updated_at=event.created_at)


def calmed(rows: JourneyRows, row: JourneyRow) -> JourneyRow:
    """Without the risk's escalation; a conversation that waits for a person still shows."""
    waits = row.has_escalation and rows.escalated_in(row.clinic_id)
    return replace(row, escalated_at=None, has_escalation=waits)


def worked(row: JourneyRow, fact: Event) -> JourneyRow:
    """With what people do about the journey as it is after ``fact``: columns of the same names."""
    before = Work(*(getattr(row, name) for name in Work.__struct_fields__))
    after = work_after(before, fact)
    return row if after is before else replace(row, **asdict(after))


def _moved(rows: JourneyRows, row: JourneyRow, fact: JourneyEvent) -> JourneyRow:
    move = moved_to(fact)
    if move is None:
        return row
    stage, at = move
    row = replace(
        row,
        previous_stage=row.current_stage,
        current_stage=stage,
        stage_changed_at=at,
        needs_follow_up=stage in FOLLOW_UP_STAGES,
        is_active=stage not in INACTIVE_STAGES,
        completed_at=at if isinstance(fact, JourneyCompleted) else row.completed_at,
    )
    interacted_at = fact.interaction_at
    if interacted_at is not None and interacted_at > row.last_interaction_at:
        row = replace(row, last_interaction_at=interacted_at)
    return calmed(rows, row) if isinstance(fact, JourneyRecovered) or not row.is_active else row


def _judged(row: JourneyRow, fact: JourneyEvent) -> JourneyRow:
    match fact:
        case RiskScoreRecalculated():
            return replace(
                row,
                risk_score=fact.new_score,
                risk_level=fact.risk_level,
                risk_indicators=[factor.model_dump(mode="json") for factor in fact.contributing_factors],
                last_risk_calculated_at=fact.recalculated_at,
            )
        case RiskEscalated(escalated_at=at):
            return replace(row, has_escalation=True, escalated_at=at)
        case _:
            return row
