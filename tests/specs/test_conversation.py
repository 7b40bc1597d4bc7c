"""The rules of conversations. (A message that another patient's conversation holds: tests/integration.)"""

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from command_api.decide.case import Case
from command_api.decide.conversation.commands import CloseSilentConversation, DetectIntent
from command_api.decide.conversation.message_commands import RecordMessage
from command_api.decide.journey.rules import JourneyRules
from examples import (
    AGENT,
    CONVERSATION,
    DAY,
    HOUR,
    INSTANT,
    MARIA,
    MESSAGE,
    MINUTE,
    NEW_MESSAGE,
    NOW,
    OTHER_CONVERSATION,
    SERRA,
    VITORIA,
    agent_assigned,
    anonymize,
    anonymized,
    assign_agent,
    became_active,
    became_inactive,
    became_suspended,
    but,
    close,
    conversation,
    conversation_closed,
    conversation_started,
    deactivate,
    detect_intent,
    escalate,
    escalated,
    escalation_resolved,
    intent_detected,
    journey_started,
    message_received,
    message_sent,
    receive,
    resolve,
    scheduled,
    send,
    start_conversation,
    suspend,
)
from healz.events import Event
from healz.events.conversation import (
    AgentAssigned,
    ConversationClosed,
    ConversationEscalated,
    ConversationStarted,
    EscalationResolved,
    IntentDetected,
)
from healz.events.message import MessageReceived, MessageSent

IDS: dict[str, Any] = {"conversation_id": CONVERSATION, "patient_id": MARIA, "clinic_id": VITORIA}
PERSONS = ["admin", "manager", "doctor", "receptionist", "import"]

begun = conversation.given(conversation_started)
answered = begun.given(message_received)
asked = begun.given(message_sent)
waits_for_a_person = answered.given(escalated)
resolved = waits_for_a_person.given(escalation_resolved)
closed = answered.given(conversation_closed)
OPEN = [begun, answered, asked, waits_for_a_person, resolved]


def status(story: Any) -> str:
    state: str = story.case.conversations.conversations[CONVERSATION].status
    return state


# Starting


@pytest.mark.parametrize(
    ("role", "actor"),
    [("admin", "agent"), ("receptionist", "agent"), ("doctor", "doctor"), ("bot", "bot"), ("import", "import")],
)
def test_start(role: str, actor: str) -> None:
    started = ConversationStarted(**IDS, initiated_by=actor, started_at=NOW)
    conversation.by(role).when(start_conversation).then(started)


def test_the_bot_starts_one_for_a_patient_who_wrote() -> None:
    by_patient = but(start_conversation, on_behalf_of_patient=True)
    assert conversation.when(by_patient).only().initiated_by == "patient"
    conversation.by("receptionist").when(by_patient).then_rejected("only_the_bot_speaks_for_patients")


@pytest.mark.parametrize("story", OPEN, ids=status)
def test_a_patient_has_one_open_conversation_per_clinic(story: Any) -> None:
    another = story.about(OTHER_CONVERSATION)
    another.when(start_conversation).then_rejected("conversation_open_already")
    assert another.when(but(start_conversation, clinic_id=SERRA)).only().clinic_id == SERRA


def test_another_one_after_the_first_was_closed() -> None:
    assert closed.about(OTHER_CONVERSATION).when(start_conversation).only().conversation_id == OTHER_CONVERSATION


def test_only_with_a_patient_who_is_registered() -> None:
    conversation.where(case=Case()).when(start_conversation).then_rejected("patient_unknown")


def test_only_with_a_clinic_that_there_is() -> None:
    conversation.where(zone=None).when(start_conversation).then_rejected("clinic_unknown")


# Messages


