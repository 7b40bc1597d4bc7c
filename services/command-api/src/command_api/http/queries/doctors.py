"""The doctors of an organisation, or of one of its clinics; and one of them."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from pydantic import BaseModel, Field

from command_api.http.queries.reader import Reader
from command_api.reference.commands import ScheduleWindow
from command_api.reference.kept import SCHEDULE
from command_api.scope import NotFound

# As they were put: no page, a tenant has dozens. Of each the clinics in scope alone.
DOCTORS = f"""
SELECT d.doctor_id, d.full_name, array_agg(c.clinic_id ORDER BY c.clinic_id) AS clinic_ids,
       {SCHEDULE.format(clinics="$2")} AS schedule
  FROM reference.doctors AS d
  JOIN reference.doctor_clinics AS c ON c.tenant_id = d.tenant_id AND c.doctor_id = d.doctor_id
 WHERE d.tenant_id = $1
   AND ($2::uuid[] IS NULL OR c.clinic_id = ANY ($2))
   AND ($4::uuid IS NULL OR d.doctor_id = $4)
 GROUP BY d.tenant_id, d.doctor_id
HAVING $3::uuid IS NULL OR $3 = ANY (array_agg(c.clinic_id))
 ORDER BY d.full_name, d.doctor_id
"""  # noqa: S608  # our own column


class DoctorAnswer(BaseModel):
    """``clinic_ids``: where they work, of the clinics in scope; so is ``schedule``. That is null where nobody said:
    they are there whenever a clinic is open. A weekday or clinic that it does not name: not there."""

    doctor_id: UUID
    full_name: str = Field(examples=["Dra. Ana Conceição"])
    clinic_ids: list[UUID]
    schedule: list[ScheduleWindow] | None


class Doctors(BaseModel):
    items: list[DoctorAnswer]


@get("/doctors", summary="The doctors of the clinics in scope, or of one clinic")
async def get_doctors(reader: NamedDependency[Reader], clinic_id: UUID | None = None) -> Response[Doctors]:
    if clinic_id is not None and not reader.sees(clinic_id):
        raise NotFound
    async with reader.reading("log") as connection:
        rows = await connection.fetch(DOCTORS, reader.user.tenant_id, reader.clinics, clinic_id, None)
    return Response(Doctors(items=[_answer(row) for row in rows]))


@get("/doctors/{doctor_id:uuid}", summary="A doctor, their clinics and when they are there")
async def get_doctor(doctor_id: UUID, reader: NamedDependency[Reader]) -> Response[DoctorAnswer]:
    async with reader.reading("log") as connection:
        row = await connection.fetchrow(DOCTORS, reader.user.tenant_id, reader.clinics, None, doctor_id)
    if row is None:
        raise NotFound
    return Response(_answer(row))


def _answer(row: Any) -> DoctorAnswer:
    return DoctorAnswer.model_validate(dict(row))


handlers = [get_doctors, get_doctor]
