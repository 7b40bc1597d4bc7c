"""Messages of every kind and length, what becomes of them, and what they are for the journey."""

from typing import Any

import pytest
from pydantic import ValidationError

from command_api.append import payload
from command_api.decide.conversation.later_commands import DeleteMessage, EditMessage, OfAMessage
from command_api.decide.conversation.message_commands import RecordMessage
from command_api.decide.limits import Limits
from examples import (
    ASKED,
    DAY,
    MESSAGE,
    MINUTE,
    NEW_MESSAGE,
    NOW,
    OTHER_CONVERSATION,
    SERRA,
    WAMID,
    anonymized,
    but,
    conversation,
    conversation_closed,
    conversation_started,
    delete,
    edit,
    message_deleted,
    message_edited,
    message_received,
    message_sent,
    receive,
    send,
)

EVENT_BYTES_MAX = Limits().event_bytes_max
begun = conversation.given(conversation_started)
told = begun.given(message_received, message_sent)
said_anew = but(receive, whatsapp_message_id=None)

# However long


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
@pytest.mark.parametrize("text", ["a" * 4097, "ç" * 30_000, "🙂" * 15_000, '"\n' * 15_000])
def test_a_long_text_is_kept_whole_as_far_as_the_event_holds_it(text: str, direction: Any) -> None:
    event = begun.when(RecordMessage(direction=direction, content=text)).only()
    assert (event.content, event.uncut_length) == (text, None)


@pytest.mark.parametrize(
    "text", ["a" * 65_536, "ç" * 40_000, "🙂" * 65_536, '"\n' * 40_000, "\x01" * 65_536, "a" * 500_000]
)
def test_a_longer_one_is_cut_and_marked(text: str) -> None:
    for command in (but(said_anew, content=text), but(send, content=text)):
        event = begun.when(command).only()
        assert event.uncut_length == len(text)
        assert text.startswith(event.content)
        size = len(payload(event).encode())
        assert EVENT_BYTES_MAX - 40 < size <= EVENT_BYTES_MAX, "as much as fits"


def test_beside_what_else_a_message_holds_there_is_less_room() -> None:
    cards = [{"name": "João " * 50, "phones": ["+55 27 99807-4360"] * 10} for _ in range(20)]
    details = {"kind": "contacts", "contacts": cards}
    long = RecordMessage.model_validate(
        {"direction": "inbound", "content": "a" * 60_000, "media_type": "contacts", "details": details}
    )
    event = begun.when(long).only()
    assert event.uncut_length == 60_000
    assert len(payload(event).encode()) <= EVENT_BYTES_MAX
    assert begun.where(limits=Limits(event_bytes_max=100)).when(said_anew).only().content == ""


# Of whatever kind

DETAILS: list[dict[str, Any]] = [
    {"kind": "image", "file_id": "1166088", "mime_type": "image/jpeg"},
    {"kind": "sticker"},
    {"kind": "location", "latitude": -20.2976, "longitude": -40.2958, "name": "Clínica", "address": "Av. Fernando"},
    {"kind": "contacts", "contacts": [{"name": "João da Silva", "phones": ["27 99807-4360"]}]},
    {"kind": "reaction", "whatsapp_message_id": WAMID, "emoji": "👍"},
    {"kind": "button", "reply_id": "confirm", "title": "Confirmo"},
    {"kind": "list", "title": "Segunda, 10:00", "description": "Dra. Ana"},
    {"kind": "order", "items": [{"product_id": "clareamento", "quantity": 1, "price": 450, "currency": "BRL"}]},
    {"kind": "unsupported", "provider_type": "poll_creation"},
]


@pytest.mark.parametrize("details", DETAILS, ids=lambda details: details["kind"])
def test_each_kind_is_taken_as_what_it_is_and_is_a_sign_of_life(details: dict[str, Any]) -> None:
    said = {"direction": "inbound", "content": "", "media_type": details["kind"], "details": details}
    outcome = begun.when(RecordMessage.model_validate(said))
    event = outcome.only()
    assert event.media_type == details["kind"]
    assert event.details.model_dump(mode="json", exclude_unset=True) == details | (
        {"contacts": [dict(card) for card in details["contacts"]]} if "contacts" in details else {}
    )
    assert event.interaction_at == NOW
    outcome.then_in_order("MessageReceived", "JourneyStarted", "JourneyStageChanged")


@pytest.mark.parametrize("kind", ["text", *(details["kind"] for details in DETAILS)])
def test_what_it_holds_need_not_be_said(kind: Any) -> None:
    assert begun.when(but(said_anew, content="", media_type=kind)).only().details is None


