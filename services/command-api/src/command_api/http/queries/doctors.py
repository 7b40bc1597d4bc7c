"""The doctors of an organisation, or of one of its clinics."""

from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from pydantic import BaseModel, Field

from command_api.http.queries.reader import Reader
from command_api.scope import NotFound

# As they were put: no page, a tenant has dozens. Of each the clinics in scope alone.
DOCTORS = """
SELECT d.doctor_id, d.full_name, array_agg(c.clinic_id ORDER BY c.clinic_id) AS clinic_ids
  FROM reference.doctors AS d
  JOIN reference.doctor_clinics AS c ON c.tenant_id = d.tenant_id AND c.doctor_id = d.doctor_id
 WHERE d.tenant_id = $1
   AND ($2::uuid[] IS NULL OR c.clinic_id = ANY ($2))
 GROUP BY d.doctor_id, d.full_name
HAVING $3::uuid IS NULL OR $3 = ANY (array_agg(c.clinic_id))
 ORDER BY d.full_name, d.doctor_id
"""


class DoctorAnswer(BaseModel):
    """``clinic_ids``: where they work, of the clinics in scope."""

    doctor_id: UUID
    full_name: str = Field(examples=["Dra. Ana Conceição"])
    clinic_ids: list[UUID]


class Doctors(BaseModel):
    items: list[DoctorAnswer]


@get("/doctors", summary="The doctors of the clinics in scope, or of one clinic")
async def get_doctors(reader: NamedDependency[Reader], clinic_id: UUID | None = None) -> Response[Doctors]:
    if clinic_id is not None and not reader.sees(clinic_id):
        raise NotFound
    async with reader.reading("log") as connection:
        rows = await connection.fetch(DOCTORS, reader.user.tenant_id, reader.clinics, clinic_id)
    return Response(Doctors(items=[DoctorAnswer.model_validate(dict(row)) for row in rows]))


handlers = [get_doctors]
