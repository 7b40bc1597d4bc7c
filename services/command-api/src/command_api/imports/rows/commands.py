"""The command that a step of a row stands for."""

from typing import assert_never
from uuid import UUID

from command_api.decide.appointment.commands import BookAppointment, CancelAppointment, ConfirmAppointment
from command_api.decide.appointment.outcome.commands import CompleteAppointment, MarkAppointmentAsNoShow
from command_api.decide.command import Command
from command_api.decide.patient.commands import RegisterPatient
from command_api.imports.rows.lanes import RowStep


def command_of(step: RowStep) -> tuple[Command, UUID, str]:
    """The command, its aggregate, and its idempotency key: the same for the same row, whichever file it stands in."""
    visit, row = step.visit, step.visit.row
    at = None if visit.is_booked_now else step.at
    match step.kind:
        case "register":
            person = {
                "phone": row.patient_phone,
                "full_name": row.patient_name,
                "birth_date": row.patient_birth_date,
                "cpf": row.patient_cpf,
                "guardian_phone": row.patient_guardian_phone,
                "shares_phone": row.shares_phone or None,
            }
            given = {name: value for name, value in person.items() if value is not None}
            command: Command = RegisterPatient.model_validate({**given, "occurred_at": at})
            return command, step.patient_id, f"import:{step.patient_id}:registered"
        case "book":
            command = BookAppointment(
                patient_id=step.patient_id,
                clinic_id=row.clinic_id,
                doctor_id=row.doctor_id,
                scheduled_for=visit.scheduled_for,
                duration=row.duration,
                appointment_type=row.appointment_type,
                notes=row.notes,
                occurred_at=at,
                **({"squeeze_in": True} if visit.is_squeezed_in else {}),
            )
            return command, visit.appointment_id, f"import:{visit.appointment_id}:booked"
        case "end":
            return _end(step), visit.appointment_id, f"import:{visit.appointment_id}:{row.outcome}"


def _end(step: RowStep) -> Command:
    row = step.visit.row
    match row.outcome:
        case "completed":
            return CompleteAppointment(requires_follow_up=row.requires_follow_up, occurred_at=step.at)
        case "no_show":
            return MarkAppointmentAsNoShow(occurred_at=step.at)
        case "cancelled":
            whose = {"on_whose_account": row.on_whose_account} if row.on_whose_account is not None else {}
            return CancelAppointment(reason=row.cancellation_reason, occurred_at=step.at, **whose)
        case "confirmed":
            # When and how it was confirmed nobody says.
            return ConfirmAppointment(confirmation_method="dashboard")
        case "scheduled":
            raise AssertionError("it has not ended")
        case _:
            assert_never(row.outcome)
