"""What the question "why" folds: the rows of one patient, each cell with the event that last changed it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request

from command_api.http.queries.left_out import AllLeftOut, Lacking, by_all, lacking, left_out
from command_api.http.queries.log_pages import log_pages
from command_api.http.queries.patient_in_clinics import in_clinics_then
from command_api.http.queries.reader import Reader
from command_api.http.queries.rows_then import Folding, RowsThen, Whose
from healz.events import Recorded
from healz.read_models import ReadModel, appointment, journey, patient
from healz.read_models.appointment_row import AppointmentRow, AppointmentRows
from healz.read_models.contact import PatientContact
from healz.read_models.conversation_row import ConversationRow
from healz.read_models.journey_row import JourneyRow, JourneyRows
from healz.read_models.patient_row import PatientRow
from healz.read_models.why import Cells, Evolve, Explained, Rows, go_on


@dataclass(frozen=True)
class InClinics:
    """What of a patient's row is reckoned anew for who is bound to clinics."""

    tenant_id: UUID
    patient_id: UUID
    current_journey_stage: str | None
    risk_score: Decimal
    interaction_count: int
    last_interaction_at: datetime | None
    updated_at: None


@dataclass(frozen=True)
class PatientInClinics:
    """A patient's row, and what is reckoned anew, for which their journeys are folded along."""

    patient: PatientRow | None = None
    journeys: JourneyRows = field(default_factory=JourneyRows)
    reckoned: InClinics | None = None


def _in_clinics(
    evolve_patient: Evolve[PatientRow | None],
    evolve_journeys: Evolve[JourneyRows],
    rows: PatientInClinics,
    event: Recorded,
) -> PatientInClinics:
    row, journeys = evolve_patient(rows.patient, event), evolve_journeys(rows.journeys, event)
    reckoned = InClinics(row.tenant_id, row.patient_id, **in_clinics_then(row, journeys)) if row is not None else None
    return PatientInClinics(row, journeys, reckoned)


def _patient(left_out: AllLeftOut) -> Folding[Explained[Any]]:
    return _folding("patient", None, left_out["patient"].around(patient.evolve), PatientRow)


def _patient_in_clinics(left_out: AllLeftOut) -> Folding[Explained[Any]]:
    each = left_out["patient"].around(patient.evolve), left_out["journey"].around(journey.evolve)
    return _folding("patient", PatientInClinics(), partial(_in_clinics, *each), PatientRow, InClinics)


def _appointment(left_out: AllLeftOut) -> Folding[Explained[Any]]:
    return _folding(
        "appointment", AppointmentRows(), left_out["appointment"].around(appointment.evolve), AppointmentRow
    )


def _journey(left_out: AllLeftOut) -> Folding[Explained[Any]]:
    return _folding("journey", JourneyRows(), left_out["journey"].around(journey.evolve), JourneyRow)


def _conversation(left_out: AllLeftOut) -> Folding[Explained[Any]]:
    around = left_out["journey"].around(journey.evolve)
    return _folding("conversation", JourneyRows(), around, ConversationRow, PatientContact)


def _folding(name: str, empty: Rows, evolve: Evolve[Rows], *explains: type) -> Folding[Explained[Rows]]:
    return Folding(f"why {name}", Explained(empty), partial(go_on, evolve, only=explains))


@dataclass(frozen=True)
class Question:
    """Why the rows are so that are made of these read models."""

    models: tuple[ReadModel, ...]
    folding: Callable[[AllLeftOut], Folding[Explained[Any]]]


PATIENT = Question(("patient",), _patient)
PATIENT_IN_CLINICS = Question(("patient", "journey"), _patient_in_clinics)
APPOINTMENT = Question(("appointment",), _appointment)
JOURNEY = Question(("journey",), _journey)
CONVERSATION = Question(("journey",), _conversation)


async def explained(
    request: Request[Any, Any, Any], reader: Reader, question: Question, patient_id: UUID, position: int
) -> tuple[Cells, Lacking]:
    """The cells of a patient's rows as of a position, of the events that the reader may see: then the fold itself knows
    no other clinic. And what is missing in them. Raises Busy as RowsThen does.
    """
    rows_then: RowsThen = request.app.state.rows_then
    async with reader.reading("log") as connection:
        each = await left_out(connection, reader, patient_id, question.models)
        lacks = await lacking(connection, reader, patient_id, position, each)
    whose = Whose(reader.user.tenant_id, patient_id, reader.user.clinics, tuple(each.values()))
    read = log_pages(reader, rows_then.limits, patient_id, position, by_all(each))
    return (await rows_then.folded(question.folding(each), whose, position, read)).cells, lacks
