"""The rules of changes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from command_api.decide.appointment.booking import (
    check_active,
    check_doctor,
    check_slot,
    check_squeeze_in,
    check_time,
)
from command_api.decide.appointment.change.commands import ChangeAppointment
from command_api.decide.appointment.state import AppointmentState, PatientAppointments
from command_api.decide.given import Given
from command_api.decide.patient.state import Status
from healz.events import appointment as events
from healz.events.appointment_change import AppointmentChanged
from healz.events.appointment_event import AppointmentEvent
from healz.events.fields import Actor


def changed(
    command: ChangeAppointment,
    appointment: AppointmentState,
    state: PatientAppointments,
    patient_status: Status | None,
    given: Given,
    at: datetime,
    actor: Actor,
) -> list[AppointmentEvent]:
    """The change, and the move where there is one; nothing, where it is so already. Raises Rejected."""
    doctor_id = command.doctor_id or appointment.doctor_id
    duration = command.duration or appointment.duration
    start = command.scheduled_for or appointment.scheduled_for
    check_active(patient_status)
    doctor = check_doctor(appointment.clinic_id, given)
    if start != appointment.scheduled_for:
        check_time(start, duration, state, given, moved=appointment)
    elif doctor_id != appointment.doctor_id or duration > appointment.duration:
        check_slot(start, duration, state, given, moved=appointment)
    squeezed = {"squeeze_in": True} if check_squeeze_in(command.squeeze_in, given) else {}
    ids: dict[str, UUID] = {
        "appointment_id": appointment.appointment_id,
        "patient_id": given.patient_id,
        "clinic_id": appointment.clinic_id,
        "doctor_id": doctor_id,
    }
    is_another = doctor_id != appointment.doctor_id
    kind = command.appointment_type or appointment.appointment_type
    why = {"reason": command.reason} if command.reason is not None else {}
    decided: list[AppointmentEvent] = []
    differs = (doctor_id, duration, kind) != (
        appointment.doctor_id,
        appointment.duration,
        appointment.appointment_type,
    )
    if differs or (squeezed and start == appointment.scheduled_for and not appointment.squeeze_in):
        before: dict[str, Any] = {"previous_doctor_id": appointment.doctor_id} if is_another else {}
        decided.append(
            AppointmentChanged(
                **ids,
                **before,
                **why,
                **squeezed,
                doctor_name=doctor.full_name,
                duration=duration,
                appointment_type=kind,
                changed_by=actor,
                changed_at=at,
            )
        )
    if start != appointment.scheduled_for:
        whose = command.on_whose_account or ("clinic" if is_another or actor == "doctor" else None)
        decided.append(
            events.AppointmentRescheduled(
                **ids,
                **why,
                **squeezed,
                previous_scheduled_for=appointment.scheduled_for,
                new_scheduled_for=start,
                rescheduled_by=actor,
                rescheduled_at=at,
                **({"on_whose_account": whose} if whose is not None else {}),
            )
        )
    return decided
