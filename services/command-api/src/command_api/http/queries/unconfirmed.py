"""Appointments of the hours ahead that nobody has confirmed yet: whom to call today. (Who has come needs no call.)"""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import Parameter
from pydantic import BaseModel

from command_api.http.problems import unfit
from command_api.http.queries.appointments import COLUMNS, EARLIEST_FIRST, AppointmentAnswer, appointment_answers
from command_api.http.queries.calendar import PAGE_ROWS_DEFAULT
from command_api.http.queries.reader import ROWS_ASKED_MAX, After, Reader
from command_api.scope import NotFound

HOURS_FROM_DEFAULT = 23.0
HOURS_UNTIL_DEFAULT = 25.0
"""A reminder a day ahead: whoever asks each hour sees everybody once, and once more to be sure."""

UNCONFIRMED = f"""
SELECT {COLUMNS}
  FROM appointment.appointment_view
 WHERE tenant_id = $1
   AND status = 'scheduled'
   AND arrived_at IS NULL
   AND scheduled_for >= $2
   AND scheduled_for < $3
   AND ($4::uuid IS NULL OR clinic_id = $4)
   AND ($6::uuid IS NULL OR (scheduled_for, appointment_id) > ($5::timestamptz, $6))
 ORDER BY scheduled_for, appointment_id
 LIMIT $7
"""  # noqa: S608  # the row's own columns


class Unconfirmed(BaseModel):
    """From ``since`` until just before ``until``; ``next`` begins the next page, null on the last."""

    since: datetime
    until: datetime
    items: list[AppointmentAnswer]
    next: str | None


@get("/unconfirmed", summary="Appointments in the hours ahead that are not confirmed")
async def get_unconfirmed(
    reader: NamedDependency[Reader],
    clinic_id: UUID | None = None,
    hours_from: Annotated[
        float, Parameter(ge=0, description="from so many hours ahead of now", examples=[Example(value=23)])
    ] = HOURS_FROM_DEFAULT,
    hours_until: Annotated[
        float, Parameter(ge=0, description="until so many hours ahead, exclusive", examples=[Example(value=25)])
    ] = HOURS_UNTIL_DEFAULT,
    after: After = None,
    limit: Annotated[int, Parameter(ge=1, le=ROWS_ASKED_MAX)] = PAGE_ROWS_DEFAULT,
) -> Response[Unconfirmed]:
    if clinic_id is not None and not reader.sees(clinic_id):
        raise NotFound
    if not hours_from < hours_until <= reader.hours_ahead_max:
        raise unfit(f"hours_until must lie above hours_from, and at {reader.hours_ahead_max:g} at most", "hours_until")
    now = datetime.now(UTC)
    since, until = now + timedelta(hours=hours_from), now + timedelta(hours=hours_until)
    begin = EARLIEST_FIRST.after(after)
    limit = reader.page_rows(limit)
    async with reader.reading("appointment") as connection:
        rows = await connection.fetch(UNCONFIRMED, reader.user.tenant_id, since, until, clinic_id, *begin, limit + 1)
    page, following = EARLIEST_FIRST.page(rows, limit)
    items = appointment_answers(page, reader)
    return Response(Unconfirmed(since=since, until=until, items=items, next=following), headers=reader.headers)


handlers = [get_unconfirmed]
