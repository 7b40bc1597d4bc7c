"""What of a patient is tenant-wide, and what is a clinic's: a patient is the tenant's, an appointment is a clinic's.

To somebody who is bound to clinics, appointments, messages and journeys are as if there were no other clinics,
whichever way they ask: by id, in a list, as of a time, by silence or stage. ``docs/privacy.md`` shows the table; a test
compares it.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from command_api.http.queries.reader import Reader
from command_api.http.queries.waiting import Source
from healz.read_models.journey_row import JourneyRows
from healz.read_models.patient_journeys import NO_SCORE, shown_journey
from healz.read_models.patient_row import PatientRow

OF_CLINICS = (
    "current_journey_stage",
    "risk_score",
    "total_appointments",
    "completed_appointments",
    "cancelled_appointments",
    "no_show_count",
    "last_appointment_at",
    "next_appointment_at",
    "interaction_count",
    "last_interaction_at",
)
"""Reckoned from the reader's clinics alone. The interactions are those of the journeys there; without one, none."""
HIDDEN = ("updated_at",)
"""It would tell when something happened elsewhere."""
SOURCES: tuple[Source, ...] = ("patient", "appointment", "journey")

IN_CLINICS = """
SELECT p.patient_id,
       patient.shown_stage(p.journeys, $3) AS current_journey_stage,
       patient.shown_score(p.journeys, $3) AS risk_score,
       a.*, j.*
  FROM patient.patient_view AS p
 CROSS JOIN LATERAL (
           SELECT count(*)                                       AS total_appointments,
                  count(*) FILTER (WHERE v.status = 'completed') AS completed_appointments,
                  count(*) FILTER (WHERE v.status = 'cancelled' AND v.on_whose_account IS DISTINCT FROM 'clinic')
                                                                 AS cancelled_appointments,
                  count(*) FILTER (WHERE v.status = 'no_show')   AS no_show_count,
                  max(v.completed_at)                            AS last_appointment_at,
                  min(v.scheduled_for) FILTER (WHERE v.status IN ('scheduled', 'confirmed') AND v.scheduled_for > $4)
                                                                 AS next_appointment_at
             FROM appointment.appointment_view AS v
            WHERE v.tenant_id = $1 AND v.patient_id = p.patient_id AND v.clinic_id = ANY ($3)) AS a
 CROSS JOIN LATERAL (
           SELECT COALESCE(sum(v.total_interactions), 0)         AS interaction_count,
                  max(v.last_interaction_at)                     AS last_interaction_at
             FROM journey.journey_view AS v
            WHERE v.tenant_id = $1 AND v.patient_id = p.patient_id AND v.clinic_id = ANY ($3)) AS j
 WHERE p.tenant_id = $1 AND p.patient_id = ANY ($2)
"""


async def in_clinics(
    connection: Any, reader: Reader, patients: Iterable[UUID], now: datetime
) -> dict[UUID, dict[str, Any]]:
    """{patient: what replaces the row's own}, for somebody who is bound to clinics."""
    rows = await connection.fetch(IN_CLINICS, reader.user.tenant_id, list(patients), reader.clinics, now)
    return {row["patient_id"]: dict(row) | dict.fromkeys(HIDDEN) for row in rows}


def in_clinics_then(patient: PatientRow, journeys: JourneyRows) -> dict[str, Any]:
    """The same as of a time: both are folded from the events that the reader sees, which are of their clinics alone."""
    shown = shown_journey(patient.journeys)
    own = journeys.journeys.values()
    return {
        "current_journey_stage": shown["stage"] if shown else None,
        "risk_score": Decimal(shown.get("score", NO_SCORE) if shown else NO_SCORE),
        "interaction_count": sum(journey.total_interactions for journey in own),
        "last_interaction_at": max((journey.last_interaction_at for journey in own), default=None),
        **dict.fromkeys(HIDDEN),
    }
