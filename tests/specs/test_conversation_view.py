"""The rows of conversations and messages: who waits for whom, and what a message says now."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from examples import (
    AGENT,
    ASKED,
    CONVERSATION,
    DAY,
    HOUR,
    MARIA,
    MESSAGE,
    MINUTE,
    NOW,
    TENANT,
    VITORIA,
    agent_assigned,
    anonymized,
    but,
    conversation_closed,
    conversation_started,
    escalated,
    escalation_resolved,
    journey_started,
    message_deleted,
    message_edited,
    message_received,
    message_sent,
    message_status_changed,
    registered,
)
from given_when_then import Log
from healz.events import Event
from healz.read_models import journey, journey_messages
from healz.read_models.conversation_row import ConversationRow, MessageChangeRow, MessageRow, MessageStatusRow
from healz.read_models.journey_row import JourneyRows
from healz.read_models.why import why

IDS: dict[str, Any] = {"tenant_id": TENANT, "conversation_id": CONVERSATION, "patient_id": MARIA, "clinic_id": VITORIA}


def log(*events: Event) -> Log:
    told = Log(TENANT, NOW)
    for event in (registered, conversation_started, *events):
        told = told.add(event)
    return told


def rows(*events: Event) -> JourneyRows:
    """After a conversation was begun, and these."""
    folded = JourneyRows()
    for event in log(*events).recorded:
        folded = journey_messages.evolve(folded, event)
    return folded


def row(*events: Event) -> ConversationRow:
    return rows(*events).conversations[CONVERSATION]


def wrote(at: datetime, media_type: str = "text") -> Event:
    return but(message_received, message_id=UUID(int=int(at.timestamp())), timestamp=at, media_type=media_type)


def answered(at: datetime) -> Event:
    return but(message_sent, message_id=UUID(int=int(at.timestamp())), timestamp=at)


def test_a_conversation_begins_idle() -> None:
    assert row() == ConversationRow(
        **IDS,
        status="initiated",
        last_message_at=NOW - DAY,
        version=1,
        initiated_by="bot",
        started_at=NOW - DAY,
        updated_at=NOW + 2 * MINUTE,
    )


T = [NOW + n * MINUTE for n in range(10)]


@pytest.mark.parametrize(
    ("events", "since"),
    [
        ([], None),
        ([wrote(T[1])], T[1]),
        ([wrote(T[1]), wrote(T[2])], T[1]),
        ([wrote(T[2]), wrote(T[1])], T[1]),
        ([wrote(T[1]), answered(T[2])], None),
        ([wrote(T[1]), answered(T[2]), wrote(T[3])], T[3]),
        ([answered(T[2])], None),
        # An answer that comes late answers what was said by then.
        ([wrote(T[1]), wrote(T[3]), answered(T[2])], T[3]),
        ([wrote(T[2]), answered(T[1])], T[2]),
        # A reaction wants no answer.
        ([wrote(T[1], "reaction")], None),
        ([wrote(T[1]), wrote(T[2], "sticker")], T[1]),
        ([wrote(T[1]), conversation_closed], None),
    ],
    ids=str,
)
def test_who_is_not_answered_waits_since_the_first_message(events: list[Event], since: datetime | None) -> None:
    found = row(*events)
    assert found.unanswered_since == since
    assert found.waiting_since == since


def test_who_asked_for_a_person_waits_until_one_has_seen_to_it() -> None:
    asked = but(escalated, escalated_at=T[5])
    assert row(asked).waiting_since == T[5]
    assert (row(asked).escalation_reason, row(asked).escalated_at) == ("complaint", T[5])
    assert row(wrote(T[1]), asked).waiting_since == T[1]
    assert row(wrote(T[1]), asked, answered(T[6])).waiting_since == T[5]
    done = row(wrote(T[1]), asked, answered(T[6]), escalation_resolved)
    assert (done.waiting_since, done.escalated_at, done.escalation_reason) == (None, None, None)
    over = row(asked, conversation_closed)
    assert (over.waiting_since, over.closed_at, over.closed_by, over.status) == (None, NOW, "agent", "closed")


def test_who_sees_to_it_and_how_much_was_said() -> None:
    found = row(wrote(T[1]), wrote(T[2]), answered(T[3]), agent_assigned)
    assert (found.agent_id, found.messages_received, found.messages_sent) == (AGENT, 2, 1)
    assert (found.last_message_at, found.last_received_at, found.version) == (T[3], T[2], 5)


def test_what_is_told_of_a_message_raises_the_version_alone() -> None:
    before, after = row(message_sent), row(message_sent, message_status_changed)
    assert after == but_row(before, version=before.version + 1, updated_at=after.updated_at)


def but_row(found: ConversationRow, **changes: Any) -> ConversationRow:
    return ConversationRow(**{name: getattr(found, name) for name in found.__struct_fields__} | changes)


# Messages


def test_a_message_is_a_row_as_it_was_said() -> None:
    said = but(message_received, sentiment="neutral", media_type="sticker", details={"kind": "sticker", "file_id": "7"})
    assert list(rows(said).messages.values()) == [
        MessageRow(
            **IDS,
            said_at=NOW,
            message_id=MESSAGE,
            sender="patient",
            media_type="sticker",
            content=message_received.content,
            details={"kind": "sticker", "file_id": "7"},
            sentiment="neutral",
            whatsapp_message_id=message_received.whatsapp_message_id,
        )
    ]
    [sent] = rows(but(message_sent, sender="agent", agent_id=AGENT)).messages.values()
    assert (sent.sender, sent.agent_id, sent.said_at) == ("agent", AGENT, NOW - HOUR)


def test_what_is_told_later_is_a_row_of_its_own_made_by_that_event_alone() -> None:
    """So no message has to be read for it: the fold of the later event is the same with the message and without."""
    for event, field in (
        (message_status_changed, "message_statuses"),
        (message_edited, "message_changes"),
        (message_deleted, "message_changes"),
    ):
        known, unknown = rows(message_received, message_sent, event), rows(event)
        assert getattr(known, field) == getattr(unknown, field)
        assert len(getattr(known, field)) == 1
    told = rows(message_sent, message_status_changed, but(message_status_changed, status="failed", error="131026"))
    assert list(told.message_statuses.values()) == [
        MessageStatusRow(**IDS, message_id=ASKED, status="failed", changed_at=NOW, error="131026")
    ]


def test_the_last_change_counts() -> None:
    edited = rows(message_received, but(message_edited, content="Melhor na segunda"), message_edited)
    assert list(edited.message_changes.values()) == [
        MessageChangeRow(**IDS, message_id=MESSAGE, changed_at=NOW, is_deleted=False, content="Melhor na terça")
    ]
    [gone] = rows(message_received, message_edited, message_deleted).message_changes.values()
    assert (gone.is_deleted, gone.content) == (True, None)


def test_of_who_is_anonymised_no_word_is_left_and_none_comes() -> None:
    said = but(message_received, details={"kind": "contacts", "contacts": [{"name": "João"}]}, media_type="contacts")
    told = but(message_status_changed, error="+5527 não tem WhatsApp", whatsapp_message_id="wamid.x")
    for events in ((said, message_sent, told, message_edited, anonymized), (anonymized, said, told, message_edited)):
        left = rows(*events)
        for message in left.messages.values():
            assert (message.content, message.details, message.whatsapp_message_id) == (None, None, None)
        [status], [change] = left.message_statuses.values(), left.message_changes.values()
        assert (status.status, status.error, status.whatsapp_message_id) == ("delivered", None, None)
        assert (change.content, change.uncut_length) == (None, None)


def test_journeys_are_folded_without_what_was_said() -> None:
    """As the API does for its questions: a text is kept in one place alone."""
    folded = JourneyRows()
    for event in log(message_received, message_sent, message_edited).recorded:
        folded = journey.evolve(folded, event)
    assert (len(folded.messages), len(folded.message_changes)) == (0, 0)
    assert folded.conversations == rows(message_received, message_sent, message_edited).conversations


def test_why_a_conversation_waits() -> None:
    told = log(journey_started, message_received, but(escalated, escalated_at=T[5]), agent_assigned)
    cells = why(journey.evolve, JourneyRows(), told.recorded, [ConversationRow])[ConversationRow, CONVERSATION]
    assert cells["waiting_since"].event.event_type == "MessageReceived"
    assert cells["escalated_at"].event.event_type == "ConversationEscalated"
    assert cells["agent_id"].event.event_type == "AgentAssigned"
