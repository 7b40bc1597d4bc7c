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
from healz.read_models.appointment_row import AppointmentRows
from healz.read_models.journey_row import JourneyRow, JourneyRows
from healz.read_models.patient_row import PatientRow
from healz.read_models.why import Cell, Cells, Explained, go_on

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
class PatientRows:
    """A patient's row, and their journeys, which say more of a risk than the row does."""

    patient: PatientRow | None = None
    journeys: JourneyRows = field(default_factory=JourneyRows)
    in_clinics: InClinics | None = None


def _whole(rows: PatientRows, event: Recorded) -> PatientRows:
    return PatientRows(patient.evolve(rows.patient, event), journey.evolve(rows.journeys, event))


def _in_clinics(rows: PatientRows, event: Recorded) -> PatientRows:
    after = _whole(rows, event)
    if after.patient is None:
        return after
    seen = InClinics(
        after.patient.tenant_id, after.patient.patient_id, **in_clinics_then(after.patient, after.journeys)
    )
    return PatientRows(after.patient, after.journeys, seen)


def _explaining(name: str, evolve: Any, empty: Any) -> Folding[Explained[Any]]:
    return Folding(name, Explained(empty), partial(go_on, evolve))


PATIENT = _explaining("why patient", _whole, PatientRows())
PATIENT_IN_CLINICS = _explaining("why patient", _in_clinics, PatientRows())
APPOINTMENT = _explaining("why appointment", appointment.evolve, AppointmentRows())
JOURNEY = _explaining("why journey", journey.evolve, JourneyRows())


async def explained(
    request: Request[Any, Any, Any], reader: Reader, folding: Folding[Explained[Any]], patient_id: UUID, position: int
) -> Cells:
    """The cells of a patient's rows as of a position, of the events that the reader may see: then the fold itself knows
    no other clinic. Raises Busy as RowsThen does."""
    rows_then: RowsThen = request.app.state.rows_then
    whose = Whose(reader.user.tenant_id, patient_id, reader.user.clinics)
    read = log_pages(reader, rows_then.limits, EVENTS, patient_id, position)
    return (await rows_then.folded(folding, whose, lambda last: last.position <= position, read)).cells


def journey_after(cells: Cells, event: Recorded) -> JourneyRow | None:
    """The journey's row right after an event of its own, as far as any cell still remembers it."""
    own: dict[str, Cell] | Any = cells.get((JourneyRow, event.aggregate_id), {})
    return next((cell.row for cell in own.values() if cell.event.position == event.position), None)
