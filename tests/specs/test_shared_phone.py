"""Several people are reached on one phone: nobody holds it alone, and who writes on it is decided."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from command_api.decide.conversation.conversation import ConversationState
from command_api.decide.patient.commands import RegisterPatient
from command_api.decide.patient.evolve import evolve
from command_api.decide.patient.shared_phone import Reached, Writer, who_writes
from command_api.decide.patient.state import INITIAL, PatientState
from examples import MARIA, NOW, OTHER_PHONE, PHONE, but, patient, registered, update_contact
from healz.events.patient import PatientContactUpdated, PatientRegistered

HELENA, OSVALDO, CHILD = (UUID(int=n) for n in (1, 2, 3))
CENTRO, SERRA = UUID(int=11), UUID(int=12)


def test_who_says_that_the_phone_is_shared_is_registered_so() -> None:
    helena: dict[str, Any] = {"phone": PHONE, "full_name": "Helena", "shares_phone": True}
    told: dict[str, Any] = {"patient_id": MARIA, "registration_source": "manual", "registered_at": NOW}
    patient.given().when(RegisterPatient(**helena)).then(PatientRegistered(**helena, **told))


def test_a_phone_that_is_shared_is_nobodys() -> None:
    alone, shared = evolve(INITIAL, registered), evolve(INITIAL, but(registered, shares_phone=True))

    assert ("phone", PHONE) in alone.identities
    assert not any(kind == "phone" for kind, _ in shared.identities)


def test_it_can_be_said_later_and_a_new_phone_is_their_own_again() -> None:
    said = PatientContactUpdated(patient_id=MARIA, updated_at=NOW, new_shares_phone=True)
    moved = PatientContactUpdated(patient_id=MARIA, updated_at=NOW, previous_phone=PHONE, new_phone=OTHER_PHONE)
    patient.given(registered).when(type(update_contact)(shares_phone=True)).then(said)
    patient.given(registered, said).when(type(update_contact)(shares_phone=True)).then()
    shared = evolve(evolve(INITIAL, registered), said)

    assert not any(kind == "phone" for kind, _ in shared.identities)
    assert ("phone", OTHER_PHONE) in evolve(shared, moved).identities


def reached(patient_id: UUID, days: int, *talks: ConversationState, born: date | None = None) -> Reached:
    registered_at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=days)
    return Reached(patient_id, PatientState(status="active", birth_date=born, registered_at=registered_at), [*talks])


def talk(number: int, clinic_id: UUID = CENTRO, minutes: int = 0) -> ConversationState:
    return ConversationState(UUID(int=number), clinic_id, NOW + timedelta(minutes=minutes))


def test_who_has_left_the_clinic_writes_only_where_nobody_else_does() -> None:
    left, here = reached(HELENA, 1), reached(OSVALDO, 2)
    gone = left._replace(patient=replace(left.patient, status="inactive"))
    assert who_writes([gone, here], None, NOW) == Writer(OSVALDO, "adult_registered_first")
    assert who_writes([gone], None, NOW) == Writer(HELENA, "adult_registered_first")


def test_the_one_with_the_open_conversation_writes() -> None:
    open_talk = talk(21)
    family = [reached(HELENA, 1), reached(OSVALDO, 2, open_talk)]

    assert who_writes(family, None, NOW) == Writer(OSVALDO, "open_conversation", open_talk)
    assert who_writes(family, CENTRO, NOW) == Writer(OSVALDO, "open_conversation", open_talk)
    assert who_writes(family, SERRA, NOW) == Writer(HELENA, "adult_registered_first")


def test_of_two_open_conversations_it_is_the_one_that_was_last_spoken_in() -> None:
    earlier, later = talk(29, minutes=1), talk(21, minutes=2)
    family = [reached(HELENA, 1, earlier), reached(OSVALDO, 2, later)]

    assert who_writes(family, None, NOW) == Writer(OSVALDO, "open_conversation", later)


def test_else_it_is_the_adult_who_was_registered_first() -> None:
    child = reached(CHILD, 0, born=date(2020, 1, 1))
    family = [reached(OSVALDO, 3), child, reached(HELENA, 2)]

    assert who_writes(family, None, NOW) == Writer(HELENA, "adult_registered_first")
    assert who_writes([child], None, NOW) == Writer(CHILD, "registered_first")


def test_nobody_is_nobody() -> None:
    forgotten = Reached(HELENA, PatientState(status="anonymized"), [])

    assert who_writes([], None, NOW) is who_writes([forgotten], None, NOW) is None
