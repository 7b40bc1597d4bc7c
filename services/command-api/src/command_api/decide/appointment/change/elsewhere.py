"""A live appointment in another clinic: what is booked there, and cancelled here, in one commit.

Each clinic's events tell its own story, so it is another appointment there. The booking comes first: what follows in
that clinic follows from it.
"""

from datetime import datetime

from command_api.decide.appointment.booking import check_active, check_doctor, check_squeeze_in, check_time
from command_api.decide.appointment.change.commands import ChangeAppointment
from command_api.decide.appointment.state import AppointmentState, PatientAppointments
from command_api.decide.given import Given
from command_api.decide.patient.state import Status
from healz.events.appointment import AppointmentCancelled, AppointmentScheduled
from healz.events.appointment_event import AppointmentEvent
from healz.events.fields import Actor

MOVED = "moved_to_another_clinic"
"""Why it is cancelled here, where nobody gives a reason."""


def elsewhere(
    command: ChangeAppointment,
    appointment: AppointmentState,
    state: PatientAppointments,
    patient_status: Status | None,
    given: Given,
    at: datetime,
    actor: Actor,
) -> list[AppointmentEvent]:
    """Both events. Raises Rejected."""
    assert command.clinic_id is not None
    start = command.scheduled_for or appointment.scheduled_for
    duration = command.duration or appointment.duration
    check_active(patient_status)
    doctor = check_doctor(command.clinic_id, given)
    check_time(start, duration, state, given, moved=appointment)
    squeezed = {"squeeze_in": True} if check_squeeze_in(command.squeeze_in, given) else {}
    return [
        AppointmentScheduled(
            **squeezed,
            appointment_id=given.second_id,
            patient_id=given.patient_id,
            clinic_id=command.clinic_id,
            doctor_id=command.doctor_id or appointment.doctor_id,
            doctor_name=doctor.full_name,
            scheduled_for=start,
            duration=duration,
            appointment_type=command.appointment_type or appointment.appointment_type,
            scheduled_by=actor,
            scheduled_at=at,
        ),
        AppointmentCancelled(
            appointment_id=appointment.appointment_id,
            patient_id=given.patient_id,
            clinic_id=appointment.clinic_id,
            doctor_id=appointment.doctor_id,
            reason=command.reason or MOVED,
            cancelled_by=actor,
            cancelled_at=at,
            on_whose_account="clinic",
        ),
    ]
