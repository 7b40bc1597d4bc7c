"""What the question "why" folds: the rows of one patient, each cell with the event that last changed it."""

from collections.abc import Mapping
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
from healz.events.journey import RiskScoreRecalculated
from healz.read_models import appointment, journey, patient
from healz.read_models.appointment_row import AppointmentRows
from healz.read_models.journey_row import JourneyRow, JourneyRows
from healz.read_models.patient_row import PatientRow
from healz.read_models.why import Cells, Explained, go_on

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
class Judged:
    """A journey as it was right after its score was last calculated: what the words of a patient's risk count by."""

    tenant_id: UUID
    patient_id: UUID
    journey: JourneyRow


@dataclass(frozen=True)
class PatientRows:
    """What is explained of a patient; ``in_clinics`` to who is bound to some."""

    patient: PatientRow | None = None
    in_clinics: InClinics | None = None
    judged: Mapping[UUID, Judged] = field(default_factory=dict)


@dataclass(frozen=True)
class PatientExplained:
    """The journeys are only folded along: they are explained where they are asked about."""

    explained: Explained[PatientRows] = field(default_factory=lambda: Explained(PatientRows()))
    journeys: JourneyRows = field(default_factory=JourneyRows)

    @property
    def cells(self) -> Cells:
        return self.explained.cells


def _patient(state: PatientExplained, event: Recorded, *, bound: bool = False) -> PatientExplained:
    journeys = journey.evolve(state.journeys, event)

    def evolve(rows: PatientRows, event: Recorded) -> PatientRows:
        row, judged = patient.evolve(rows.patient, event), rows.judged
        if isinstance(event.event_data, RiskScoreRecalculated):
            told = Judged(event.tenant_id, event.patient_id, journeys.journeys[event.aggregate_id])
            judged = {**judged, event.aggregate_id: told}
        seen = None
        if bound and row is not None:
            seen = InClinics(row.tenant_id, row.patient_id, **in_clinics_then(row, journeys))
        return PatientRows(row, seen, judged)

    return PatientExplained(go_on(evolve, state.explained, event), journeys)


PATIENT = Folding("why patient", PatientExplained(), _patient)
PATIENT_IN_CLINICS = Folding("why patient", PatientExplained(), partial(_patient, bound=True))
APPOINTMENT = Folding("why appointment", Explained(AppointmentRows()), partial(go_on, appointment.evolve))
JOURNEY = Folding("why journey", Explained(JourneyRows()), partial(go_on, journey.evolve))


async def explained(
    request: Request[Any, Any, Any], reader: Reader, folding: Folding[Any], patient_id: UUID, position: int
) -> Cells:
    """The cells of a patient's rows as of a position, of the events that the reader may see: then the fold itself knows
    no other clinic. Raises Busy as RowsThen does."""
    rows_then: RowsThen = request.app.state.rows_then
    whose = Whose(reader.user.tenant_id, patient_id, reader.user.clinics)
    read = log_pages(reader, rows_then.limits, EVENTS, patient_id, position)
    state = await rows_then.folded(folding, whose, lambda last: last.position <= position, read)
    cells: Cells = state.cells
    return cells


def journey_after(cells: Cells, event: Recorded) -> JourneyRow | None:
    """The journey's row right after an event of its own, as far as a cell still remembers it."""
    judged = cells.get((Judged, event.aggregate_id), {}).values()
    own = cells.get((JourneyRow, event.aggregate_id), {}).values()
    rows = [cell.row for cell in (*judged, *own) if cell.event.position == event.position]
    return next((row.journey if isinstance(row, Judged) else row for row in rows), None)
