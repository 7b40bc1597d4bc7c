"""Who asks, and what of a tenant's is theirs to see and to bring about."""

from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from command_api.decide.appointment.command import AppointmentCommand
from command_api.decide.command import Beginning, Command
from command_api.decide.conversation.command import ConversationCommand
from command_api.decide.given import Given, Role
from command_api.decide.journey.commands import JourneyCommand
from command_api.decide.patient.commands import PatientCommand, RegisterPatient
from command_api.decide.rejected import Rejected
from command_api.event_store import Loaded
from healz.events import Event, patient

OF_THE_PATIENT = frozenset(event.__name__ for event in patient.EVENTS)


class NotFound(Exception):
    """No such thing, for this tenant and these clinics. ``field``: of the body, which names it; None: the address."""

    def __init__(self, field: str | None = None) -> None:
        super().__init__(field)
        self.field = field


class KeyReused(Exception):
    """The Idempotency-Key was used for another request, or by somebody who may see more than who asks now."""


@dataclass(frozen=True)
class Asked:
    """Who asks, and with what around the command. ``clinics`` None: the whole tenant."""

    tenant_id: UUID
    role: Role | Literal["system"]
    user_id: UUID | None
    clinics: frozenset[UUID] | None
    command_id: UUID
    correlation_id: UUID
    idempotency_key: str | None = None
    """As it is kept: of a client's text a keyed hash."""
    request_hash: bytes = b""
    idempotency_key_before: str | None = None
    """As the release before kept it."""
    expected_versions: frozenset[int] | None = None
    """One of these must be the aggregate's; None: any."""
    metadata: dict[str, Any] = field(default_factory=dict)


def check_found(command: Command, target: UUID, loaded: Loaded, asked: Asked) -> None:
    """Raises NotFound for what does not exist, and for what is out of scope in the same words."""
    field = None
    match command:
        case RegisterPatient():
            return
        case Beginning(clinic_id=clinic_id):
            found = loaded.patient_id is not None
            clinic: UUID | None = clinic_id
            field = "clinic_id" if found else "patient_id"
        case PatientCommand():
            found, clinic = loaded.patient_id == target, None
        case AppointmentCommand():
            appointment = loaded.case.appointments.appointments.get(target)
            found, clinic = appointment is not None, appointment.clinic_id if appointment is not None else None
        case ConversationCommand():
            conversation = loaded.case.conversations.conversations.get(target)
            found, clinic = conversation is not None, conversation.clinic_id if conversation is not None else None
        case JourneyCommand():
            clinic = next((key for key, journey in loaded.case.journeys.items() if journey.has(target)), None)
            found = clinic is not None
        case _:
            raise AssertionError(command)
    if not found or (clinic is not None and asked.clinics is not None and clinic not in asked.clinics):
        raise NotFound(field)


def again(answer: dict[str, Any], command: Command, given: Given, loaded: Loaded, asked: Asked) -> dict[str, Any]:
    """The earlier answer to this Idempotency-Key, for somebody who may see all of it.

    That is: the same request, by a role that may say all that the command says, and with every clinic in scope that
    the answer's events belong to (a patient's own events are everybody's in the tenant). Whoever asks beyond their
    clinics hears the same as for a key that was used for another request, which it was, and by somebody else; under a
    key of their own they get what they would have got. Raises Rejected and KeyReused.
    """
    given.at(command)
    given.actor(command)
    clinics = {
        loaded.case.clinic_of(UUID(event["aggregate_id"]))
        for event in answer["events"]
        if event["event_type"] not in OF_THE_PATIENT
    }
    if not loaded.answered_same or (asked.clinics is not None and not clinics <= asked.clinics):
        raise KeyReused
    return answer


def check_scope(events: list[Event], asked: Asked) -> None:
    """Patients are everybody's, but what follows for them in other clinics is not everybody's to bring about."""
    clinics = {event.clinic for event in events} - {None}
    if asked.clinics is not None and not clinics <= asked.clinics:
        raise Rejected(
            "touches_another_clinic", "that is for somebody to do who may act in every clinic; ask a manager"
        )
