"""What can be put: the shapes of tenants, clinics and doctors."""

from functools import cache
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from healz.events.fields import Name

CLINICS_PER_DOCTOR_MAX = 100
OF_THE_MACHINE = {"localtime", "Factory"}
"""Not the same zone everywhere."""


known_zones = cache(available_timezones)


def known_zone(name: str) -> str:
    """The name of an IANA time zone. Raises ValueError for anything else."""
    if name not in known_zones() or name in OF_THE_MACHINE:
        raise ValueError("give an IANA time zone, like America/Sao_Paulo")
    return name


TimeZone = Annotated[str, AfterValidator(known_zone), Field(examples=["America/Sao_Paulo"])]


class Put(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PutTenant(Put):
    """The organisation of the token."""

    name: Name
    time_zone: TimeZone = "America/Sao_Paulo"


class PutClinic(Put):
    """``time_zone`` null: the tenant's."""

    name: Name
    time_zone: TimeZone | None = None


class PutDoctor(Put):
    """Who sees patients, and where."""

    full_name: Name
    clinic_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=CLINICS_PER_DOCTOR_MAX)]
