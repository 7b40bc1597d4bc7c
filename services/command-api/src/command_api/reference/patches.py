"""What can be changed in part (JSON merge patch, RFC 7396): what is left out stays, null is as if it was never put."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from command_api.decide.cast import DOCTOR_NAME
from command_api.decide.clearing import Changes
from command_api.decide.journey.rules import JourneyRules
from command_api.decide.patient.names import NameGiven, VisibleName
from command_api.decide.times import DEFAULT_TIME_ZONE
from command_api.reference.commands import (
    CLINICS_PER_DOCTOR_MAX,
    STAFF_ROLES,
    OpeningHours,
    Schedule,
    StaffRole,
    TimeZone,
)
from healz.events.json_kinds import no_truth_value

_NUMBERS: dict[str, dict[str, Any]] = JourneyRules.model_json_schema()["properties"]


RulesChanged = Annotated[
    dict[str, Annotated[int | float | str | None, BeforeValidator(no_truth_value)]],
    Field(max_length=len(_NUMBERS)),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                name: {"anyOf": [number, {"type": "null"}], "default": None}
                for name, number in ((name, dict(number)) for name, number in _NUMBERS.items())
                if number.pop("default", None) is not None
            },
        }
    ),
]
"""Looked at once they are laid over what is kept: the numbers must fit each other."""


class Patch(Changes):
    """Parts of what a ``Put`` holds; at least one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    example: ClassVar[dict[str, Any]]

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"name what changes: {', '.join(type(self).model_fields)}")
        return self

    def over(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """What is put thereby, as JSON has it; ``kept`` is what was put before."""
        return merged(kept, self.model_dump(mode="json", by_alias=True, exclude_unset=True))


def merged(kept: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7396; but a null that stands for a part stays: a ``Put`` reads it as left out."""
    changed = dict(kept)
    for name, value in patch.items():
        if isinstance(value, Mapping):
            inner = merged(kept.get(name) or {}, value)
            changed[name] = {key: member for key, member in inner.items() if member is not None}
        else:
            changed[name] = value
    return changed


class PatchTenant(Patch):
    """Of ``journey_rules`` the numbers that are named change; null for one, or for all: as for all organisations.
    ``squeeze_in_roles`` are replaced whole; null: none."""

    never_null = ("name",)
    example: ClassVar = {"journey_rules": {"score_high": 0.6}}

    name: VisibleName | None = None
    time_zone: TimeZone | None = Field(default=None, description=f"null: {DEFAULT_TIME_ZONE}")
    journey_rules: RulesChanged | None = None
    squeeze_in_roles: Annotated[tuple[StaffRole, ...], Field(max_length=STAFF_ROLES)] | None = None

    def over(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        return {part: value for part, value in super().over(kept).items() if value is not None}


class PatchClinic(Patch):
    """``time_zone`` null: the organisation's. ``opening_hours`` are replaced whole; null: not known."""

    never_null = ("name",)
    example: ClassVar = {"opening_hours": [{"weekday": 1, "opens_at": "07:00", "closes_at": "19:00"}]}

    name: VisibleName | None = None
    time_zone: TimeZone | None = None
    opening_hours: OpeningHours | None = None


class PatchDoctor(Patch):
    """``clinic_ids`` and ``schedule`` are replaced whole; ``schedule`` null: there whenever the clinic is open."""

    never_null = ("full_name", "clinic_ids")
    example: ClassVar = {"full_name": f"{DOCTOR_NAME} Duarte"}

    full_name: NameGiven | None = None
    clinic_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=CLINICS_PER_DOCTOR_MAX)] | None = None
    schedule: Schedule | None = None


PATCHES: tuple[type[Patch], ...] = tuple(Patch.__subclasses__())
"""All that can be patched, in the order of this file."""
