"""Appointments of clinics, a doctor or a patient, in time order: of some days, of a range, or all of a patient's.

What began before and goes on into the time that is asked for belongs to it: a visit from 23:30 on is in both days.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, NamedTuple, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import Parameter, QueryParameter
from pydantic import BaseModel

from command_api.decide import times
from command_api.http.problems import unfit
from command_api.http.queries.appointments import COLUMNS, EARLIEST_FIRST, AppointmentAnswer, appointment_answers
from command_api.http.queries.reader import ROWS_ASKED_MAX, After, Reader, written
from command_api.scope import NotFound
from healz.events.appointment_event import DURATION_MINUTES_MAX, AppointmentStatus
from healz.events.fields import INSTANT_MAX, INSTANT_MIN

PAGE_ROWS_DEFAULT = 100
CLINICS_ASKED_MAX = 100
DAYS_ASKED_MAX = 366
"""What ``days`` takes; how many there may be is the setting's to say."""
LIVE: tuple[AppointmentStatus, ...] = ("scheduled", "confirmed")

ZONE = """
SELECT reference.clinic_zone((SELECT time_zone FROM reference.clinics WHERE tenant_id = $1 AND clinic_id = $2),
                             (SELECT time_zone FROM reference.tenants WHERE tenant_id = $1))
"""
# The one that these clinics share, else the organisation's.
ZONE_OF_ALL = """
SELECT COALESCE(CASE WHEN count(DISTINCT z.zone) = 1 THEN min(z.zone) END,
                reference.clinic_zone(NULL, (SELECT time_zone FROM reference.tenants WHERE tenant_id = $1)))
  FROM (SELECT reference.clinic_zone(c.time_zone, t.time_zone) AS zone
          FROM reference.clinics AS c
          LEFT JOIN reference.tenants AS t ON t.tenant_id = c.tenant_id
         WHERE c.tenant_id = $1 AND c.clinic_id = ANY ($2::uuid[])) AS z
"""
# None is longer than a day, so those that may still go on at the begin are a range of the index, too.
CALENDAR = """
SELECT {columns}
  FROM appointment.appointment_view
 WHERE tenant_id = $1
   AND {key}
   AND ($2::uuid[] IS NULL OR clinic_id = ANY ($2))
   AND ($3::uuid IS NULL OR doctor_id = $3)
   AND ($4::uuid IS NULL OR patient_id = $4)
   AND scheduled_for > $5::timestamptz - make_interval(mins => {duration_max})
   AND scheduled_for + make_interval(mins => duration) > $5
   AND scheduled_for < $6
   AND status = ANY ($7::text[])
   AND ($9::uuid IS NULL OR (scheduled_for, appointment_id) > ($8, $9))
 ORDER BY scheduled_for, appointment_id
 LIMIT $10
"""


def by(key: str) -> str:
    """The calendar by what is indexed: a condition that can't be left out."""
    return CALENDAR.format(columns=COLUMNS, key=key, duration_max=DURATION_MINUTES_MAX)


BY_CLINIC = by("clinic_id = ANY ($2)")
BY_DOCTOR = by("doctor_id = $3")
BY_PATIENT = by("patient_id = $4")


class TimeAsked(NamedTuple):
    """The time that is asked for: days, or a range."""

    day: date | None = None
    days: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def range(self, zone: ZoneInfo, days_max: int) -> tuple[datetime, datetime]:
        """From when, and until before when, UTC; today where nothing is said. Raises Problem 422."""
        if self.since is None and self.until is None:
            days = self.days or 1
            if days > days_max:
                raise unfit(f"ask for {days_max} days at most", "days")
            begins = datetime.combine(self.day or datetime.now(zone).date(), time(), zone)
            # Wall-clock arithmetic: the day that daylight saving changes has 23 or 25 hours.
            return begins.astimezone(UTC), (begins + timedelta(days=days)).astimezone(UTC)
        if self.since is None or self.until is None or self.day is not None or self.days is not None:
            both = {"day": self.day, "days": self.days, "from": self.since, "until": self.until}
            said = [name for name, value in both.items() if value is not None]
            raise unfit("give either day, with days for more than one, or from and until", *said)
        if not self.since < self.until <= self.since + timedelta(days=days_max):
            raise unfit(f"until must lie after from, by at most {days_max} days", "until")
        return self.since.astimezone(UTC), self.until.astimezone(UTC)


