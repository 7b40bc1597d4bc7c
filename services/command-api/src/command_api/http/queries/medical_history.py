"""What is known of a patient's health, to those who treat and those who answer for them. Only the log has it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from pydantic import BaseModel

from command_api.http.auth import allow
from command_api.http.queries.disclosure import MAY_READ
from command_api.http.queries.patient_history import EXISTS
from command_api.http.queries.reader import Reader
from command_api.http.queries.shown_events import shown_events
from command_api.scope import NotFound
from healz.events.patient_details import MedicalHistory
from healz.events.personal import Personal

# The newest is all of it. An index has these events alone, so that no messages are read for it.
NEWEST = """
SELECT event_store.envelope(e) AS envelope
  FROM event_store.events AS e
 WHERE e.tenant_id = $1
   AND e.patient_id = $2
   AND e.event_type = 'PatientMedicalHistoryUpdated'
 ORDER BY e.position DESC
 LIMIT 1
"""


class MedicalHistoryAnswer(BaseModel):
    """``medical_history`` is null where nothing was ever recorded, and of a patient who was anonymised."""

    patient_id: UUID
    medical_history: Annotated[MedicalHistory, Personal("medical")] | None
    updated_at: datetime | None


@get(
    "/{patient_id:uuid}/medical-history",
    guards=[allow(*sorted(MAY_READ["medical"]))],
    summary="A patient's allergies, conditions, medications",
)
async def get_patient_medical_history(
    patient_id: UUID, reader: NamedDependency[Reader]
) -> Response[MedicalHistoryAnswer]:
    async with reader.reading("log") as connection:
        asked = (reader.user.tenant_id, patient_id)
        envelopes = [row["envelope"] for row in await connection.fetch(NEWEST, *asked)]
        events = await shown_events(connection, reader, envelopes)
        if not events and not await connection.fetchval(EXISTS, *asked):
            raise NotFound
    known = events[0]["event_data"] if events else {"medical_history": None, "updated_at": None}
    answer = MedicalHistoryAnswer(
        patient_id=patient_id, medical_history=known["medical_history"], updated_at=known["updated_at"]
    )
    return Response(answer, headers=reader.headers)


handlers = [get_patient_medical_history]
