"""The clinics of an organisation, and one of them with when it is open."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from pydantic import BaseModel, Field

from command_api.decide.times import DEFAULT_TIME_ZONE
from command_api.http.queries.reader import Reader
from command_api.reference.kept import OPENING_HOURS
from command_api.scope import NotFound

# As they were put: no page, a tenant has dozens.
CLINICS = f"""
SELECT c.clinic_id, c.name, reference.clinic_zone(c.time_zone, t.time_zone) AS time_zone,
       c.time_zone IS NULL AS time_zone_inherited,
       {OPENING_HOURS} AS opening_hours
  FROM reference.clinics AS c
  LEFT JOIN reference.tenants AS t ON t.tenant_id = c.tenant_id
 WHERE c.tenant_id = $1
   AND ($2::uuid[] IS NULL OR c.clinic_id = ANY ($2))
 ORDER BY c.name, c.clinic_id
"""  # noqa: S608  # our own column


class OpeningHours(BaseModel):
    """In the clinic's time zone; ``weekday`` as ISO counts: 1 is Monday. 24:00 is the day's end."""

    weekday: int
    opens_at: str = Field(examples=["08:00"])
    closes_at: str


class ClinicAnswer(BaseModel):
    """``opening_hours`` null: not known, it may be booked at any time; empty: never open. ``time_zone_inherited``: the
    clinic has none of its own, and follows the organisation's."""

    clinic_id: UUID
    name: str = Field(examples=["Clínica Goiabeiras"])
    time_zone: str = Field(examples=[DEFAULT_TIME_ZONE])
    time_zone_inherited: bool
    opening_hours: list[OpeningHours] | None


class Clinics(BaseModel):
    items: list[ClinicAnswer]


@get("/clinics", summary="The clinics in scope")
async def get_clinics(reader: NamedDependency[Reader]) -> Response[Clinics]:
    async with reader.reading("log") as connection:
        rows = await connection.fetch(CLINICS, reader.user.tenant_id, reader.clinics)
    return Response(Clinics(items=[_answer(row) for row in rows]))


@get("/clinics/{clinic_id:uuid}", summary="A clinic and when it is open")
async def get_clinic(clinic_id: UUID, reader: NamedDependency[Reader]) -> Response[ClinicAnswer]:
    if not reader.sees(clinic_id):
        raise NotFound
    async with reader.reading("log") as connection:
        row = await connection.fetchrow(CLINICS, reader.user.tenant_id, [clinic_id])
    if row is None:
        raise NotFound
    return Response(_answer(row))


def _answer(row: Any) -> ClinicAnswer:
    return ClinicAnswer.model_validate(dict(row))


handlers = [get_clinics, get_clinic]