class Calendar(BaseModel):
    """``time_zone`` is the one in which the day was taken; ``next`` begins the next page, null on the last."""

    time_zone: str
    items: list[AppointmentAnswer]
    next: str | None


FROM, UNTIL = "2026-03-02T08:00:00-03:00", "2026-03-02T12:00:00-03:00"


@get(
    "/",
    summary="The calendar of clinics, of a doctor or of a patient",
    description=(
        "In time order. What began before and goes on into the time that is asked for is there, too. Days are the"
        " clinic's own; of several clinics in different time zones, and where no clinic is named, the organisation's."
        " With patient_id and no time: all that the patient has or had."
    ),
)
async def get_calendar(
    reader: NamedDependency[Reader],
    clinic_id: Annotated[
        list[UUID] | None, Parameter(description="one clinic, or several: clinic_id=…&clinic_id=…")
    ] = None,
    doctor_id: UUID | None = None,
    patient_id: UUID | None = None,
    day: Annotated[
        str | None,
        Parameter(
            description="in the clinic's time zone; today where no range is given",
            examples=[Example(value="2026-03-02")],
        ),
    ] = None,
    days: Annotated[
        int | None, Parameter(ge=1, le=DAYS_ASKED_MAX, description="so many days, from day on: 7 is a week; default: 1")
    ] = None,
    since: Annotated[
        str | None,
        QueryParameter(name="from", description="with offset; instead of a day", examples=[Example(value=FROM)]),
    ] = None,
    until: Annotated[
        str | None, Parameter(description="with offset, exclusive", examples=[Example(value=UNTIL)])
    ] = None,
    status: Annotated[
        list[AppointmentStatus] | None,
        Parameter(description="default: scheduled and confirmed; with patient_id all"),
    ] = None,
    after: After = None,
    limit: Annotated[int, Parameter(ge=1, le=ROWS_ASKED_MAX)] = PAGE_ROWS_DEFAULT,
) -> Response[Calendar]:
    asked = TimeAsked(
        written("day", day, times.day_asked),
        days,
        written("from", since, times.time),
        written("until", until, times.time),
    )
    if not clinic_id and doctor_id is None and patient_id is None:
        raise unfit("give clinic_id, doctor_id or patient_id, or several of them", "clinic_id")
    if clinic_id and len(clinic_id) > CLINICS_ASKED_MAX:
        raise unfit(f"give {CLINICS_ASKED_MAX} clinics at most at once", "clinic_id")
    if not all(map(reader.sees, clinic_id or ())):
        raise NotFound
    limit = reader.page_rows(limit)
    begin = EARLIEST_FIRST.after(after)
    async with reader.reading("appointment") as connection:
        zone = await connection.fetchval(ZONE_OF_ALL, reader.user.tenant_id, clinic_id)
        whole = patient_id is not None and asked == TimeAsked()
        first, end = (INSTANT_MIN, INSTANT_MAX) if whole else asked.range(ZoneInfo(zone), reader.days_max)
        rows = await connection.fetch(
            BY_PATIENT if patient_id is not None else BY_CLINIC if clinic_id else BY_DOCTOR,
            *(reader.user.tenant_id, clinic_id or None, doctor_id, patient_id),
            *(first, end),
            status or (LIVE if patient_id is None else get_args(AppointmentStatus)),
            *begin,
            limit + 1,
        )
    page, following = EARLIEST_FIRST.page(rows, limit)
    items = appointment_answers(page, reader)
    return Response(Calendar(time_zone=zone, items=items, next=following), headers=reader.headers)


handlers = [get_calendar]