@pytest.mark.parametrize(
    ("story", "after"),
    [(begun, "active"), (answered, "active"), (asked, "active"), (waits_for_a_person, "escalated")],
    ids=str,
)
def test_received(story: Any, after: str) -> None:
    new = but(receive, whatsapp_message_id="wamid.new")
    outcome = story.when(new)
    outcome.then(
        MessageReceived(
            **IDS,
            message_id=NEW_MESSAGE,
            content=receive.content,
            timestamp=NOW,
            media_type="text",
            whatsapp_message_id="wamid.new",
        )
    )
    assert status(outcome) == after


@pytest.mark.parametrize("role", PERSONS)
@pytest.mark.parametrize(
    ("story", "after"),
    [(begun, "awaiting_response"), (asked, "awaiting_response"), (waits_for_a_person, "escalated")],
    ids=str,
)
def test_sent_by_a_person(story: Any, after: str, role: str) -> None:
    outcome = story.by(role).when(send)
    said = MessageSent(**IDS, message_id=NEW_MESSAGE, content=send.content, sender="agent", timestamp=NOW)
    outcome.then(but(said, agent_id=None if role == "import" else AGENT))
    assert status(outcome) == after


def test_sent_by_the_bot() -> None:
    outcome = answered.when(send)
    outcome.then(MessageSent(**IDS, message_id=NEW_MESSAGE, content=send.content, sender="bot", timestamp=NOW))
    assert status(outcome) == "awaiting_response"


def test_while_escalated_the_bot_may_not_write() -> None:
    waits_for_a_person.when(send).then_rejected("bot_waits_for_a_person")
    waits_for_a_person.when(but(send, on_behalf_of_patient=True)).then_rejected("bot_waits_for_a_person")
    assert resolved.when(send).only().sender == "bot"


def test_the_bot_sends_three_messages_in_a_row_and_then_waits() -> None:
    story = answered
    for _ in range(3):
        story.when(send).only()
        story = story.given(message_sent)
    story.when(send).then_rejected("bot_waits_for_an_answer")
    assert story.by("receptionist").when(send).only().sender == "agent"
    by_agent = but(message_sent, sender="agent", agent_id=AGENT)
    story.given(by_agent).when(send).then_rejected("bot_waits_for_an_answer")
    story.given(but(message_received, whatsapp_message_id="wamid.new")).when(send).only()


def test_a_persons_messages_are_not_the_bots() -> None:
    by_agent = but(message_sent, sender="agent", agent_id=AGENT)
    answered.given(*[by_agent] * 5).when(send).only()


def test_the_providers_time_comes_from_the_body() -> None:
    for at in (NOW - 3 * DAY, NOW + 5 * MINUTE):
        assert begun.when(but(receive, timestamp=at)).only().timestamp == at
    begun.when(but(receive, timestamp=NOW + 5 * MINUTE + INSTANT)).then_rejected("time_to_come")


def test_nobody_but_an_import_records_messages_of_long_ago() -> None:
    for at in (NOW - 30 * DAY - INSTANT, NOW - 46_000 * DAY):
        begun.when(but(receive, timestamp=at)).then_rejected("message_too_old")
        assert begun.by("import").when(but(receive, timestamp=at)).only().timestamp == at
    assert begun.when(but(receive, timestamp=NOW - 30 * DAY)).only().timestamp == NOW - 30 * DAY
    begun.when(but(receive, occurred_at=NOW)).then_rejected("time_is_not_yours_to_say")
    imported = begun.by("import").when(but(receive, occurred_at=NOW - DAY))
    assert imported.only().timestamp == NOW - DAY


def test_a_message_may_bring_its_own_id_once() -> None:
    own = but(receive, whatsapp_message_id="wamid.new", message_id=MESSAGE)
    assert begun.when(own).only().message_id == MESSAGE
    answered.when(own).then_rejected("message_recorded_already")
    answered.when(but(send, message_id=MESSAGE)).then_rejected("message_recorded_already")


@pytest.mark.parametrize("content", ["", "ç" * 4096])
def test_contents(content: str) -> None:
    assert begun.when(but(receive, content=content)).only().content == content


