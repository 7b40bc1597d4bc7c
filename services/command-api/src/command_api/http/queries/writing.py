"""Who writes on a phone: what a bot asks when a message comes from it."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import Parameter
from pydantic import BaseModel

from command_api.decide.patient.phones import respelt, spellings
from command_api.decide.patient.shared_phone import Because, Reached, who_writes
from command_api.handle import Handler
from command_api.http.auth import Principal
from command_api.http.problems import Problem
from command_api.http.queries.disclosure import may_read
from command_api.http.queries.reader import Reader, written
from command_api.scope import NotFound

PATIENTS_MAX = 20
"""Of one phone; those who were registered first."""
ON_PHONE = """
SELECT patient_id
  FROM patient.patient_view
 WHERE tenant_id = $1 AND (phone = ANY ($2::text[]) OR other_phone = ANY ($2::text[]))
 ORDER BY first_contact_at, patient_id
 LIMIT $3
"""


class WhoWrites(BaseModel):
    """``patient_id`` null: nobody is reached there. ``because``: they have the open conversation; or are the adult, or
    of children alone the one, who was registered first. ``conversation_id``: of the open one. ``patient_ids``: all who
    are reached on the phone, the first registered first, 20 at most."""

    patient_id: UUID | None
    because: Because | None
    conversation_id: UUID | None
    patient_ids: list[UUID]


@get("/writing", summary="Who writes on a phone that several patients may share")
async def get_who_writes(
    request: Request[Principal, Any, Any],
    reader: NamedDependency[Reader],
    phone: Annotated[
        str,
        Parameter(
            max_length=40,
            description="with its country code, + written %2B",
            examples=[Example(value="+5527999990000")],
        ),
    ],
    clinic_id: Annotated[UUID | None, Parameter(description="with which they talk; default: any in scope")] = None,
) -> Response[WhoWrites]:
    role = reader.user.role
    if not may_read(role, "contact"):
        raise Problem(403, f"the role {role} may not read phone, so it can't search by it")
    if clinic_id is not None and not reader.sees(clinic_id):
        raise NotFound
    line = written("phone", phone, respelt)
    assert line is not None
    async with reader.reading("patient") as connection:
        rows = await connection.fetch(ON_PHONE, reader.user.tenant_id, sorted(spellings(line)), PATIENTS_MAX)
    patient_ids = [row["patient_id"] for row in rows]
    writer = who_writes(await _reached(request, reader, patient_ids), clinic_id, datetime.now(UTC))
    talk = writer.conversation if writer is not None else None
    answer = WhoWrites(
        patient_id=writer.patient_id if writer is not None else None,
        because=writer.because if writer is not None else None,
        conversation_id=talk.conversation_id if talk is not None else None,
        patient_ids=patient_ids,
    )
    return Response(answer, headers=reader.headers)


async def _reached(request: Request[Principal, Any, Any], reader: Reader, patient_ids: list[UUID]) -> list[Reached]:
    """From the log itself: a conversation that was opened a moment ago is one. Those in other clinics are left out."""
    handler: Handler = request.app.state.handler
    reached = []
    for patient_id in patient_ids:
        case = (await handler.store.load(reader.user.tenant_id, patient_id, None)).case
        seen = [talk for talk in case.conversations.open if reader.sees(talk.clinic_id)]
        reached.append(Reached(patient_id, case.patient, seen))
    return reached


handlers = [get_who_writes]
