"""How far a message of the clinic's got; and messages that a person wrote elsewhere."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from command_api.decide.conversation.later_commands import RecordMessageStatus
from command_api.decide.conversation.message_commands import RecordMessage
from examples import (
    AGENT,
    CONVERSATION,
    DAY,
    HOUR,
    MARIA,
    MESSAGE,
    MINUTE,
    NEW_MESSAGE,
    NOW,
    OTHER_CONVERSATION,
    VITORIA,
    WAMID,
    anonymized,
    but,
    conversation,
    conversation_closed,
    conversation_started,
    escalated,
    message_received,
    message_sent,
    message_status_changed,
    report_status,
    send,
)
from healz.events.delivery import RISING
from healz.events.message import MessageSent

IDS: dict[str, Any] = {"conversation_id": CONVERSATION, "patient_id": MARIA, "clinic_id": VITORIA}
OUR_WAMID = "wamid.ours"
with_id = but(message_sent, whatsapp_message_id=OUR_WAMID)
by_provider = RecordMessageStatus(whatsapp_message_id=OUR_WAMID, status="delivered")

talk = conversation.given(conversation_started, message_received, message_sent)


def test_a_status_is_told_by_our_id_or_the_providers() -> None:
    talk.when(report_status).then(message_status_changed)
    named = but(message_status_changed, whatsapp_message_id=OUR_WAMID)
    conversation.given(conversation_started, with_id).when(by_provider).then(named)


@pytest.mark.parametrize("known", RISING)
@pytest.mark.parametrize("told", RISING)
def test_a_status_only_rises(known: Any, told: Any) -> None:
    outcome = talk.given(but(message_status_changed, status=known)).when(but(report_status, status=told))
    if RISING.index(told) > RISING.index(known):
        outcome.then(but(message_status_changed, status=told))
    else:
        outcome.then_nothing()


def test_the_providers_id_may_come_with_a_status() -> None:
    told = but(report_status, whatsapp_message_id=OUR_WAMID, status="sent")
    story = talk.given(*talk.when(told).events)
    assert talk.when(told).only() == but(message_status_changed, whatsapp_message_id=OUR_WAMID, status="sent")
    story.when(told).then_nothing()
    assert story.when(by_provider).only().whatsapp_message_id == OUR_WAMID
    # It came late: the id is kept, the status does not fall.
    read = talk.given(but(message_status_changed, status="read"))
    assert read.when(told).only() == but(message_status_changed, whatsapp_message_id=OUR_WAMID, status="read")


def test_an_id_is_one_messages() -> None:
    two = talk.given(but(with_id, message_id=NEW_MESSAGE))
    two.when(but(report_status, whatsapp_message_id=OUR_WAMID)).then_rejected("provider_id_of_another_message")
    talk.when(but(send, whatsapp_message_id=OUR_WAMID)).then(
        MessageSent(
            **IDS,
            message_id=NEW_MESSAGE,
            content=send.content,
            sender="bot",
            timestamp=NOW,
            media_type="text",
            whatsapp_message_id=OUR_WAMID,
        )
    )
    two.when(but(send, whatsapp_message_id=OUR_WAMID)).then_nothing()


def test_why_it_failed() -> None:
    failed = but(report_status, status="failed", error="131026: o número não tem WhatsApp")
    assert talk.when(failed).only().error == "131026: o número não tem WhatsApp"
    assert talk.when(but(failed, status="read")).only().error is None


def test_what_has_no_status() -> None:
    talk.when(RecordMessageStatus(message_id=MESSAGE, status="read")).then_rejected("message_not_sent")
    talk.when(RecordMessageStatus(whatsapp_message_id=WAMID, status="read")).then_rejected("message_not_sent")
    talk.when(RecordMessageStatus(message_id=NEW_MESSAGE, status="read")).then_rejected("message_unknown")
    talk.when(by_provider).then_rejected("message_unknown")
    elsewhere = talk.given(conversation_closed, but(conversation_started, conversation_id=OTHER_CONVERSATION))
    elsewhere.about(OTHER_CONVERSATION).when(report_status).then_rejected("message_unknown")
    talk.given(anonymized).when(report_status).then_rejected("patient_anonymized")
    with pytest.raises(ValidationError):
        RecordMessageStatus(status="read")


def test_a_status_comes_when_the_conversation_is_long_closed() -> None:
    talk.given(conversation_closed).when(report_status).then(message_status_changed)


def test_the_time_is_the_providers() -> None:
    assert talk.when(but(report_status, timestamp=NOW - HOUR)).only().changed_at == NOW - HOUR
    talk.when(but(report_status, timestamp=NOW + HOUR)).then_rejected("time_to_come")
    talk.when(but(report_status, timestamp=NOW - 31 * DAY)).then_rejected("message_too_old")


# Written on a phone of the clinic's, and passed on by the bot

relayed = but(send, sender="agent", timestamp=NOW - MINUTE, whatsapp_message_id=OUR_WAMID)


def test_what_a_person_answered_elsewhere_is_the_persons() -> None:
    waits = conversation.given(conversation_started, message_received, escalated)
    waits.when(send).then_rejected("bot_waits_for_a_person")
    outcome = waits.when(relayed)
    outcome.then(
        MessageSent(
            **IDS,
            message_id=NEW_MESSAGE,
            content=send.content,
            sender="agent",
            timestamp=NOW - MINUTE,
            whatsapp_message_id=OUR_WAMID,
        )
    )
    assert outcome.case.conversations.conversations[CONVERSATION].status == "escalated"
    waits.given(outcome.only()).when(relayed).then_nothing()


def test_it_is_none_of_the_bots_three() -> None:
    story = conversation.given(conversation_started)
    for n in range(5):
        story = story.given(
            but(story.when(but(relayed, whatsapp_message_id=f"wamid.{n}")).only(), message_id=UUID(int=n))
        )
    story.when(send).only()


@pytest.mark.parametrize(
    ("role", "said", "sender", "agent"),
    [
        ("bot", None, "bot", None),
        ("bot", "bot", "bot", None),
        ("bot", "agent", "agent", None),
        ("import", None, "agent", None),
        ("import", "bot", "bot", None),
        ("receptionist", None, "agent", AGENT),
        ("doctor", "agent", "agent", AGENT),
    ],
)
def test_who_wrote(role: str, said: Any, sender: str, agent: UUID | None) -> None:
    sent = talk.by(role).when(but(send, sender=said)).only()
    assert (sent.sender, sent.agent_id) == (sender, agent)


def test_nobody_writes_in_the_bots_name() -> None:
    talk.by("manager").when(but(send, sender="bot")).then_rejected("only_the_bot_writes_as_the_bot")


def test_each_direction_has_fields_of_its_own() -> None:
    for direction, field in (("inbound", {"sender": "agent"}), ("outbound", {"sentiment": "neutral"})):
        with pytest.raises(ValidationError, match="leave out"):
            RecordMessage.model_validate({"direction": direction, "content": "Oi"} | field)
