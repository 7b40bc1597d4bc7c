"""How an event is read back from JSON, whatever version of its payload was stored."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, create_model

from healz.events.envelope import Event, Recorded
from healz.events.record import EventName, ForeignRecord, OurCloudEvent, name_in_envelope, name_in_record
from healz.events.upcast import Payload, Upcaster

Read = TypeVar("Read")


class UnknownEvent(Exception):
    """An event type or version that this release doesn't know: a newer release wrote it. Not the event's fault."""


class EventReader:
    """Reads envelopes and CloudEvents with payloads of ``events``; one pass over the bytes, in pydantic's core.

    An older version's payload goes through ``upcasters``, those from it to the newest, and only then becomes an event.
    """

    def __init__(self, events: Iterable[type[Event]], upcasters: Mapping[tuple[str, int], Upcaster]) -> None:
        self._known = {(event.__name__, version) for event in events for version in range(1, event.schema_version + 1)}
        types = [_any_of(_versions(event, upcasters), by="schema_version") for event in events]
        recorded = _any_of(types, by="event_type")
        self._envelope: TypeAdapter[Recorded] = TypeAdapter(recorded)
        cloud_event = create_model("CloudEvent", __base__=OurCloudEvent, data=(recorded, ...))
        self._cloud_event: TypeAdapter[Any] = TypeAdapter(cloud_event)

    def envelope(self, text: str | bytes) -> Recorded:
        """The event in this JSON envelope, as ``event_store.envelope`` composes it.

        Raises UnknownEvent, or pydantic's ValidationError when it is no envelope at all.
        """
        try:
            return _validated(self._envelope, text)
        except ValidationError:
            self._refuse_unknown(name_in_envelope, text)
            raise

    def cloud_event(self, text: bytes) -> Recorded:
        """The event in this Kafka record, whatever its bytes are.

        Raises ForeignRecord; for a record that is ours by its envelope, what ``envelope`` raises.
        """
        try:
            return _validated(self._cloud_event, text).data  # type: ignore[no-any-return]  # the model is made at run time
        except ValidationError:
            try:
                OurCloudEvent.model_validate_json(text)
            except ValidationError as error:
                raise ForeignRecord from error
            self._refuse_unknown(name_in_record, text)
            raise

    def _refuse_unknown(self, name_of: Callable[[str | bytes], EventName], text: str | bytes) -> None:
        # By pydantic too: json.loads recurses into what is nested deep, and takes any type for a name.
        try:
            name = name_of(text)
        except ValidationError:
            return  # no envelope at all
        if (name.event_type, name.schema_version) not in self._known:
            raise UnknownEvent(f"{name.event_type[:100]} version {name.schema_version} is not known to this release")


def _validated(adapter: TypeAdapter[Read], text: str | bytes) -> Read:
    """pydantic's own JSON parser gives up at 200 levels; Python's goes to nearly a thousand."""
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        if error.errors(include_input=False, include_url=False)[0]["type"] != "json_invalid":
            raise
        try:
            envelope = json.loads(text)
        except (ValueError, RecursionError):
            raise error from None
    return adapter.validate_python(envelope)


def _versions(event: type[Event], upcasters: Mapping[tuple[str, int], Upcaster]) -> list[type[Recorded]]:
    newest = event.schema_version
    steps = [upcasters[event.__name__, version] for version in range(1, newest)]
    return [_recorded(event, newest, []), *(_recorded(event, n, steps[n - 1 :]) for n in range(1, newest))]


def _recorded(event: type[Event], version: int, steps: list[Upcaster]) -> type[Recorded]:
    payload: Any = event
    for step in reversed(steps):  # pydantic runs the last one named first
        payload = Annotated[payload, BeforeValidator(_refusing(step))]
    fields: dict[str, Any] = {
        "event_type": (Literal[event.__name__], ...),
        "schema_version": (Literal[version], ...),
        "event_data": (payload, ...),
    }
    return create_model(f"Recorded{event.__name__}{version}", __base__=Recorded, **fields)


def _refusing(step: Upcaster) -> Upcaster:
    """``step``, for which a payload that was never of its version is one more thing that doesn't validate."""

    def upcast(payload: Payload) -> Payload:
        try:
            return step(payload)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("the payload is not of its version") from error

    return upcast


def _any_of(types: list[Any], by: str) -> Any:
    union: Any = types[0]
    for model in types[1:]:
        union = union | model
    return Annotated[union, Field(discriminator=by)] if len(types) > 1 else union
