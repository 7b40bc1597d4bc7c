"""A patient's facts told again as another's: the same at the same times, under ids of their own."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID, uuid5

from healz.events import Event
from healz.events.appointment import AppointmentCancelled, AppointmentCompleted, AppointmentMarkedAsNoShow
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.appointment_event import AppointmentEvent
from healz.events.conversation_event import ConversationEvent
from healz.events.journey import JourneyEvent

OUTCOME = AppointmentCompleted | AppointmentCancelled | AppointmentMarkedAsNoShow | AppointmentOutcomeCorrected


def told_id(aggregate_id: UUID, patient_id: UUID) -> UUID:
    """Under which id the patient's record tells of another record's appointment, conversation or journey."""
    return uuid5(patient_id, str(aggregate_id))


def retold(facts: Sequence[Event], patient_id: UUID, journeys: Collection[UUID]) -> Iterator[Event]:
    """Of ``journeys`` what happened to them, too. What belongs to the record itself stays with it.

    What had been said by mistake is not told again, but what is right in its place.
    """
    for fact in _as_is_right(facts):
        match fact:
            case AppointmentEvent(appointment_id=key):
                yield _of(fact, patient_id, appointment_id=told_id(key, patient_id))
            case ConversationEvent(conversation_id=key):
                yield _of(fact, patient_id, conversation_id=told_id(key, patient_id))
            case JourneyEvent(journey_id=key) if key in journeys:
                yield _of(fact, patient_id, journey_id=told_id(key, patient_id))


def _of(fact: Event, patient_id: UUID, **ids: UUID) -> Event:
    return fact.model_copy(update={"patient_id": patient_id, **ids})


def _as_is_right(facts: Sequence[Event]) -> Iterator[Event]:
    last = _last_corrections(facts)
    for n, fact in enumerate(facts):
        corrected_at = last.get(fact.aggregate_id, -1) if isinstance(fact, OUTCOME) else -1
        if n > corrected_at:
            yield fact
        elif n == corrected_at and isinstance(fact, AppointmentOutcomeCorrected):
            yield from _outcome(fact)


def _last_corrections(facts: Iterable[Event]) -> dict[UUID, int]:
    return {fact.aggregate_id: n for n, fact in enumerate(facts) if isinstance(fact, AppointmentOutcomeCorrected)}


def _outcome(corrected: AppointmentOutcomeCorrected) -> Iterator[Event]:
    """What a correction says, as if it had been said at first. Of one that did not end there is nothing to say."""
    at = corrected.right_since
    of_it = {name: getattr(corrected, name) for name in ("patient_id", "appointment_id", "clinic_id", "doctor_id")}
    match corrected.right_status:
        case "completed":
            again = bool(corrected.requires_follow_up)
            yield AppointmentCompleted(**of_it, completed_at=at, requires_follow_up=again)
        case "cancelled":
            account = corrected.on_whose_account
            said = {} if account is None else {"on_whose_account": account}
            yield AppointmentCancelled(**of_it, cancelled_by=corrected.corrected_by, cancelled_at=at, **said)
        case "no_show":
            yield AppointmentMarkedAsNoShow(
                **of_it, scheduled_for=corrected.scheduled_for, marked_by=corrected.corrected_by, marked_at=at
            )
