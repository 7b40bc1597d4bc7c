"""What may be recorded of an appointment's reminders."""

from typing import ClassVar, Self
from uuid import UUID

from pydantic import ConfigDict, model_validator

from command_api.decide.appointment.command import AppointmentCommand
from command_api.decide.cast import REMINDER
from command_api.decide.command import given
from healz.events import appointment as events
from healz.events.delivery import DeliveryStatus
from healz.events.fields import Reason
from healz.events.patient_details import Channel


class RecordReminder(AppointmentCommand):
    """A reminder, or a later status of one (the same ``reminder_id``), which only rises. With ``error``: it failed."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [given("delivery_status"), given("error")]})

    leads_to = (events.AppointmentReminderSent, events.AppointmentReminderFailed)
    refusals = (*AppointmentCommand.refusals, "patient_anonymized", "too_many_reminders")
    example: ClassVar = {"reminder_id": REMINDER, "channel": "whatsapp", "delivery_status": "delivered"}
    reminder_id: UUID | None = None
    channel: Channel
    delivery_status: DeliveryStatus | None = None
    error: Reason | None = None

    @model_validator(mode="after")
    def _sent_or_failed(self) -> Self:
        if (self.delivery_status is None) == (self.error is None):
            raise ValueError("give either delivery_status or error")
        return self
