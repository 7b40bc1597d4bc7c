"""A patient as they stood at a time: the row of the read model, folded from the log up to then.

"Then" goes by when each event was written, so an imported visit of last year is there from the day of its import on.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import Parameter
from pydantic import TypeAdapter

from command_api.handle import NotFound
from command_api.problems import Problem
from command_api.queries.calendar import ZONE
from command_api.queries.disclosure import disclosed
from command_api.queries.patient_in_clinics import in_clinics_then
from command_api.queries.patients import PatientAnswer
from command_api.queries.reader import Reader
from command_api.queries.shown_events import anonymized
from command_api.times import GivenInstant
from healz.events import read_envelope
from healz.events.fields import INSTANT_MAX, INSTANT_MIN
from healz.read_models import journey
from healz.read_models.journey_row import JourneyRows
from healz.read_models.patient import evolve
from healz.read_models.patient_record import forgotten
from healz.read_models.patient_row import PatientRow

EVENTS = """
SELECT event_store.envelope(e)
  FROM event_store.events AS e
 WHERE e.tenant_id = $1
   AND e.patient_id = $2
   AND e.created_at <= $3
 ORDER BY e.position
"""
INSTANT: TypeAdapter[datetime] = TypeAdapter(GivenInstant)
WANTED = "give a day, like 2026-03-01, or a time with its offset, like 2026-03-01T12:00:00-03:00"


class PatientThen(PatientAnswer):
    """``as_of`` is the time that was asked for, and never later than now. ``version`` is that of then.

    Of a patient who was anonymised since then, too, nothing personal is shown.
    """

    as_of: datetime


@get(
    "/{patient_id:uuid}/as-of",
    summary="A patient as they stood on a day, or at a time",
    description="It goes by when each fact was recorded: a visit of last year counts from the day of its import on.",
)
async def get_patient_as_of(
    patient_id: UUID,
    reader: NamedDependency[Reader],
    at: Annotated[
        str,
        Parameter(
            max_length=40,
            examples=[Example(value="2026-03-01"), Example(value="2026-03-01T12:00:00-03:00")],
            description="a day: at its end, in the organisation's time zone; or a time with offset",
        ),
    ],
) -> Response[PatientThen]:
    wanted = _wanted(at)
    # Of the clinics in scope alone: then the fold itself knows no other.
    async with reader.reading("log") as connection:
        zone = ZoneInfo(await connection.fetchval(ZONE, reader.user.tenant_id, None))
        then = min(_instant(wanted, zone), datetime.now(UTC))
        rows = await connection.fetch(EVENTS, reader.user.tenant_id, patient_id, then)
        forget = await anonymized(connection, reader, [patient_id])
    events = [read_envelope(row[0]) for row in rows]
    patient = reduce(evolve, events, None)
    if patient is None:
        raise NotFound
    seen = {}
    if reader.clinics is not None:
        seen = in_clinics_then(patient, reduce(journey.evolve, events, JourneyRows()))
    if forget:
        patient = forgotten(patient)
    return Response(disclosed(_answer(patient, then, seen), reader.user.role), headers=reader.headers)


def _wanted(at: str) -> date | datetime:
    try:
        day = date.fromisoformat(at)
    except ValueError:
        try:
            return INSTANT.validate_python(datetime.fromisoformat(at))
        except ValueError as error:  # pydantic's is one too
            raise Problem(422, WANTED, errors=[{"field": "at", "message": WANTED}]) from error
    if not INSTANT_MIN.date() < day < INSTANT_MAX.date():
        raise Problem(422, WANTED, errors=[{"field": "at", "message": "lies too far off"}])
    return day


def _instant(wanted: date | datetime, zone: ZoneInfo) -> datetime:
    if isinstance(wanted, datetime):
        return wanted
    return datetime.combine(wanted + timedelta(days=1), time(), zone).astimezone(UTC) - timedelta(microseconds=1)


def _answer(patient: PatientRow, then: datetime, seen: dict[str, Any]) -> PatientThen:
    ahead = [at for at in map(datetime.fromisoformat, patient.live_appointments.values()) if at > then]
    shown = {"next_appointment_at": min(ahead, default=None), "as_of": then} | seen
    return PatientThen.model_validate(vars(patient) | shown)


handlers = [get_patient_as_of]
