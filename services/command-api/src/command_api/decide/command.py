"""What is asked: a command is a body that a frontend sends, or what a sweep asks as time goes by."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, JsonValue

from command_api.decide.times import GivenInstant
from healz.events import Event
from healz.events.json_kinds import Flag


class Command(BaseModel):
    """What a frontend asks for; a field that isn't known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    leads_to: ClassVar[tuple[type[Event], ...]] = ()
    """The events that it may lead to, the example's first. What follows from these is not here."""
    refusals: ClassVar[tuple[str, ...]] = (
        *("time_is_not_yours_to_say", "time_to_come", "only_the_bot_speaks_for_patients"),
        *("touches_another_clinic", "event_too_large", "event_unreadable", "patient_merged"),
    )
    """The rules that may refuse it."""
    staff_say_when: ClassVar[bool] = False
    """Whether the staff may say ``occurred_at``, too: they write down later what happened."""
    example: ClassVar[dict[str, Any] | None] = None
    """A body as a frontend sends it; None: only sweeps ask this. Appointments lie far ahead, so that they can be
    tried."""

    occurred_at: GivenInstant | None = None
    """When it happened. Only the role import, and a sweep, may say so (of what became of an appointment the staff,
    too); for everybody else it is now."""
    on_behalf_of_patient: Flag = False
    """The bot passes on what the patient did."""


class Beginning(Command):
    """Makes an aggregate, in a clinic, of a patient who is there already."""

    patient_id: UUID
    clinic_id: UUID


def once_called(name: str) -> Any:
    """A field of a command that went by another name in the first clients; theirs is still taken, and no longer shown.

    Events that were recorded keep their own names.
    """
    return Field(validation_alias=AliasChoices("reason", name), description=f"was called {name}, which is still taken")


def given(field: str) -> dict[str, JsonValue]:
    """JSON Schema for: that field is there, and not null."""
    return {"required": [field], "properties": {field: {"not": {"type": "null"}}}}