@pytest.mark.parametrize(
    "details",
    [
        {"kind": "location", "latitude": 91, "longitude": 0},
        {"kind": "location", "latitude": "-20", "longitude": 0},
        {"kind": "location", "latitude": True, "longitude": 0},
        {"kind": "location"},
        {"kind": "contacts", "contacts": [{"name": 5}]},
        {"kind": "reaction", "whatsapp_message_id": "w" * 256},
        {"kind": "reaction", "emoji": "👍"},
        {"kind": "sticker", "colour": "green"},
        {"kind": "button", "title": "a\x00"},
        {"kind": "order", "items": [{"product_id": "x", "quantity": 0}]},
        {"kind": "poll"},
    ],
    ids=str,
)
def test_details_that_cannot_be(details: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RecordMessage.model_validate(
            {"direction": "inbound", "content": "", "media_type": details["kind"], "details": details}
        )


@pytest.mark.parametrize(
    ("details", "kept"),
    [
        (
            {"kind": "location", "latitude": 0, "longitude": 0, "name": "x" * 1200, "address": "y" * 255},
            {"name": "x" * 254 + "…", "address": "y" * 255},
        ),
        ({"kind": "document", "file_name": "z" * 600}, {"file_name": "z" * 254 + "…"}),
        ({"kind": "button", "title": "t" * 600}, {"title": "t" * 254 + "…"}),
        (
            {"kind": "contacts", "contacts": [{"name": "J" * 300, "phones": ["1"] * 12}] * 200},
            {"contacts": ({"name": "J" * 254 + "…", "phones": ("1",) * 10},) * 20},
        ),
        (
            {"kind": "order", "items": [{"product_id": "x", "quantity": 1}] * 400},
            {"items": ({"product_id": "x", "quantity": 1},) * 50},
        ),
    ],
    ids=lambda value: value.get("kind", ""),
)
def test_what_is_too_long_is_cut_and_never_refused(details: dict[str, Any], kept: dict[str, Any]) -> None:
    """Its writer would look silent."""
    said = {"direction": "inbound", "content": "", "media_type": details["kind"], "details": details}
    event = begun.when(RecordMessage.model_validate(said)).only()
    assert kept.items() <= event.details.model_dump(exclude_unset=True).items()


def test_details_are_of_the_messages_kind() -> None:
    with pytest.raises(ValidationError, match="details are of another kind than media_type; give media_type 'sticker'"):
        RecordMessage.model_validate({"direction": "inbound", "content": "", "details": {"kind": "sticker"}})


# Changed, and taken back


def test_an_edit_and_a_deletion_name_the_message() -> None:
    told.when(edit).then(message_edited)
    told.when(delete).then(message_deleted)
    told.when(EditMessage(whatsapp_message_id=WAMID, content="Melhor na terça")).then(message_edited)
    told.when(DeleteMessage(whatsapp_message_id=WAMID)).then(message_deleted)
    told.when(but(edit, message_id=ASKED)).then(but(message_edited, message_id=ASKED))
    for command in (but(edit, message_id=NEW_MESSAGE), but(delete, message_id=NEW_MESSAGE)):
        told.when(command).then_rejected("message_unknown")
        told.given(anonymized).when(command).then_rejected("patient_anonymized")


def test_an_edit_may_be_long_too() -> None:
    edited = told.when(but(edit, content="🙂" * 65_536)).only()
    assert edited.uncut_length == 65_536
    assert len(payload(edited).encode()) <= EVENT_BYTES_MAX


def test_shuffled_and_told_twice_the_last_word_is_the_one_that_was_written_last() -> None:
    first, second = (but(edit, content=f"{n}", timestamp=NOW - n * MINUTE) for n in (9, 3))
    story = told.given(*told.when(second).events)
    for earlier in (first, second):
        story.when(earlier).then_nothing()
    assert told.given(*told.when(first).events).when(second).only().content == "3"
    gone = story.given(*story.when(delete).events)
    again: list[OfAMessage] = [first, second, edit, delete]
    for late in again:
        gone.when(late).then_nothing()


def test_both_come_when_the_conversation_is_long_closed() -> None:
    commands: list[OfAMessage] = [edit, delete]
    for command in commands:
        told.given(conversation_closed).when(command).only()
        told.when(but(command, timestamp=NOW + DAY)).then_rejected("time_to_come")
        told.when(but(command, timestamp=NOW - 31 * DAY)).then_rejected("message_too_old")


def test_neither_is_a_sign_of_life_of_its_own() -> None:
    assert message_edited.interaction_at is None
    assert message_deleted.interaction_at is None
    assert message_received.interaction_at == NOW


def test_a_message_of_another_conversation_is_not_meant() -> None:
    elsewhere = told.given(but(conversation_started, conversation_id=OTHER_CONVERSATION, clinic_id=SERRA))
    for command in (EditMessage(whatsapp_message_id=WAMID, content=""), but(delete, message_id=MESSAGE)):
        elsewhere.about(OTHER_CONVERSATION).when(command).then_rejected("message_unknown")
