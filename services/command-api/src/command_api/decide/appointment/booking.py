"""When an appointment may be, and whose."""

from datetime import date, datetime, timedelta
from uuid import UUID

from command_api.decide.appointment.commands import BookAppointment
from command_api.decide.appointment.hours import first_outside, in_words
from command_api.decide.appointment.state import AppointmentState, PatientAppointments
from command_api.decide.given import Doctor, Given
from command_api.decide.patient.state import Status
from command_api.decide.rejected import Rejected
from healz.events.appointment import AppointmentScheduled


def scheduled(
    command: BookAppointment, state: PatientAppointments, patient_status: Status | None, given: Given, at: datetime
) -> AppointmentScheduled:
    check_active(patient_status)
    doctor = check_doctor(command.clinic_id, given)
    check_time(command.scheduled_for, command.duration, state, given)
    squeezed = {"squeeze_in": True} if check_squeeze_in(command.squeeze_in, given) else {}
    return AppointmentScheduled(
        appointment_id=given.target,
        patient_id=command.patient_id,
        clinic_id=command.clinic_id,
        doctor_id=command.doctor_id,
        doctor_name=doctor.full_name,
        scheduled_for=command.scheduled_for,
        duration=command.duration,
        appointment_type=command.appointment_type,
        notes=command.notes,
        **squeezed,
        scheduled_by=given.actor(command),
        scheduled_at=at,
    )


def check_doctor(clinic_id: UUID, given: Given) -> Doctor:
    """The doctor, who works in that clinic. Raises Rejected."""
    if given.clinic_zone is None:
        raise Rejected("clinic_unknown", "no such clinic; put its reference data first")
    if given.doctor is None:
        raise Rejected("doctor_unknown", "no such doctor; put their reference data first")
    if clinic_id not in given.doctor.clinic_ids:
        raise Rejected("doctor_not_in_clinic", "this doctor does not work in that clinic")
    return given.doctor


def check_squeeze_in(asked: bool, given: Given) -> bool:
    """Whether it is squeezed in. Raises Rejected; what did happen side by side is imported as it was."""
    if asked and not given.importing and given.role not in given.squeeze_in_roles:
        who = ", ".join(sorted(given.squeeze_in_roles)) or "nobody"
        raise Rejected("squeeze_in_not_allowed", f"in your organisation {who} may squeeze in; choose another time")
    return asked


def check_active(patient_status: Status | None) -> None:
    if patient_status != "active":
        raise Rejected("patient_not_active", f"the patient is {patient_status}; only an active one can be booked")


def check_time(
    start: datetime, duration: int, state: PatientAppointments, given: Given, moved: AppointmentState | None = None
) -> None:
    if start < given.bookable_from and not given.importing:
        raise Rejected("appointment_in_the_past", "scheduled_for lies in the past; choose a time to come")
    check_slot(start, duration, state, given, moved)


def check_slot(
    start: datetime, duration: int, state: PatientAppointments, given: Given, moved: AppointmentState | None = None
) -> None:
    """Whenever that is: in the clinic's hours and the doctor's, and the patient is nowhere else."""
    end = start + timedelta(minutes=duration)
    check_hours(start, end, given)
    check_apart(start, end, state, moved)


def check_apart(start: datetime, end: datetime, state: PatientAppointments, moved: AppointmentState | None) -> None:
    """Nobody is in two places at once."""
    for other in state.live:
        if other is not moved and start < other.ends_at and other.scheduled_for < end:
            # No word of when or where: it may be another clinic's.
            raise Rejected("patient_overlap", "the patient has another appointment then; choose another time")


def check_hours(start: datetime, end: datetime, given: Given) -> None:
    """All of it while the clinic is open and the doctor there. An import is exempt; an emergency is not."""
    if given.importing or given.clinic_zone is None or given.doctor is None:
        return  # check_doctor has refused the last two
    for rule, hours, inside, outside in (
        ("clinic_closed", given.opening_hours, "the clinic is open", "the clinic is closed"),
        ("doctor_not_on_duty", given.doctor.schedule, "the doctor is there", "the doctor is not there"),
    ):
        if hours is None:
            continue
        if shown := first_outside(hours, start, end, given.clinic_zone):
            there = in_words(hours, shown.date())
            when = f"on {shown:%A}, {shown:%Y-%m-%d}, {f'{inside} {there}' if there else outside}"
            raise Rejected(rule, f"{when} ({given.clinic_zone.key}); the whole appointment must lie within")


def days(at: datetime, appointment: AppointmentState, given: Given) -> tuple[date, date]:
    """The day of ``at`` and the appointment's, by the clock on the clinic's wall. Raises Rejected."""
    if given.clinic_zone is None:
        raise Rejected("clinic_unknown", "no such clinic; put its reference data first")
    return at.astimezone(given.clinic_zone).date(), appointment.scheduled_for.astimezone(given.clinic_zone).date()
