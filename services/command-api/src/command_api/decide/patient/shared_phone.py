"""Who writes on a phone on which several patients are reached."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from command_api.decide.conversation.conversation import ConversationState
from command_api.decide.patient.age import is_minor
from command_api.decide.patient.state import PatientState
from healz.events.fields import INSTANT_MAX

Because = Literal["open_conversation", "adult_registered_first", "registered_first"]


class Reached(NamedTuple):
    """A patient on the phone, and their open conversations."""

    patient_id: UUID
    patient: PatientState
    open: list[ConversationState]


class Writer(NamedTuple):
    """Who is taken to write, why, and in which conversation; None: in none that is open."""

    patient_id: UUID
    because: Because
    conversation: ConversationState | None = None


def who_writes(reached: Iterable[Reached], clinic_id: UUID | None, now: datetime) -> Writer | None:
    """The one with an open conversation (in that clinic; None: in any), of several the one with the last message; else
    the adult who was registered first; else, where there are only children, the first of them. Who is active comes
    before who is not.

    None: nobody is reached there. An anonymised patient is nobody.
    """
    there = [one for one in reached if one.patient.status not in (None, "anonymized", "merged")]
    talks = [
        (talk.last_message_at, str(talk.conversation_id), one.patient_id, talk)
        for one in there
        for talk in one.open
        if clinic_id in (None, talk.clinic_id)
    ]
    if talks:
        *_, patient_id, conversation = max(talks)
        return Writer(patient_id, "open_conversation", conversation)
    in_order = sorted(
        there,
        key=lambda one: (
            one.patient.status != "active",
            one.patient.registered_at or INSTANT_MAX,
            str(one.patient_id),
        ),
    )
    for one in in_order:
        if not is_minor(one.patient.birth_date, now):
            return Writer(one.patient_id, "adult_registered_first")
    return Writer(in_order[0].patient_id, "registered_first") if in_order else None
