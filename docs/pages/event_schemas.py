"""A JSON Schema (2020-12) of each event as it stands in the topic: the envelope, with the payload in it.

Made of the models that read and write events, so it can't say anything else. Only the newest version of an event has a
model: the schemas of the older ones stay as they were when they were the newest.
"""

import json
from typing import Any, Literal

from pydantic import BaseModel, create_model
from pydantic.json_schema import GenerateJsonSchema

from healz.contracts import DIALECT, file_name, urn
from healz.events import EVENTS, Event, Recorded
from healz.events.personal import personal_fields
from pages.meanings import meaning, meanings
from pages.schema_parts import PERSONAL


class _Generator(GenerateJsonSchema):
    """As an event is written: a decimal is a number, and each field says what it means and whether it is personal."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # the name is the caller's
        return False

    def decimal_schema(self, schema: Any) -> dict[str, Any]:
        bounds = {"minimum": schema.get("ge"), "maximum": schema.get("le")}
        return {"type": "number"} | {name: float(bound) for name, bound in bounds.items() if bound is not None}

    def tagged_union_schema(self, schema: Any) -> dict[str, Any]:
        made = super().tagged_union_schema(schema)
        del made["discriminator"]  # OpenAPI's; each alternative names its own kind
        return made

    def default_schema(self, schema: Any) -> dict[str, Any]:
        made = super().default_schema(schema)
        if made.get("default", made) is None:
            del made["default"]  # what is absent may mean something else than null
        return made

    def model_schema(self, schema: Any) -> dict[str, Any]:
        made = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        if model.__base__ is Recorded:  # made below, for one event
            model = Recorded
        said, personal = meanings(model), personal_fields(model)
        for name, field in made["properties"].items():
            field |= {"description": said[name]} if name in said else {}
            field |= {PERSONAL: personal[name]} if name in personal else {}
        return made | {"description": meaning(model)}


def schemas() -> dict[str, str]:
    """{file name: text}, of each event's newest version."""
    return {
        file_name(event.__name__, event.schema_version): json.dumps(schema(event), indent=2, ensure_ascii=False) + "\n"
        for event in EVENTS
    }


def schema(event: type[Event]) -> dict[str, Any]:
    """Of ``data`` of a record that holds this event."""
    fields: dict[str, Any] = {
        "event_type": (Literal[event.__name__], ...),
        "schema_version": (Literal[event.schema_version], ...),
        "aggregate_type": (Literal[event.aggregate_type], ...),
        "event_data": (event, ...),
    }
    envelope = create_model(event.__name__, __base__=Recorded, **fields)
    made = envelope.model_json_schema(schema_generator=_Generator)
    title = f"{event.__name__}, version {event.schema_version}"
    return {
        "$schema": DIALECT,
        "$id": urn(event.__name__, event.schema_version),
        **made,
        "title": title,
        "description": meaning(event),
    }