@pytest.mark.parametrize("content", ["a\x00b"])
def test_contents_that_cannot_be(content: str) -> None:
    with pytest.raises(ValidationError):
        but(receive, content=content)


# Delivered again


@pytest.mark.parametrize("story", [answered, closed, waits_for_a_person, answered.given(anonymized)], ids=status)
@pytest.mark.parametrize(
    "again",
    [receive, but(receive, content="outra coisa", sentiment="negative"), but(receive, timestamp=NOW + 9 * DAY)],
    ids=["the same", "another body", "another time"],
)
def test_a_message_delivered_again_changes_nothing(story: Any, again: Any) -> None:
    story.when(again).then_nothing()


def test_a_message_delivered_again_into_a_new_conversation_changes_nothing() -> None:
    elsewhere = but(conversation_started, conversation_id=OTHER_CONVERSATION, clinic_id=SERRA)
    answered.given(elsewhere).about(OTHER_CONVERSATION).when(receive).then_nothing()


def test_without_a_providers_id_each_is_another_message() -> None:
    anonymous = RecordMessage(direction="inbound", content="Oi")
    begun.given(but(message_received, whatsapp_message_id=None)).when(anonymous).only()


# Intents


def test_intent() -> None:
    said = but(intent_detected, detected_at=NOW)
    answered.when(detect_intent).then(said)
    waits_for_a_person.when(detect_intent).then(said)
    assert isinstance(said, IntentDetected)


def test_an_intent_is_of_a_message_that_there_is() -> None:
    begun.when(detect_intent).then_rejected("message_unknown")


NO_EXTRACTED_DATA: list[Any] = [{"a\x00": 1}, {"a": "\x00"}, {"a": [{"b": ["\x00"]}]}, [], "text"]


@pytest.mark.parametrize(
    "wrong",
    [{"confidence": 1.01}, {"confidence": -0.01}, {"confidence": "NaN"}, {"intent": "chat"}]
    + [{"extracted_data": data} for data in NO_EXTRACTED_DATA],
    ids=str,
)
def test_intents_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DetectIntent.model_validate(detect_intent.model_dump() | wrong)


# Escalation


@pytest.mark.parametrize("story", [begun, answered, asked, resolved], ids=status)
def test_escalated(story: Any) -> None:
    outcome = story.when(escalate)
    outcome.then(ConversationEscalated(**IDS, reason="complaint", escalated_at=NOW))
    assert status(outcome) == "escalated"


def test_escalated_because_of_a_message() -> None:
    because = but(escalate, triggering_message_id=MESSAGE)
    assert answered.when(because).only().triggering_message_id == MESSAGE
    begun.when(because).then_rejected("message_unknown")


def test_escalated_twice() -> None:
    waits_for_a_person.when(escalate).then_rejected("conversation_escalated_already")


@pytest.mark.parametrize("story", OPEN, ids=status)
def test_an_agent_is_assigned(story: Any) -> None:
    outcome = story.when(assign_agent)
    outcome.then(AgentAssigned(**IDS, agent_id=AGENT, assigned_at=NOW))
    assert status(outcome) == status(story)


def test_the_agent_who_has_it_already() -> None:
    waits_for_a_person.given(agent_assigned).when(assign_agent).then_nothing()
    waits_for_a_person.given(agent_assigned).when(but(assign_agent, agent_id=MARIA)).only()


@pytest.mark.parametrize("role", PERSONS)
def test_a_person_resolves_it(role: str) -> None:
    outcome = waits_for_a_person.by(role).when(but(resolve, resolution_notes="ligamos"))
    actor = role if role in ("doctor", "import") else "agent"
    outcome.then(EscalationResolved(**IDS, resolved_by=actor, resolution_notes="ligamos", resolved_at=NOW))
    assert status(outcome) == "active"


