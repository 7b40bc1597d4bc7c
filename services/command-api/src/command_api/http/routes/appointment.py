"""HTTP to appointment commands."""

from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency

from command_api.decide.appointment.change.commands import ChangeAppointment
from command_api.decide.appointment.commands import (
    BookAppointment,
    CancelAppointment,
    ConfirmAppointment,
    RescheduleAppointment,
)
from command_api.decide.appointment.outcome.commands import (
    CompleteAppointment,
    CorrectOutcome,
    MarkAppointmentAsNoShow,
    RecordArrival,
)
from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.http.auth import STAFF, allow
from command_api.http.command_request import Answer, Commands

WRITERS = [allow(*STAFF, "bot", "import")]


@post("/", guards=WRITERS, summary="Book an appointment")
async def book_appointment(data: BookAppointment, commands: NamedDependency[Commands]) -> Response[Answer]:
    return await commands.take(data)


@post("/{appointment_id:uuid}/confirmation", guards=WRITERS, summary="Confirm it")
async def confirm_appointment(
    appointment_id: UUID, data: ConfirmAppointment, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, appointment_id)


@post("/{appointment_id:uuid}/reschedule", guards=WRITERS, summary="Move it to another time")
async def reschedule_appointment(
    appointment_id: UUID, data: RescheduleAppointment, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, appointment_id)


@post("/{appointment_id:uuid}/change", guards=[allow(*STAFF)], summary="Another doctor, duration or type")
async def change_appointment(
    appointment_id: UUID, data: ChangeAppointment, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, appointment_id)


@post("/{appointment_id:uuid}/cancellation", guards=WRITERS, summary="Cancel it")
async def cancel_appointment(
    appointment_id: UUID, data: CancelAppointment, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, appointment_id)


@post("/{appointment_id:uuid}/arrival", guards=WRITERS, summary="The patient has come to the reception")
async def record_arrival(
    appointment_id: UUID, data: RecordArrival, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, appointment_id)


@post("/{appointment_id:uuid}/no-show", guards=WRITERS, summary="The patient did not come")
async def mark_appointment_as_no_show(
    appointment_id: UUID, data: MarkAppointmentAsNoShow, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, appointment_id)


@post("/{appointment_id:uuid}/completion", guards=WRITERS, summary="The visit took place")
async def complete_appointment(
    appointment_id: UUID, data: CompleteAppointment, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, appointment_id)


@post(
    "/{appointment_id:uuid}/correction",
    guards=[allow(*STAFF)],
    summary="What was said to become of it was a mistake, and this is right",
)
async def correct_outcome(
    appointment_id: UUID, data: CorrectOutcome, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, appointment_id)


@post("/{appointment_id:uuid}/reminders", guards=WRITERS, summary="A reminder went out, was read, failed …")
async def record_reminder(
    appointment_id: UUID, data: RecordReminder, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, appointment_id)


handlers = [
    book_appointment,
    confirm_appointment,
    reschedule_appointment,
    change_appointment,
    cancel_appointment,
    record_arrival,
    mark_appointment_as_no_show,
    complete_appointment,
    correct_outcome,
    record_reminder,
]
