"""What becomes of a patient's live appointments when the patient leaves."""

from command_api.decide.appointment.state import PatientAppointments
from healz.events import Event
from healz.events.appointment import AppointmentCancelled, AppointmentEvent
from healz.events.patient import PatientAnonymized, PatientStatusChanged


def leave(fact: Event, state: PatientAppointments) -> list[AppointmentEvent]:
    """What follows for the live appointments when a patient becomes inactive or is anonymised."""
    match fact:
        case PatientStatusChanged(new_status="inactive", changed_at=at) | PatientAnonymized(anonymized_at=at):
            return [
                AppointmentCancelled(
                    patient_id=fact.patient_id,
                    appointment_id=one.appointment_id,
                    clinic_id=one.clinic_id,
                    doctor_id=one.doctor_id,
                    reason="patient_inactive" if isinstance(fact, PatientStatusChanged) else "patient_anonymized",
                    cancelled_by="system",
                    cancelled_at=at,
                )
                for one in state.live
            ]
        case _:
            return []
