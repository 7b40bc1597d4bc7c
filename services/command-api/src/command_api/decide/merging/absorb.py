"""What a record says once it has absorbed another of the same person.

The other's facts are told again as this patient's, at their own times and after all that is there: as an imported past
is. So every fold of this patient counts both, and none has to know of the other.
"""

from typing import TYPE_CHECKING

from command_api.decide.given import Given, Other
from command_api.decide.merging.commands import MergePatients
from command_api.decide.merging.contact import taken_over
from command_api.decide.merging.journeys import journeys_told, settled
from command_api.decide.merging.retold import retold, told_id
from command_api.decide.patient.anonymized import check_not_anonymized
from command_api.decide.patient.phones import spellings
from command_api.decide.rejected import Rejected
from healz.events import Event
from healz.events.conversation import ConversationClosed
from healz.events.patient_merging import PatientAbsorbed

if TYPE_CHECKING:
    from command_api.decide.case import Case
    from command_api.decide.conversation.conversation import ConversationState


def absorbed(command: MergePatients, case: "Case", given: Given) -> list[Event]:
    """The fact, what this record lacked, the other's history, and where the journeys stand then. Raises Rejected."""
    at, actor, patient_id = given.at(command), given.actor(command), given.target
    if command.other_patient_id == patient_id:
        raise Rejected("same_record", "other_patient_id is this record; name the other one")
    check_not_anonymized(case.patient.status)
    if case.patient.status is None:
        raise Rejected("patient_unknown", "register the patient first")
    assert given.other is not None
    other = given.other
    _check(case, other, given)
    mine, theirs = case.patient, other.case.patient
    # The same line too, where it was theirs alone and this record shared it: it is this one's from now on.
    has_another = spellings(theirs.phone) != spellings(mine.phone) or (theirs.holds_phone and not mine.holds_phone)
    first = PatientAbsorbed(
        patient_id=patient_id,
        absorbed_patient_id=other.patient_id,
        known_since=theirs.registered_at,
        **({"other_phone": theirs.phone, "holds_other_phone": theirs.holds_phone} if has_another else {}),
        absorbed_by=actor,
        absorbed_at=at,
    )
    told = [
        first,
        *taken_over(mine, theirs, patient_id, at),
        *retold(other.facts, patient_id, journeys_told(other.case.journeys, case.journeys)),
    ]
    told += _closed(case, other, given)
    return [*told, *settled(case.after(told), case, other, given, at)]


def _check(case: "Case", other: Other, given: Given) -> None:
    mine, theirs = case.patient, other.case.patient
    if theirs.status == "merged":
        raise Rejected("patient_merged", f"the other record was merged into the patient {theirs.merged_into} already")
    if theirs.status == "anonymized":
        raise Rejected("patient_anonymized", "the other record is anonymised; nobody can say whose it was")
    if mine.status != "active":
        raise Rejected("patient_not_active", f"the patient is {mine.status}; set this record active first")
    for field, name in (("cpf", "CPFs"), ("birth_date", "birth dates")):
        one, another = getattr(mine, field), getattr(theirs, field)
        if one is not None and another is not None and one != another:
            raise Rejected(
                "two_persons", f"the two records have different {name}; if one is wrong, correct it there first"
            )
    for one_visit in case.appointments.live:
        for visit in other.case.appointments.live:
            if one_visit.scheduled_for < visit.ends_at and visit.scheduled_for < one_visit.ends_at:
                # No word of when or where: it may be another clinic's.
                raise Rejected(
                    "patient_overlap", "the two records have appointments at the same time; cancel or move one first"
                )
    if len(other.facts) > (events_max := given.limits.merged_events_max):
        raise Rejected(
            "history_too_long",
            f"the other record has more than the {events_max} events that can be told again at once; merge this one "
            "into that one",
        )


def _closed(case: "Case", other: Other, given: Given) -> list[Event]:
    """Of two open conversations in a clinic one goes on: which waits for a person, else for an answer of the clinic,
    else which was spoken in last."""
    closed: list[Event] = []
    for theirs in other.case.conversations.open:
        for mine in case.conversations.open:
            if mine.clinic_id != theirs.clinic_id:
                continue
            goes_on = max((mine, theirs), key=_waits)
            over = told_id(theirs.conversation_id, given.target) if goes_on is mine else mine.conversation_id
            closed.append(
                ConversationClosed(
                    patient_id=given.target,
                    conversation_id=over,
                    clinic_id=mine.clinic_id,
                    closed_by="system",
                    reason="patient_absorbed",
                    closed_at=given.now,
                )
            )
    return closed


def _waits(conversation: "ConversationState") -> tuple[bool, bool, object]:
    return conversation.status == "escalated", conversation.status == "active", conversation.last_message_at
