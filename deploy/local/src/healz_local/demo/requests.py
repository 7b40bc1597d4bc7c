"""What a step says to the API. Pure."""

from uuid import UUID

from healz_local.demo.people import MadeUpPerson
from healz_local.demo.plan import Step

Body = dict[str, object]


def registration(step: Step, person: MadeUpPerson) -> Body:
    """The body for /v1/patients."""
    fields = {
        "full_name": person.full_name,
        "phone": person.phone,
        "birth_date": person.birth_date.isoformat(),
        "cpf": person.cpf,
        "guardian_phone": person.guardian_phone,
        "preferred_clinic_id": str(step.visit.clinic_id),
        "occurred_at": step.at.isoformat(),
    }
    return {name: value for name, value in fields.items() if value is not None}


def booking(step: Step, patient_id: UUID) -> Body:
    """The body for /v1/appointments."""
    visit = step.visit
    return {
        "patient_id": str(patient_id),
        "clinic_id": str(visit.clinic_id),
        "doctor_id": str(visit.doctor_id),
        "scheduled_for": visit.starts_at.isoformat(),
        "appointment_type": "first_visit" if visit.is_first else "return",
        "occurred_at": step.at.isoformat(),
    }


def happening(step: Step) -> tuple[str, Body]:
    """What happens to a booked appointment: the last part of its path, and the body. The ill are to come again."""
    at = {"occurred_at": step.at.isoformat()}
    match step.kind:
        case "remind":
            return "reminders", {"channel": "sms", "delivery_status": "sent", **at}
        case "complete":
            return "completion", {"requires_follow_up": step.visit.row.hypertension or step.visit.row.diabetes, **at}
        case "no_show":
            return "no-show", {**at}
        case "register" | "book":
            raise ValueError(f"{step.kind} does not happen to an appointment")
