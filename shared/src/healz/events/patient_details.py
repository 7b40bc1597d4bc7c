"""What a patient's events hold beyond single fields."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from healz.events.fields import NO_NUL

Channel = Literal["whatsapp", "sms", "email"]
MEDICAL_ITEMS_MAX = 100
REMINDER_MINUTES_MAX = 14 * 24 * 60
ReminderMinutes = Annotated[int, Field(ge=0, le=REMINDER_MINUTES_MAX)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=NO_NUL)]
Lines = Annotated[tuple[Line, ...], Field(max_length=MEDICAL_ITEMS_MAX)]


class Address(BaseModel):
    """A Brazilian postal address; ``zip_code`` is the CEP's 8 digits, ``state`` its two letters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    street: Line
    """The street's name."""
    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20, pattern=NO_NUL)]
    """The number in it, or ``s/n``."""
    complement: Line | None = None
    """Flat, floor or block."""
    neighborhood: Line
    """The *bairro*."""
    city: Line
    """The municipality."""
    state: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    """Two letters, like ``ES``."""
    zip_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
    """The CEP, 8 digits."""


class Preferences(BaseModel):
    """How and where a patient wants to be reached; ``reminder_time_before`` in minutes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    communication_channel: Channel
    """How to reach them."""
    reminder_enabled: bool
    """Whether they want to be reminded."""
    reminder_time_before: ReminderMinutes
    """How many minutes before an appointment."""
    preferred_clinic_id: UUID | None = None
    """Where they would rather be seen."""
    preferred_doctor_id: UUID | None = None
    """By whom they would rather be seen."""


class MedicalHistory(BaseModel):
    """Three lists of short lines, each of at most 100."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allergies: Lines = ()
    """What they do not tolerate."""
    chronic_conditions: Lines = ()
    """What they live with."""
    medications: Lines = ()
    """What they take."""
