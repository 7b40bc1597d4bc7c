"""Changes of a published schema that readers would suffer from."""

from architecture.schema_changes import Change, Schema, add, at, demand, fields, let_go, payload, remove, rename, say
from pages.schema_parts import PERSONAL


def _mark_gone(schema: Schema) -> None:
    del fields(schema)["notes"][PERSONAL]


def _another_mark(schema: Schema) -> None:
    fields(schema)["notes"][PERSONAL] = "reason"


def _envelope_without_position(schema: Schema) -> None:
    del schema["properties"]["position"]
    schema["required"].remove("position")


def _closed(schema: Schema) -> None:
    payload(schema)["additionalProperties"] = False


def _another_kind_of_details(schema: Schema) -> None:
    schema["$defs"]["PollDetails"] = {"type": "object", "properties": {"kind": {"const": "poll", "type": "string"}}}
    fields(schema)["details"]["anyOf"][0]["oneOf"].append({"$ref": "#/$defs/PollDetails"})


def demand_in_the_envelope(name: str) -> Change:
    return lambda schema: schema["required"].append(name)


DRAFT_4 = {"$schema": "http://json-schema.org/draft-04/schema#"}
TEXT = {"type": "string"}
NOTE: Schema = {"type": "string", "maxLength": 2000, "pattern": r"^[^\x00]*$"}

BREAKING: dict[str, tuple[str, Change, str]] = {
    "renamed, required": ("AppointmentScheduled.1", rename("scheduled_for", "begins_at"), "removed or renamed"),
    "renamed, optional": ("AppointmentScheduled.1", rename("notes", "remarks"), "removed or renamed"),
    "removed, required": ("AppointmentScheduled.1", remove("duration"), "removed or renamed"),
    "removed, optional": ("AppointmentScheduled.1", remove("squeeze_in"), "removed or renamed"),
    "removed from the envelope": ("AppointmentScheduled.1", _envelope_without_position, "removed or renamed"),
    "new and required": (
        "AppointmentScheduled.1",
        add("room", {"type": "string"}, required=True),
        "new and required",
    ),
    "required, was optional": ("AppointmentScheduled.1", demand("notes"), "is required, and was not"),
    "optional, was required": ("AppointmentScheduled.1", let_go("duration"), "no longer required"),
    "retyped, number to text": ("AppointmentScheduled.1", say("duration", type="string"), "retyped"),
    "retyped, whole number to any": ("AppointmentScheduled.1", say("duration", type="number"), "retyped"),
    "null, was never": (
        "AppointmentScheduled.1",
        say("appointment_id", type=None, anyOf=[{"type": "string"}, {"type": "null"}]),
        "retyped",
    ),
    "narrowed, a length": ("AppointmentScheduled.1", say("doctor_name", maxLength=100), "another maxLength"),
    "widened, a length": ("AppointmentScheduled.1", say("doctor_name", maxLength=1000), "another maxLength"),
    "narrowed, a range": ("AppointmentScheduled.1", say("duration", maximum=60), "another maximum"),
    "widened, a range": ("AppointmentScheduled.1", say("duration", minimum=0), "another minimum"),
    "narrowed, words": (
        "AppointmentScheduled.1",
        say("appointment_type", enum=["first_visit", "follow_up"]),
        "another enum",
    ),
    "widened, words": (
        "AppointmentScheduled.1",
        say("appointment_type", enum=["first_visit", "follow_up", "return", "emergency", "exam"]),
        "another enum",
    ),
    "another format": ("AppointmentScheduled.1", say("scheduled_for", format="date"), "another format"),
    "another pattern": ("PatientRegistered.1", say("phone", pattern="^[0-9]+$"), "another pattern"),
    "any number of items": ("RiskScoreRecalculated.1", say("contributing_factors", maxItems=3), "another maxItems"),
    "retyped, in a list": ("RiskScoreRecalculated.1", say("value", "Factor", type="string"), "retyped"),
    "new where nothing else is taken": (
        "PatientContactUpdated.1",
        add("country", {"type": "string"}, model="Address"),
        "takes no other fields",
    ),
    "nothing else is taken any more": ("AppointmentScheduled.1", _closed, "another additionalProperties"),
    "another alternative": ("MessageReceived.2", _another_kind_of_details, "a new alternative"),
    "a mark is gone": ("AppointmentScheduled.1", _mark_gone, "had the mark"),
    "another mark": ("AppointmentScheduled.1", _another_mark, "had the mark"),
    "a mark moves to where readers don't look": (
        "AppointmentScheduled.1",
        lambda schema: fields(schema).update(notes={"anyOf": [{**NOTE, PERSONAL: "note"}, {"type": "null"}]}),
        "had the mark",
    ),
    "a free map takes texts alone": ("RiskDetected.1", at("$defs", "JsonValue", type="string"), "details.* is retyped"),
    "a name of a free map gets a type": (
        "RiskDetected.1",
        say("details", properties={"days_silent": TEXT}),
        "days_silent is new in a map of free names",
    ),
    "a name of the metadata gets a type": (
        "RiskDetected.1",
        at("properties", "metadata", "anyOf", 0, properties={"traceparent": TEXT}),
        "traceparent is new in a map of free names",
    ),
    "the metadata are texts": (
        "RiskDetected.1",
        at("properties", "metadata", "anyOf", 0, additionalProperties=TEXT),
        "metadata.* is retyped",
    ),
    "required, without a field": ("MessageSent.1", demand("ghost"), "ghost is required, and was not"),
    "required, without a field of the envelope": (
        "MessageSent.1",
        demand_in_the_envelope("ghost"),
        "ghost is required, and was not",
    ),
    "a constant of another type": ("MessageSent.1", at("properties", "schema_version", const="1"), "another const"),
    "a constant that is true": ("MessageSent.1", at("properties", "schema_version", const=True), "another const"),
    "words run together": (
        "AppointmentScheduled.1",
        say("appointment_type", enum=["first_visit follow_up", "return", "emergency"]),
        "another enum",
    ),
    "another default": ("MessageSent.1", say("media_type", default="image"), "another default"),
    "a default is gone": ("MessageSent.1", say("media_type", default=None), "another default"),
    "a default, was none": ("AppointmentScheduled.1", say("notes", default="none"), "another default"),
    "another dialect": ("MessageSent.1", lambda schema: schema.update(DRAFT_4), "another $schema"),
    "another name": ("MessageSent.1", lambda schema: schema.update({"$id": "urn:other"}), "another $id"),
    "never there any more": (
        "AppointmentScheduled.1",
        lambda schema: fields(schema).update(notes=False),
        "another not",
    ),
    "a new field that nothing fits": (
        "AppointmentScheduled.1",
        lambda schema: fields(schema).update(room=False),
        "takes nothing",
    ),
    "refers elsewhere": (
        "AppointmentScheduled.1",
        lambda schema: fields(schema).update(notes={"$ref": "urn:somewhere"}),
        "is not followed here",
    ),
    "refers, and says more": (
        "AppointmentScheduled.1",
        at("properties", "event_data", maxProperties=3),
        "another maxProperties",
    ),
}
"""{what: (schema, change, what the refusal says)}"""
