"""Changes of a published schema that readers need not notice."""

from architecture.breaking_changes import NOTE
from architecture.schema_changes import Change, Schema, add, at, fields, payload, say
from pages.schema_parts import PERSONAL


def _other_words(schema: Schema) -> None:
    schema["description"] = fields(schema)["duration"]["description"] = payload(schema)["title"] = "In other words."


def _another_order(schema: Schema) -> None:
    part = payload(schema)
    part["required"].reverse()
    part["properties"] = dict(reversed(list(part["properties"].items())))
    part["properties"]["appointment_type"]["enum"].reverse()


def _null_first(schema: Schema) -> None:
    fields(schema)["notes"]["anyOf"].reverse()


def _another_name_for_a_part(schema: Schema) -> None:
    schema["$defs"]["Payload"] = schema["$defs"].pop("AppointmentScheduled")
    schema["properties"]["event_data"]["$ref"] = "#/$defs/Payload"


def _in_place(schema: Schema) -> None:
    schema["properties"]["event_data"] = schema.pop("$defs")["AppointmentScheduled"]


def _new_in_the_envelope(schema: Schema) -> None:
    schema["properties"]["region"] = {"type": "string"}


A_PLACE = {"type": "object", "properties": {"floor": {"type": "integer"}}, "required": ["floor"]}
COMPATIBLE: dict[str, tuple[str, Change]] = {
    "a new optional text": ("AppointmentScheduled.1", add("room", {"type": "string", "maxLength": 20})),
    "a new optional word": ("AppointmentScheduled.1", add("origin", {"enum": ["web", "phone"], "type": "string"})),
    "a new optional object": ("AppointmentScheduled.1", add("place", A_PLACE)),
    "a new optional list": ("AppointmentScheduled.1", add("tags", {"type": "array", "items": {"type": "string"}})),
    "a new optional field in a part": ("RiskScoreRecalculated.1", add("since", {"type": "string"}, model="Factor")),
    "a new optional field of the envelope": ("AppointmentScheduled.1", _new_in_the_envelope),
    "other words about it": ("AppointmentScheduled.1", _other_words),
    "an example": ("AppointmentScheduled.1", say("duration", examples=[30])),
    "marked as going away": ("AppointmentScheduled.1", say("squeeze_in", deprecated=True)),
    "another order": ("AppointmentScheduled.1", _another_order),
    "null comes first": ("AppointmentScheduled.1", _null_first),
    "a part of another name": ("AppointmentScheduled.1", _another_name_for_a_part),
    "a part written in place": ("AppointmentScheduled.1", _in_place),
    "null as one of a list of types": (
        "AppointmentScheduled.1",
        lambda schema: fields(schema).update(notes={**NOTE, "type": ["null", "string"], PERSONAL: "note"}),
    ),
    "that other fields are taken, in words": (
        "AppointmentScheduled.1",
        at("$defs", "AppointmentScheduled", additionalProperties=True),
    ),
    "that it is for reading": ("AppointmentScheduled.1", say("notes", readOnly=True)),
    "a new optional field with a default": ("AppointmentScheduled.1", add("room", {"type": "string", "default": "1"})),
    "a whole number written as another": ("RiskDetected.1", say("value", minimum=0, maximum=1)),
    "in a part within a map": ("RiskDetected.1", at("$defs", "JsonValue", description="Anything.")),
    "one more field is personal": ("AppointmentScheduled.1", say("doctor_name", **{PERSONAL: "name"})),
}
