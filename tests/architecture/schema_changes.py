"""Changes of a published schema: those that readers would suffer from, and those that they need not notice."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

Schema = dict[str, Any]
Change = Callable[[Schema], None]


def payload(schema: Schema, model: str = "") -> Schema:
    """The part of ``schema`` that says what a model holds: the event's own, or one within it."""
    name = model or schema["$id"].split(":")[-2]
    found: Schema = schema["$defs"][name]
    return found


def fields(schema: Schema, model: str = "") -> Schema:
    found: Schema = payload(schema, model)["properties"]
    return found


def changed(schema: Schema, change: Change) -> Schema:
    """Another schema."""
    proposed = deepcopy(schema)
    change(proposed)
    return proposed


def rename(old: str, new: str) -> Change:
    def change(schema: Schema) -> None:
        fields(schema)[new] = fields(schema).pop(old)
        required = payload(schema)["required"]
        if old in required:
            required[required.index(old)] = new

    return change


def remove(name: str) -> Change:
    def change(schema: Schema) -> None:
        del fields(schema)[name]
        payload(schema)["required"] = [other for other in payload(schema)["required"] if other != name]

    return change


def add(name: str, said: Schema, *, required: bool = False, model: str = "") -> Change:
    def change(schema: Schema) -> None:
        fields(schema, model)[name] = said
        payload(schema, model)["required"] = [*payload(schema, model).get("required", ()), *[name] * required]

    return change


def say(name: str, model: str = "", **said: Any) -> Change:
    """Other keywords of a field; None takes one away. ``_`` in front of a name that Python has for itself."""

    def change(schema: Schema) -> None:
        field = fields(schema, model)[name]
        for keyword, value in said.items():
            if value is None:
                del field[keyword.lstrip("_")]
            else:
                field[keyword.lstrip("_")] = value

    return change


def demand(name: str) -> Change:
    return lambda schema: payload(schema)["required"].append(name)


def let_go(name: str) -> Change:
    return lambda schema: payload(schema)["required"].remove(name)


def _mark_gone(schema: Schema) -> None:
    del fields(schema)["notes"]["x-healz-personal"]


def _another_mark(schema: Schema) -> None:
    fields(schema)["notes"]["x-healz-personal"] = "reason"


def _envelope_without_position(schema: Schema) -> None:
    del schema["properties"]["position"]
    schema["required"].remove("position")


def _closed(schema: Schema) -> None:
    payload(schema)["additionalProperties"] = False


def _another_kind_of_details(schema: Schema) -> None:
    schema["$defs"]["PollDetails"] = {"type": "object", "properties": {"kind": {"const": "poll", "type": "string"}}}
    fields(schema)["details"]["anyOf"][0]["oneOf"].append({"$ref": "#/$defs/PollDetails"})


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
}
"""{what: (schema, change, what the refusal says)}"""


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
    "one more field is personal": ("AppointmentScheduled.1", say("doctor_name", **{"x-healz-personal": "name"})),
}
