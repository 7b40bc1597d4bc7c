"""Whatever is accepted can be read: hostile JSON, all the way from a body to each reader of the event."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from litestar.exceptions import SerializationException
from litestar.plugins.pydantic.plugins.init import PydanticInitPlugin
from litestar.serialization import decode_json

from command_api.append import payload
from command_api.decide.case import Case
from command_api.decide.conversation.commands import DetectIntent
from command_api.http.document.bodies import BODIES
from examples import MESSAGE, NOW, TENANT, but, conversation, conversation_started, intent_detected, message_received
from examples import registered as patient_registered
from given_when_then import Log
from healz.events import Event, Recorded, read_cloud_event, read_envelope
from hostile_json import as_jsonb, deep, deep_objects, objects, values
from projections import PROJECTIONS
from properties.test_events import envelope

DECODERS = PydanticInitPlugin.decoders()
REFUSED = (SerializationException, RecursionError)
"""What becomes a problem document of 400 or 422."""
BEFORE = (patient_registered, conversation_started, but(message_received, message_id=MESSAGE))


def sent(kind: Any, body: str) -> Any:
    """The command that the HTTP framework makes of a body; None where it is refused."""
    try:
        return decode_json(body.encode(), target_type=kind, type_decoders=DECODERS)
    except REFUSED:
        return None


def stored(recorded: Recorded) -> str:
    """As ``event_store.envelope`` composes it, of what jsonb keeps."""
    around = json.dumps(envelope(but(recorded, event_data=patient_registered)) | {"event_data": None})
    return around.replace('"event_data": null', f'"event_data": {as_jsonb(payload(recorded.event_data))}', 1)


def read_by_all(event: Event) -> None:
    """``event``, as it is stored, by each reader that there is."""
    log = Log(TENANT, NOW)
    for happened in (*BEFORE, event):
        log = log.add(happened)
    texts = [stored(recorded) for recorded in log.recorded]
    read = [read_envelope(text) for text in texts]
    assert type(read[-1].event_data) is type(event)
    assert in_decimals(payload(read[-1].event_data)) == in_decimals(payload(event)), "it comes back as it was"
    records = [read_cloud_event(as_record(text)) for text in texts]
    assert records == read, "the topic's record tells the same"
    Case().after(recorded.event_data for recorded in read)
    for projection in PROJECTIONS.values():
        rows = projection.empty
        for recorded in read:
            rows = projection.evolve(rows, recorded)
    msgspec.json.encode([json.loads(text) for text in texts])  # a page of history, and of an operation


def in_decimals(text: str) -> Any:
    """By the digits that are written: 4.8e16 is 48000000000000000, whichever of the two jsonb makes of it."""
    return json.loads(text, parse_int=Decimal, parse_float=Decimal)


def as_record(text: str) -> bytes:
    """As the relay publishes an envelope."""
    return f'{{"specversion":"1.0","source":"/healz","type":"healz.x","data":{text}}}'.encode()


@given(objects)
@example(f'{{"x":{deep(200)}}}')
@example(f'{{"x":{deep(254)}}}')
@example(deep_objects(199))
@example('{"x":48935705169602060.0}')
def test_extracted_data_that_is_accepted_is_read_by_every_reader(data: str) -> None:
    body = f'{{"message_id":"{MESSAGE}","intent":"complaint","confidence":1,"extracted_data":{data}}}'
    command = sent(DetectIntent, body)
    if command is None:
        return
    command.model_dump_json()  # the idempotency key's hash is of this
    outcome = conversation.given(*BEFORE).when(command)
    for event in outcome.events:
        read_by_all(event)


@given(st.sampled_from(sorted((kind for kind in BODIES if BODIES[kind]), key=lambda kind: kind.__name__)), st.data())
def test_whatever_stands_in_a_body_is_refused_or_can_be_written_down(kind: Any, data: st.DataObject) -> None:
    members = [(json.dumps(name), json.dumps(value)) for name, value in BODIES[kind].items()]
    nth = data.draw(st.integers(0, len(members) - 1))
    members[nth] = (members[nth][0], data.draw(values | objects))
    command = sent(kind, "{" + ",".join(f"{name}:{value}" for name, value in members) + "}")
    if command is not None:
        again = kind.model_validate_json(as_jsonb(command.model_dump_json(exclude_unset=True, by_alias=True)))
        assert again == command


@pytest.mark.parametrize("levels", [100, 199, 200, 254, 900])
def test_an_event_from_before_the_bound_is_read_however_deep_it_is(levels: int) -> None:
    event = but(intent_detected, extracted_data={"x": json.loads(deep(levels))})
    text = json.dumps(envelope(Log(TENANT, NOW).add(but(event, extracted_data={})).recorded[0]))
    text = text.replace('"extracted_data": {}', f'"extracted_data": {{"x": {deep(levels)}}}')
    read = read_envelope(text)
    assert read == read_cloud_event(as_record(text))
    assert read.event_data == event
