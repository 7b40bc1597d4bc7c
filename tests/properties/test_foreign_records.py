"""Whatever bytes stand in the topic, they are read in an instant, and as an event, as a newer one, or as none."""

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from healz.events import EVENTS, ForeignRecord, Recorded, UnknownEvent, read_cloud_event, read_envelope
from properties.histories import REGISTERED, play
from properties.test_events import cloud_event

INTENDED = (ForeignRecord, UnknownEvent, ValidationError)
SECONDS_MAX = 1.0
"""A collapse takes minutes; this leaves a busy machine its time."""

GENUINE = cloud_event(play([REGISTERED]).recorded[0])
# A payload that an upcaster meets before anything has validated it.
OLDER = GENUINE | {
    "data": GENUINE["data"]
    | {"event_type": "JourneyStageChanged", "schema_version": 1, "event_data": {"patient_id": "x", "reason": "y"}}
}
HOSTILE = {
    "nothing": b"",
    "no JSON": b"\xff\xfe",
    "lists in lists": b"[" * 100_000,
    "objects in objects": b'{"data":' * 100_000,
    "lists in an event of ours": json.dumps(GENUINE).encode().replace(b'"PatientRegistered"', b"[" * 100_000),
    "a list for a type": b'{"data":{"event_type":["x"],"schema_version":1}}',
    "another service's": b'{"specversion":"1.0","id":"1","source":"/shop","type":"shop.OrderPlaced",'
    b'"data":{"event_type":"OrderPlaced","schema_version":1,"order_id":7}}',
    "a number of a million digits": b'{"data":{"event_type":"PatientRegistered","schema_version":' + b"9" * 1_000_000,
    "a version of a million digits": json.dumps(GENUINE)
    .encode()
    .replace(b'"schema_version": 1', b'"schema_version": ' + b"9" * 1_000_000),
    "an older event without what its version had": json.dumps(OLDER).encode().replace(b'"reason"', b'"raison"'),
    "an older event with a list for a text": json.dumps(OLDER).encode().replace(b'"y"', b"[[]]"),
    "a lone surrogate": rb'{"data":{"event_type":"\ud800","schema_version":1}}',
}


def look(value: bytes) -> Recorded | type[Exception]:
    """What a record is read as. Any other exception goes to the test."""
    try:
        return read_cloud_event(value)
    except INTENDED as error:
        return type(error)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_event_of_ours_is_foreign_at_once(value: bytes) -> None:
    started = time.monotonic()
    assert look(value) in (ForeignRecord, ValidationError)
    assert time.monotonic() - started < SECONDS_MAX


@pytest.mark.parametrize("unknown", [{"event_type": "PatientCloned"}, {"schema_version": 99}], ids=["type", "version"])
def test_an_event_of_a_newer_release_is_unknown_where_it_is_ours_and_foreign_where_it_is_not(
    unknown: dict[str, Any],
) -> None:
    newer = GENUINE | {"data": GENUINE["data"] | unknown}
    assert look(json.dumps(newer).encode()) is UnknownEvent
    for mark in ({"source": "/shop"}, {"specversion": "2.0"}, {"type": "shop.OrderPlaced"}):
        assert look(json.dumps(newer | mark).encode()) is ForeignRecord


@pytest.mark.parametrize("position", [0, -1, 2**63, 10**30])
def test_a_position_that_no_log_can_have_is_none(position: int) -> None:
    record = GENUINE | {"data": GENUINE["data"] | {"position": position}}
    assert look(json.dumps(record).encode()) is ValidationError


@given(st.binary(max_size=300))
def test_any_bytes_are_foreign(value: bytes) -> None:
    assert look(value) is ForeignRecord


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["1", "x" * 9999]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
paths = st.sampled_from(
    [(key,) for key in GENUINE]
    + [("data", key) for key in GENUINE["data"]]
    + [("data", "event_data", key) for key in (*GENUINE["data"]["event_data"], "reason")]
)
names = st.sampled_from([(event.__name__, n) for event in EVENTS for n in range(1, event.schema_version + 1)])


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A genuine record with some of its values changed, of any type; perhaps cut, or with a byte that is another."""
    record = json.loads(json.dumps(draw(st.sampled_from([GENUINE, OLDER]))))
    if draw(st.booleans()):
        record["data"]["event_type"], record["data"]["schema_version"] = draw(names)
    for path in draw(st.lists(paths, max_size=3)):
        parent = record
        for key in path[:-1]:
            parent = parent[key] if isinstance(parent.get(key), dict) else {}
        if draw(st.booleans()):
            parent[path[-1]] = draw(json_values)
        else:
            parent.pop(path[-1], None)
    value = bytearray(json.dumps(record).encode())
    if draw(st.integers(0, 3)) == 0:
        del value[draw(st.integers(0, len(value))) :]
    elif draw(st.integers(0, 3)) == 0:
        value[draw(st.integers(0, len(value) - 1))] = draw(st.integers(0, 255))
    return bytes(value)


@given(mutations())
def test_a_mutated_event_is_read_or_refused_and_never_anything_else(value: bytes) -> None:
    seen = look(value)
    assert seen in INTENDED or isinstance(seen, Recorded)


@given(mutations())
def test_a_mutated_envelope_of_the_store_likewise(value: bytes) -> None:
    try:
        envelope = json.dumps(json.loads(value)["data"])
    except (ValueError, KeyError):
        return
    with suppress(UnknownEvent, ValidationError):
        assert isinstance(read_envelope(envelope), Recorded)