@pytest.mark.parametrize("role", ["bot", "system"])
@pytest.mark.parametrize("command", [resolve, close], ids=lambda command: type(command).__name__)
def test_only_a_person_ends_an_escalation(role: str, command: Any) -> None:
    waits_for_a_person.by(role).when(command).then_rejected("only_a_person_ends_an_escalation")


def test_the_bot_ends_none_in_the_patients_name_either() -> None:
    waits_for_a_person.when(but(resolve, on_behalf_of_patient=True)).then_rejected("only_a_person_ends_an_escalation")


@pytest.mark.parametrize("story", [begun, answered, asked, resolved], ids=status)
def test_where_there_is_nothing_to_resolve(story: Any) -> None:
    story.by("receptionist").when(resolve).then_rejected("conversation_not_escalated")


# The end


@pytest.mark.parametrize("story", OPEN, ids=status)
@pytest.mark.parametrize("role", PERSONS)
def test_a_person_closes_it(story: Any, role: str) -> None:
    outcome = story.by(role).when(but(close, reason="resolvido"))
    outcome.then(ConversationClosed(**IDS, closed_by="agent", reason="resolvido", closed_at=NOW))
    assert status(outcome) == "closed"


@pytest.mark.parametrize("story", [begun, answered, asked, resolved], ids=status)
@pytest.mark.parametrize("role", ["bot", "system"])
def test_bot_and_system_close_what_waits_for_nobody(story: Any, role: str) -> None:
    assert story.by(role).when(close).only().closed_by == role


@pytest.mark.parametrize(
    "command",
    [but(receive, whatsapp_message_id="wamid.new"), send, detect_intent, escalate, assign_agent, resolve, close],
    ids=lambda command: type(command).__name__,
)
def test_what_is_closed_stays_so(command: Any) -> None:
    closed.by("receptionist").when(command).then_rejected("conversation_closed")


# Patients who are not active


@pytest.mark.parametrize("left", [became_inactive, became_suspended])
def test_what_they_say_is_recorded_and_moves_nothing(left: Any) -> None:
    story = conversation.given(left)
    by_patient = but(start_conversation, on_behalf_of_patient=True)
    story.when(by_patient).then_in_order("ConversationStarted")
    story.given(conversation_started).when(receive).then_in_order("MessageReceived")
    story.given(conversation_started).when(send).then_in_order("MessageSent")


@pytest.mark.parametrize(
    "command",
    [start_conversation, but(receive, whatsapp_message_id="wamid.new"), send, escalate, close],
    ids=lambda command: type(command).__name__,
)
def test_an_anonymised_patient_accepts_nothing(command: Any) -> None:
    answered.given(anonymized).when(command).then_rejected("patient_anonymized")


@pytest.mark.parametrize(
    ("command", "reason"), [(deactivate, "patient_inactive"), (anonymize, "patient_anonymized")], ids=str
)
def test_who_leaves_leaves_no_open_conversation(command: Any, reason: str) -> None:
    there = {"conversation_id": OTHER_CONVERSATION, "clinic_id": SERRA}
    also = [but(conversation_started, **there), but(escalated, **there)]
    story = closed.given(*also).where(role="admin").about(MARIA)
    ends = ConversationClosed(**(IDS | there), closed_by="system", reason=reason, closed_at=NOW)
    story.when(command).then(ends)


@pytest.mark.parametrize("command", [deactivate, anonymize], ids=lambda command: type(command).__name__)
def test_the_order_in_which_a_patient_leaves(command: Any) -> None:
    outcome = answered.given(journey_started, scheduled).by("admin").about(MARIA).when(command)
    fact = "PatientStatusChanged" if command is deactivate else "PatientAnonymized"
    outcome.then_in_order(fact, "AppointmentCancelled", "ConversationClosed", "JourneyStageChanged")


def test_a_suspended_patients_conversation_goes_on() -> None:
    answered.by("admin").about(MARIA).when(suspend).then()


