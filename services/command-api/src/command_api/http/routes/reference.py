"""HTTP to reference data."""

from typing import Any
from uuid import UUID

from litestar import Request, put
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_204_NO_CONTENT

from command_api.http.auth import WHOLE_TENANT, Principal, allow
from command_api.http.problems import Problem
from command_api.reference.commands import PutClinic, PutDoctor, PutTenant
from command_api.reference.store import Reference

WRITERS = [allow(*WHOLE_TENANT)]


@put(
    "/tenant",
    status_code=HTTP_204_NO_CONTENT,
    guards=WRITERS,
    summary="The organisation, and what its journeys are judged by",
)
async def put_tenant(
    request: Request[Principal, Any, Any], data: PutTenant, reference: NamedDependency[Reference]
) -> None:
    try:
        await reference.put_tenant(request.user.tenant_id, data)
    finally:  # also where nobody knows whether it was committed
        request.app.state.handler.store.rules.forget(request.user.tenant_id)


@put(
    "/clinics/{clinic_id:uuid}", status_code=HTTP_204_NO_CONTENT, guards=WRITERS, summary="A clinic and when it is open"
)
async def put_clinic(
    request: Request[Principal, Any, Any], clinic_id: UUID, data: PutClinic, reference: NamedDependency[Reference]
) -> None:
    await reference.put_clinic(request.user.tenant_id, clinic_id, data)


@put(
    "/doctors/{doctor_id:uuid}",
    status_code=HTTP_204_NO_CONTENT,
    guards=WRITERS,
    summary="A doctor, their clinics and when they are there",
)
async def put_doctor(
    request: Request[Principal, Any, Any], doctor_id: UUID, data: PutDoctor, reference: NamedDependency[Reference]
) -> None:
    missing = await reference.put_doctor(request.user.tenant_id, doctor_id, data)
    if missing:
        raise Problem(
            409,
            f"put these clinics first: {', '.join(map(str, missing))}",
            rule="clinic_unknown",
        )


async def provide_reference(request: Request[Principal, Any, Any]) -> Reference:
    """A dependency of these routes."""
    reference: Reference = request.app.state.handler.reference
    return reference


handlers = [put_tenant, put_clinic, put_doctor]
