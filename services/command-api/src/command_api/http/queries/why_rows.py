"""What the question "why" folds: the rows of one patient, each cell with the event that last changed it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request

from command_api.http.queries.log_pages import log_pages
from command_api.http.queries.patient_in_clinics import in_clinics_then
from command_api.http.queries.reader import Reader
from command_api.http.queries.rows_then import Folding, RowsThen, Whose
from healz.events import Recorded
from healz.read_models import appointment, journey, patient
from healz.read_models.appointment_row import AppointmentRow, AppointmentRows
from healz.read_models.journey_row import JourneyRow, JourneyRows
from healz.read_models.patient_row import PatientRow
from healz.read_models.why import Cells, Evolve, Explained, Rows, go_on

EVENTS = """
SELECT e.position, event_store.envelope(e) AS envelope
  FROM event_store.events AS e
 WHERE e.tenant_id = $1
   AND e.patient_id = $2
   AND e.position <= $3
   AND e.position > $4
 ORDER BY e.position
 LIMIT $5
"""


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


def _in_clinics(rows: PatientInClinics, event: Recorded) -> PatientInClinics:
    row, journeys = patient.evolve(rows.patient, event), journey.evolve(rows.journeys, event)
    reckoned = InClinics(row.tenant_id, row.patient_id, **in_clinics_then(row, journeys)) if row is not None else None
    return PatientInClinics(row, journeys, reckoned)


def _folding(name: str, empty: Rows, evolve: Evolve[Rows], *explains: type) -> Folding[Explained[Rows]]:
    return Folding(f"why {name}", Explained(empty), partial(go_on, evolve, only=explains))


PATIENT: Folding[Explained[PatientRow | None]] = _folding("patient", None, patient.evolve, PatientRow)
PATIENT_IN_CLINICS = _folding("patient", PatientInClinics(), _in_clinics, PatientRow, InClinics)
APPOINTMENT = _folding("appointment", AppointmentRows(), appointment.evolve, AppointmentRow)
JOURNEY = _folding("journey", JourneyRows(), journey.evolve, JourneyRow)


async def explained(
    request: Request[Any, Any, Any], reader: Reader, folding: Folding[Explained[Any]], patient_id: UUID, position: int
) -> Cells:
    """The cells of a patient's rows as of a position, of the events that the reader may see: then the fold itself knows
    no other clinic. Raises Busy as RowsThen does."""
    rows_then: RowsThen = request.app.state.rows_then
    whose = Whose(reader.user.tenant_id, patient_id, reader.user.clinics)
    read = log_pages(reader, rows_then.limits, EVENTS, patient_id, position)
    return (await rows_then.folded(folding, whose, lambda last: last.position <= position, read)).cells