def test_who_came_back_may_talk_again() -> None:
    story = conversation.given(became_inactive, became_active)
    story.when(but(start_conversation, on_behalf_of_patient=True)).then_in_order(
        "ConversationStarted", "JourneyStarted", "JourneyStageChanged"
    )


def test_facts_carry_the_time_of_the_import() -> None:
    at = NOW - 90 * DAY
    by_import = waits_for_a_person.by("import")
    assert by_import.when(but(resolve, occurred_at=at)).only().resolved_at == at
    by_import.when(but(resolve, occurred_at=NOW + HOUR)).then_rejected("time_to_come")


# A conversation that fell silent: the sweep's

close_silent = CloseSilentConversation()
talking = conversation.given(conversation_started, message_received).by("system")
"""The last word was the patient's, at NOW."""


def test_seven_days_without_a_word_close_it() -> None:
    closed = ConversationClosed(
        conversation_id=CONVERSATION,
        patient_id=MARIA,
        clinic_id=VITORIA,
        closed_by="system",
        reason="no message any more",
        closed_at=NOW + 7 * DAY,
    )
    talking.at(NOW + 7 * DAY).when(close_silent).then(closed)
    talking.at(NOW + 7 * DAY - INSTANT).when(close_silent).then_nothing()


def test_silence_is_judged_as_of_the_time_that_the_sweep_says() -> None:
    later = talking.at(NOW + 30 * DAY)
    later.when(but(close_silent, occurred_at=NOW + 6 * DAY)).then_nothing()
    assert later.when(but(close_silent, occurred_at=NOW + 8 * DAY)).only().closed_at == NOW + 8 * DAY
    by_a_person = later.by("receptionist").when(but(close_silent, occurred_at=NOW + 8 * DAY))
    by_a_person.then_rejected("time_is_not_yours_to_say")


@pytest.mark.parametrize(
    ("what_was_said", "last_word_at"),
    [
        ((), NOW - DAY),
        ((message_sent,), NOW - HOUR),
        ((message_received, message_sent), NOW),  # a message that is told later than the next one
        ((message_received, but(message_sent, message_id=NEW_MESSAGE, timestamp=NOW + HOUR)), NOW + HOUR),
        ((message_received, intent_detected, agent_assigned), NOW),
    ],
    ids=["nothing", "ours alone", "told late", "ours last", "what is no message"],
)
def test_the_last_word_is_the_latest_message_of_either_side(
    what_was_said: tuple[Event, ...], last_word_at: datetime
) -> None:
    begun = conversation.given(conversation_started, *what_was_said).by("system")
    begun.at(last_word_at + 7 * DAY - INSTANT).when(close_silent).then_nothing()
    begun.at(last_word_at + 7 * DAY).when(close_silent).then_in_order("ConversationClosed")


@pytest.mark.parametrize(
    "meanwhile",
    [(escalated,), (conversation_closed,), (became_suspended,), (conversation_closed, anonymized)],
    ids=["waits for a person", "closed", "suspended", "anonymised"],
)
def test_what_is_not_to_be_closed_is_passed_over(meanwhile: tuple[Event, ...]) -> None:
    talking.given(*meanwhile).at(NOW + 30 * DAY).when(close_silent).then_nothing()


def test_a_conversation_that_was_resolved_or_whose_patient_is_back_falls_silent_like_any() -> None:
    for meanwhile in ((escalated, escalation_resolved), (became_suspended, became_active)):
        talking.given(*meanwhile).at(NOW + 7 * DAY).when(close_silent).then_in_order("ConversationClosed")


def test_a_tenant_says_how_long_silence_lasts() -> None:
    patient_one = talking.where(rules=JourneyRules(conversation_silence_days=10))
    patient_one.at(NOW + 9 * DAY).when(close_silent).then_nothing()
    patient_one.at(NOW + 10 * DAY).when(close_silent).then_in_order("ConversationClosed")
