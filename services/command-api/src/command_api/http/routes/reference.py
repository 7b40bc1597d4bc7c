"""HTTP to reference data: PUT replaces all of it, PATCH changes parts."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from litestar import Request, patch, put
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_204_NO_CONTENT
from pydantic import ValidationError

from command_api.http.auth import WHOLE_TENANT, Principal, allow
from command_api.http.problems import Problem, unfit
from command_api.reference.commands import PutClinic, PutDoctor, PutTenant
from command_api.reference.patches import PatchClinic, PatchDoctor, PatchTenant
from command_api.reference.store import Reference
from command_api.scope import NotFound

log = logging.getLogger(__name__)

WRITERS = [allow(*WHOLE_TENANT)]
REPLACES = "Replaces all of it. Where what is kept would be lost by being left out: 409 part_left_out."
PATCHES = "What is left out stays as it is; null: as if it was never put."


@put(
    "/tenant",
    status_code=HTTP_204_NO_CONTENT,
    guards=WRITERS,
    summary="The organisation, and what its journeys are judged by",
    description=REPLACES,
)
async def put_tenant(
    request: Request[Principal, Any, Any], data: PutTenant, reference: NamedDependency[Reference]
) -> None:
    await _keep_tenant(request, data, reference)


@patch(
    "/tenant",
    status_code=HTTP_204_NO_CONTENT,
    guards=WRITERS,
    summary="Change parts of the organisation",
    description=PATCHES,
)
async def patch_tenant(
    request: Request[Principal, Any, Any], data: PatchTenant, reference: NamedDependency[Reference]
) -> None:
    await _keep_tenant(request, data, reference)


@put(
    "/clinics/{clinic_id:uuid}",
    status_code=HTTP_204_NO_CONTENT,
    guards=WRITERS,
    summary="A clinic and when it is open",
    description=REPLACES,
)
async def put_clinic(
    request: Request[Principal, Any, Any], clinic_id: UUID, data: PutClinic, reference: NamedDependency[Reference]
) -> None:
    _check_same("clinic_id", data.clinic_id, clinic_id)
    await reference.put_clinic(request.user.tenant_id, clinic_id, data)


@patch(
    "/clinics/{clinic_id:uuid}",
    status_code=HTTP_204_NO_CONTENT,
    guards=WRITERS,
    summary="Change parts of a clinic",
    description=PATCHES,
)
async def patch_clinic(
    request: Request[Principal, Any, Any], clinic_id: UUID, data: PatchClinic, reference: NamedDependency[Reference]
) -> None:
    with patching():
        if not await reference.put_clinic(request.user.tenant_id, clinic_id, data):
            raise NotFound


@put(
    "/doctors/{doctor_id:uuid}",
    status_code=HTTP_204_NO_CONTENT,
    guards=WRITERS,
    summary="A doctor, their clinics and when they are there",
    description=REPLACES,
)
async def put_doctor(
    request: Request[Principal, Any, Any], doctor_id: UUID, data: PutDoctor, reference: NamedDependency[Reference]
) -> None:
    _check_same("doctor_id", data.doctor_id, doctor_id)
    await reference.put_doctor(request.user.tenant_id, doctor_id, data)


@patch(
    "/doctors/{doctor_id:uuid}",
    status_code=HTTP_204_NO_CONTENT,
    guards=WRITERS,
    summary="Change parts of a doctor",
    description=PATCHES,
)
async def patch_doctor(
    request: Request[Principal, Any, Any], doctor_id: UUID, data: PatchDoctor, reference: NamedDependency[Reference]
) -> None:
    with patching():
        if not await reference.put_doctor(request.user.tenant_id, doctor_id, data):
            raise NotFound


def _check_same(field: str, said: UUID | None, addressed: UUID) -> None:
    if said not in (None, addressed):
        raise unfit("is another one than in the address; send it there, or leave it out", field)


async def _keep_tenant(
    request: Request[Principal, Any, Any], data: PutTenant | PatchTenant, reference: Reference
) -> None:
    try:
        with patching():
            if not await reference.put_tenant(request.user.tenant_id, data):
                raise Problem(404, "the organisation was not recorded yet; send the whole of it with PUT")
        who = {"tenant_id": request.user.tenant_id, "user_id": request.user.user_id}
        log.info("the organisation was changed", extra=who | {"parts": sorted(data.model_fields_set)})
    finally:  # also where nobody knows whether it was committed
        request.app.state.handler.store.rules.forget(request.user.tenant_id)


@contextmanager
def patching() -> Iterator[None]:
    """Raises Problem 422 where a patch, each part of which may be right, does not fit what is kept."""
    try:
        yield
    except ValidationError as error:
        errors = [
            {
                "field": ".".join(map(str, fault["loc"])) or "body",
                "message": fault["msg"].removeprefix("Value error, "),
            }
            for fault in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        told = "with what is kept, this does not fit; correct the fields named in errors"
        raise Problem(422, told, errors=errors) from error


async def provide_reference(request: Request[Principal, Any, Any]) -> Reference:
    """A dependency of these routes."""
    reference: Reference = request.app.state.handler.reference
    return reference


handlers = [put_tenant, patch_tenant, put_clinic, patch_clinic, put_doctor, patch_doctor]
