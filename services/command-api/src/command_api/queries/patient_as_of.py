"""A patient as they stood at a time: the row of the read model, folded from the log up to then.

"Then" goes by when each event was written, so an imported visit of last year is there from the day of its import on.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import Parameter

from command_api import times
from command_api.auth import Principal
from command_api.fold.prefix import Last
from command_api.handle import NotFound
from command_api.queries.calendar import ZONE
from command_api.queries.patients import PatientAnswer
from command_api.queries.reader import Reader, read_page, written
from command_api.queries.rows_then import RowsThen
from healz.read_models.patient_journeys import NO_SCORE, shown_journey
from healz.read_models.patient_row import PatientRow

# Up to the last one of then: where a clock had leapt, an event before it may bear a later time.
EVENTS = """
SELECT e.position, event_store.envelope(e) AS envelope
  FROM event_store.events AS e
 WHERE e.tenant_id = $1
   AND e.patient_id = $2
   AND e.position > $4
   AND e.position <= (SELECT max(b.position)
                        FROM event_store.events AS b
                       WHERE b.tenant_id = $1
                         AND b.patient_id = $2
                         AND b.created_at <= $3)
 ORDER BY e.position
 LIMIT $5
"""
STILL_THERE = """
SELECT EXISTS (SELECT FROM event_store.events
                WHERE tenant_id = $1 AND position = $2 AND created_at = $3 AND event_id = $4)
"""
WANTED = "give a day, like 2026-03-01, or a time with its offset, like 2026-03-01T12:00:00-03:00"


class PatientThen(PatientAnswer):
    """``as_of`` is the time that was asked for, and never later than now. ``version`` is that of then."""

    as_of: datetime


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
    async with reader.reading("log", all_clinics=True) as connection:
        zone = ZoneInfo(await connection.fetchval(ZONE, tenant_id, None))
    then = min(_instant(wanted, zone), datetime.now(UTC))
    rows_then: RowsThen = request.app.state.rows_then

    async def read(last: Last | None) -> tuple[list[str], bool] | None:
        after = last.position if last else 0
        # Of all clinics' events: the row counts them all, whoever asks.
        async with reader.reading("log", all_clinics=True) as connection:
            if last and not await connection.fetchval(STILL_THERE, tenant_id, after, last.created_at, last.event_id):
                return None
            return await read_page(
                connection,
                EVENTS,
                *(tenant_id, patient_id, then),
                after=after,
                rows_max=rows_then.limits.page_events_max,
                bytes_max=rows_then.limits.page_bytes_max,
            )

    patient = await rows_then.row(tenant_id, patient_id, then, read)
    if patient is None:
        raise NotFound
    return Response(_answer(patient, then, reader.clinics), headers=reader.headers)


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


def _answer(patient: PatientRow, then: datetime, clinics: list[UUID] | None) -> PatientThen:
    """Who sees some clinics alone sees stage and score of the journeys there, and of no other."""
    stage, score = patient.current_journey_stage, patient.risk_score
    if clinics is not None:
        own = {key: one for key, one in patient.journeys.items() if UUID(one["clinic_id"]) in clinics}
        shown = shown_journey(own)
        stage = shown["stage"] if shown else None
        score = Decimal(shown.get("score", NO_SCORE) if shown else NO_SCORE)
    ahead = [at for at in map(datetime.fromisoformat, patient.live_appointments.values()) if at > then]
    seen = {"current_journey_stage": stage, "risk_score": score, "next_appointment_at": min(ahead, default=None)}
    return PatientThen.model_validate(vars(patient) | seen | {"as_of": then})


handlers = [get_patient_as_of]
