"""A clinic's or a doctor's appointments in a day or a range, in time order."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import Parameter, QueryParameter
from pydantic import BaseModel

from command_api.decide import times
from command_api.decide.times import GivenInstant
from command_api.http.problems import Problem
from command_api.http.queries.disclosure import disclosed
from command_api.http.queries.reader import ROWS_ASKED_MAX, After, Keyset, Reader, written
from command_api.scope import NotFound
from healz.events.appointment_event import Account, AppointmentStatus
from healz.events.personal import NOT_THE_PATIENTS, Personal
from healz.read_models.appointment_row import AppointmentRow

PAGE_ROWS_DEFAULT = 100

ZONE = """
SELECT reference.clinic_zone((SELECT time_zone FROM reference.clinics WHERE tenant_id = $1 AND clinic_id = $2),
                             (SELECT time_zone FROM reference.tenants WHERE tenant_id = $1))
"""
# By name: a prepared statement outlives a migration that adds a column or takes one away.
COLUMNS = ", ".join(AppointmentRow.__struct_fields__)
BY_ID = f"""
SELECT {COLUMNS}
  FROM appointment.appointment_view
 WHERE tenant_id = $1
   AND appointment_id = $2
"""  # noqa: S608  # the row's own columns
CALENDAR = """
SELECT {columns}
  FROM appointment.appointment_view
 WHERE tenant_id = $1
   AND {key} = $2
   AND ($3::uuid IS NULL OR doctor_id = $3)
   AND scheduled_for >= $4
   AND scheduled_for < $5
   AND status = ANY ($6::text[])
   AND ($8::uuid IS NULL OR (scheduled_for, appointment_id) > ($7, $8))
 ORDER BY scheduled_for, appointment_id
 LIMIT $9
"""
EARLIEST_FIRST = Keyset(scheduled_for=GivenInstant, appointment_id=UUID)

BY_CLINIC = CALENDAR.format(columns=COLUMNS, key="clinic_id")
BY_DOCTOR = CALENDAR.format(columns=COLUMNS, key="doctor_id")


class AppointmentAnswer(BaseModel):
    """An appointment as the read model has it; ``duration`` in minutes. What the reader's role may not see is null."""

    appointment_id: UUID
    version: int
    clinic_id: UUID
    patient_id: UUID
    patient_name: Annotated[str, Personal("name")]
    patient_phone: Annotated[str, Personal("contact")] | None
    doctor_id: UUID
    doctor_name: Annotated[str, NOT_THE_PATIENTS]
    scheduled_for: datetime
    duration: int
    appointment_type: str
    status: str
    confirmed_at: datetime | None
    confirmed_by: str | None
    confirmation_method: str | None
    confirmation_count: int
    reminder_sent_at: datetime | None
    reminder_delivery_status: str | None
    arrived_at: datetime | None
    cancelled_at: datetime | None
    cancellation_reason: Annotated[str, Personal("reason")] | None
    on_whose_account: Account | None
    squeeze_in: bool
    completed_at: datetime | None
    notes: Annotated[str, Personal("note")] | None
    rescheduled_count: int
    original_scheduled_for: datetime | None
    created_at: datetime
    updated_at: datetime


class Calendar(BaseModel):
    """``time_zone`` is the one in which the day was taken; ``next`` begins the next page, null on the last."""

    time_zone: str
    items: list[AppointmentAnswer]
    next: str | None


FROM, UNTIL = "2026-03-02T08:00:00-03:00", "2026-03-02T12:00:00-03:00"


@get("/{appointment_id:uuid}", summary="An appointment")
async def get_appointment(appointment_id: UUID, reader: NamedDependency[Reader]) -> Response[AppointmentAnswer]:
    row = await reader.row("appointment", BY_ID, appointment_id)
    if row is None:
        raise NotFound
    [appointment] = appointment_answers([row], reader)
    return Response(appointment, headers=reader.headers | {"ETag": f'"{row["version"]}"'})


@get("/", summary="A clinic's or a doctor's calendar")
async def get_calendar(
    reader: NamedDependency[Reader],
    clinic_id: UUID | None = None,
    doctor_id: UUID | None = None,
    day: Annotated[
        str | None,
        Parameter(
            description="in the clinic's time zone; today where no range is given",
            examples=[Example(value="2026-03-02")],
        ),
    ] = None,
    since: Annotated[
        str | None,
        QueryParameter(name="from", description="with offset; instead of a day", examples=[Example(value=FROM)]),
    ] = None,
    until: Annotated[
        str | None, Parameter(description="with offset, exclusive", examples=[Example(value=UNTIL)])
    ] = None,
    status: Annotated[list[AppointmentStatus] | None, Parameter(description="default: scheduled and confirmed")] = None,
    after: After = None,
    limit: Annotated[int, Parameter(ge=1, le=ROWS_ASKED_MAX)] = PAGE_ROWS_DEFAULT,
) -> Response[Calendar]:
    asked = (
        written("day", day, times.day_asked),
        written("from", since, times.time),
        written("until", until, times.time),
    )
    if clinic_id is None and doctor_id is None:
        raise Problem(422, "give clinic_id, doctor_id or both")
    if clinic_id is not None and not reader.sees(clinic_id):
        raise NotFound
    limit = reader.page_rows(limit)
    begin = EARLIEST_FIRST.after(after)
    async with reader.reading("appointment") as connection:
        zone = await connection.fetchval(ZONE, reader.user.tenant_id, clinic_id)
        first, end = _range(*asked, ZoneInfo(zone), reader.days_max)
        rows = await connection.fetch(
            BY_CLINIC if clinic_id is not None else BY_DOCTOR,
            reader.user.tenant_id,
            clinic_id or doctor_id,
            doctor_id if clinic_id is not None else None,
            first,
            end,
            status or ["scheduled", "confirmed"],
            *begin,
            limit + 1,
        )
    page, following = EARLIEST_FIRST.page(rows, limit)
    items = appointment_answers(page, reader)
    return Response(Calendar(time_zone=zone, items=items, next=following), headers=reader.headers)


def appointment_answers(rows: Iterable[Any], reader: Reader) -> list[AppointmentAnswer]:
    """The answers for rows of ``appointment.appointment_view``."""
    return [disclosed(AppointmentAnswer.model_validate(dict(row)), reader.user.role) for row in rows]


def _range(
    day: date | None, since: datetime | None, until: datetime | None, zone: ZoneInfo, days_max: int
) -> tuple[datetime, datetime]:
    if since is None and until is None:
        begins = datetime.combine(day or datetime.now(zone).date(), time(), zone)
        # Wall-clock arithmetic: the day that daylight saving changes has 23 or 25 hours.
        return begins.astimezone(UTC), (begins + timedelta(days=1)).astimezone(UTC)
    if since is None or until is None or day is not None:
        raise Problem(422, "give either day, or from and until")
    if not since < until <= since + timedelta(days=days_max):
        raise Problem(422, f"until must lie after from, by at most {days_max} days")
    return since.astimezone(UTC), until.astimezone(UTC)


handlers = [get_calendar, get_appointment]
