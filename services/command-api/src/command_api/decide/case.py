"""All that a command is decided on: one patient's events, folded to the four states that the rules need."""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from uuid import UUID

from immutables import Map
from msgspec import Struct, field

from command_api.decide.appointment import decider as appointment
from command_api.decide.appointment import evolve as appointment_fold
from command_api.decide.appointment.command import AppointmentCommand
from command_api.decide.appointment.outcome.commands import CorrectOutcome
from command_api.decide.appointment.outcome.correction import corrected
from command_api.decide.appointment.state import INITIAL, AppointmentState, PatientAppointments
from command_api.decide.command import Command
from command_api.decide.conversation import decider as conversation
from command_api.decide.conversation import state as conversation_state
from command_api.decide.conversation.command import ConversationCommand
from command_api.decide.conversation.state import PatientConversations
from command_api.decide.given import Given
from command_api.decide.journey import decider as journey
from command_api.decide.journey.commands import JourneyCommand
from command_api.decide.journey.past import evolve as journey_state
from command_api.decide.journey.past.state import Journeys
from command_api.decide.journey.react import react
from command_api.decide.leaving import leave
from command_api.decide.merging.absorb import absorbed
from command_api.decide.merging.commands import MergePatients
from command_api.decide.merging.merged import check_not_merged
from command_api.decide.patient import decider as patient
from command_api.decide.patient import evolve as patient_fold
from command_api.decide.patient import state as patient_state
from command_api.decide.patient.commands import PatientCommand
from command_api.decide.patient.state import PatientState
from healz.events import Event
from healz.events.appointment_event import AppointmentEvent
from healz.events.conversation_event import ConversationEvent
from healz.events.patient_event import PatientEvent


class Case(Struct, frozen=True):
    """A patient's states and the version of each of their aggregates.

    What grows with the history is kept in persistent maps (hash array mapped tries): an event changes a few nodes and
    copies nothing else, so that a fold's time grows with the number of events and not with its square.
    """

    patient: PatientState = patient_state.INITIAL
    appointments: PatientAppointments = INITIAL
    conversations: PatientConversations = conversation_state.INITIAL
    journeys: Journeys = field(default_factory=dict)
    versions: Map[UUID, int] = field(default_factory=Map)

    def after(self, events: Iterable[Event]) -> "Case":
        """The case once ``events`` have happened."""
        patient, appointments, conversations = self.patient, self.appointments, self.conversations
        journeys, versions = self.journeys, self.versions
        for event in events:
            match event:
                case PatientEvent():
                    patient = patient_fold.evolve(patient, event)
                case AppointmentEvent():
                    appointments = appointment_fold.evolve(appointments, event)
                case ConversationEvent():
                    conversations = conversation_state.evolve(conversations, event)
            journeys = journey_state.evolve(journeys, event, appointments.live_by_id)
            key = event.aggregate_id
            versions = versions.set(key, versions.get(key, 0) + 1)
        return Case(patient, appointments, conversations, journeys, versions)

    def clinic_of(self, aggregate_id: UUID) -> UUID | None:
        """The clinic that this appointment, conversation or journey belongs to; None for anything else."""
        if (visit := self.appointments.appointments.get(aggregate_id)) is not None:
            return visit.clinic_id
        if (talk := self.conversations.conversations.get(aggregate_id)) is not None:
            return talk.clinic_id
        return next((clinic_id for clinic_id, way in self.journeys.items() if way.has(aggregate_id)), None)


def decide(command: Command, case: Case, given: Given) -> list[Event]:
    """The fact that the command asks for, then all that follows from it. Raises Rejected."""
    decided: list[Event]
    status = case.patient.status
    check_not_merged(case.patient)
    match command:
        case MergePatients():
            return absorbed(command, case, given)
        case PatientCommand():
            decided = [*patient.decide(command, case.patient, given)]
        case CorrectOutcome():
            decided = [corrected(command, case.appointments, case.journeys, status, given)]
        case AppointmentCommand():
            decided = [*appointment.decide(command, case.appointments, status, given)]
        case ConversationCommand():
            decided = [*conversation.decide(command, case.conversations, status, given)]
        case JourneyCommand():
            return [*journey.decide(command, case.journeys, status, given)]
        case _:
            raise AssertionError(command)
    ended = [event for fact in decided for event in leave(fact, case.appointments, case.conversations, case.journeys)]
    live = reduce(appointment_fold.evolve, decided, case.appointments).live_by_id
    return [*decided, *ended, *_moves(decided, case, live, given)]


def _moves(facts: list[Event], case: Case, live: Mapping[UUID, AppointmentState], given: Given) -> Iterator[Event]:
    """What each fact does to the journeys, once those before it have done theirs."""
    journeys = case.journeys
    for fact in facts:
        moves = react(fact, journeys, live, case.patient.status, given)
        yield from moves
        for event in (fact, *moves):
            journeys = journey_state.evolve(journeys, event, live)
