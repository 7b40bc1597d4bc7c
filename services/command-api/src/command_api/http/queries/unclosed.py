"""Appointments that are over, and of which nobody has said what became of them: who came, and who did not?

Until somebody does, the patient may look silent (docs/journey.md).
"""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter
from pydantic import BaseModel

from command_api.http.queries.appointments import COLUMNS, EARLIEST_FIRST, AppointmentAnswer, appointment_answers
from command_api.http.queries.calendar import PAGE_ROWS_DEFAULT
from command_api.http.queries.reader import ROWS_ASKED_MAX, After, Reader
from command_api.scope import NotFound

UNCLOSED = f"""
SELECT {COLUMNS}
  FROM appointment.appointment_view
 WHERE tenant_id = $1
   AND status = ANY (ARRAY['scheduled', 'confirmed'])
   AND scheduled_for < $2
   AND scheduled_for + duration * interval '1 minute' <= $2
   AND ($3::uuid IS NULL OR clinic_id = $3)
   AND ($4::uuid IS NULL OR doctor_id = $4)
   AND ($6::uuid IS NULL OR (scheduled_for, appointment_id) > ($5::timestamptz, $6))
 ORDER BY scheduled_for, appointment_id
 LIMIT $7
"""  # noqa: S608  # the row's own columns


class Unclosed(BaseModel):
    """Those that had ended ``as_of``; ``next`` begins the next page, null on the last."""

    as_of: datetime
    items: list[AppointmentAnswer]
    next: str | None


@get("/unclosed", summary="Appointments that are over and still open, the oldest first")
async def get_unclosed(
    reader: NamedDependency[Reader],
    clinic_id: UUID | None = None,
    doctor_id: UUID | None = None,
    after: After = None,
    limit: Annotated[int, Parameter(ge=1, le=ROWS_ASKED_MAX)] = PAGE_ROWS_DEFAULT,
) -> Response[Unclosed]:
    if clinic_id is not None and not reader.sees(clinic_id):
        raise NotFound
    now = datetime.now(UTC)
    begin = EARLIEST_FIRST.after(after)
    limit = reader.page_rows(limit)
    async with reader.reading("appointment") as connection:
        rows = await connection.fetch(UNCLOSED, reader.user.tenant_id, now, clinic_id, doctor_id, *begin, limit + 1)
    page, following = EARLIEST_FIRST.page(rows, limit)
    items = appointment_answers(page, reader)
    return Response(Unclosed(as_of=now, items=items, next=following), headers=reader.headers)


handlers = [get_unclosed]
