"""That a live appointment is another one in part."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from healz.events.appointment_event import DURATION_MINUTES_MAX, AppointmentEvent, AppointmentType
from healz.events.fields import Actor, Instant, Name, Reason
from healz.events.personal import NOT_THE_PATIENTS


class AppointmentChanged(AppointmentEvent):
    """It is with another doctor, takes longer or shorter, or is of another kind. A confirmation stays. It says nothing
    of the patient, and is no interaction."""

    previous_doctor_id: UUID | None = None
    """With whom it was, where that has changed."""
    doctor_name: Annotated[Name, NOT_THE_PATIENTS]
    """The doctor's name on that day."""
    duration: int = Field(ge=1, le=DURATION_MINUTES_MAX)
    """How long it takes from now on, in minutes."""
    appointment_type: AppointmentType
    """What kind of appointment it is from now on."""
    reason: Reason | None = None
    """Why, in somebody's words."""
    squeeze_in: bool | None = None
    """Whether it is squeezed in from now on; null: as before."""
    changed_by: Actor
    """Who changed it."""
    changed_at: Instant
    """When."""
