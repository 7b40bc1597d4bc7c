"""A patient as they stood at a time: the row of the read model, folded from the log up to then.

"Then" goes by when each event was written, so an imported visit of last year is there from the day of its import on.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import Parameter
from msgspec.structs import asdict

from command_api.decide import times
from command_api.http.auth import Principal
from command_api.http.queries.calendar import ZONE
from command_api.http.queries.disclosure import disclosed
from command_api.http.queries.left_out import Lacking, by_all, lacking, left_out
from command_api.http.queries.log_pages import log_pages
from command_api.http.queries.patient_in_clinics import in_clinics_then
from command_api.http.queries.patients import PatientAnswer
from command_api.http.queries.reader import Reader, written
from command_api.http.queries.rows_then import RowsThen, Whose, rows_folding
from command_api.http.queries.shown_events import anonymized
from command_api.scope import NotFound
from healz.read_models import ReadModel
from healz.read_models.patient_record import forgotten
from healz.read_models.patient_row import PatientRow

# Up to the last one of then: where a clock had leapt, an event before it may bear a later time.
LAST = """
SELECT max(e.position)
  FROM event_store.events AS e
 WHERE e.tenant_id = $1
   AND e.patient_id = $2
   AND e.created_at <= $3
"""
WANTED = "give a day, like 2026-03-01, or a time with its offset, like 2026-03-01T12:00:00-03:00"


class PatientThen(PatientAnswer):
    """``as_of`` is the time that was asked for, and never later than now. ``version`` is that of then.

    Of a patient who was anonymised since then, too, nothing personal is shown. ``parked_at_position``: an event at this
    position could not be projected, so what is shown is as of before it; null: nothing is missing at the end.
    ``dropped_positions``: events that could not be projected either, and were left out for ever; those after
    them are not.
    """

    as_of: datetime
    parked_at_position: int | None
    dropped_positions: list[int]


@get(
    "/{patient_id:uuid}/as-of",
    summary="A patient as they stood on a day, or at a time",
    description="It goes by when each fact was recorded: a visit of last year counts from the day of its import on.",
)
async def get_patient_as_of(
    patient_id: UUID,
    reader: NamedDependency[Reader],
    request: Request[Principal, Any, Any],
    at: Annotated[
        str,
        Parameter(
            max_length=40,
            examples=[Example(value="2026-03-01"), Example(value="2026-03-01T12:00:00-03:00")],
            description="a day: at its end, in the organisation's time zone; or a time with offset",
        ),
    ],
) -> Response[PatientThen]:
    wanted = written("at", at, _day_or_time)
    assert wanted is not None
    tenant_id = reader.user.tenant_id
    clinics = reader.user.clinics
    # Of the clinics in scope alone: then the fold itself knows no other.
    models: tuple[ReadModel, ...] = ("patient",) if clinics is None else ("patient", "journey")
    async with reader.reading("log") as connection:
        then = min(_instant(wanted, ZoneInfo(await connection.fetchval(ZONE, tenant_id, None))), datetime.now(UTC))
        last = await connection.fetchval(LAST, tenant_id, patient_id, then)
        if last is None:
            raise NotFound
        each = await left_out(connection, reader, patient_id, models)
        lacks = await lacking(connection, reader, patient_id, last, each)
    rows_then: RowsThen = request.app.state.rows_then
    read = log_pages(reader, rows_then.limits, patient_id, last, by_all(each))
    whose = Whose(tenant_id, patient_id, clinics, tuple(each.values()))
    rows = await rows_then.folded(rows_folding(clinics, each), whose, last, read)
    async with reader.reading("log") as connection:
        forget = await anonymized(connection, reader, [patient_id])
    patient = rows.patient
    if patient is None:
        raise NotFound
    seen = {}
    if clinics is not None:
        seen = in_clinics_then(patient, rows.journeys)
    if forget:
        patient = forgotten(patient)
    return Response(disclosed(_answer(patient, then, lacks, seen), reader.user.role), headers=reader.headers)


def _day_or_time(at: str) -> date | datetime:
    if times.DAY.fullmatch(at):
        return times.day(at)
    if times.TIME.fullmatch(at):
        return times.time(at)
    raise ValueError(WANTED)


def _instant(wanted: date | datetime, zone: ZoneInfo) -> datetime:
    if isinstance(wanted, datetime):
        return wanted.astimezone(UTC)
    return datetime.combine(wanted + timedelta(days=1), time(), zone).astimezone(UTC) - timedelta(microseconds=1)


def _answer(patient: PatientRow, then: datetime, lacks: Lacking, seen: dict[str, Any]) -> PatientThen:
    ahead = [at for at in map(datetime.fromisoformat, patient.live_appointments.values()) if at > then]
    shown = {"next_appointment_at": min(ahead, default=None), "as_of": then} | vars(lacks) | seen
    return PatientThen.model_validate(asdict(patient) | shown)


handlers = [get_patient_as_of]
