"""What may stand in a field, in words and as an example: taken from the same schemas as the document at /schema."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from litestar.handlers import BaseRouteHandler
from litestar.params import ParameterKwarg
from litestar.typing import FieldDefinition
from pydantic import BaseModel, TypeAdapter

from command_api.decide.cast import CLINIC
from command_api.http.queries.known_parameters import known_parameters

Schema = Mapping[str, Any]
BODY = "body"
FIELDS_SHOWN_MAX = 40
FORMATS = {
    "uuid": ("a UUID", CLINIC),
    "date": ("a day, written YYYY-MM-DD", "1985-07-14"),
    "date-time": ("a time with its offset", "2030-03-04T10:00:00-03:00"),
    "phone": ("a phone number with its country code", "+5527999990000"),
    "email": ("an e-mail address", "maria.silva@example.com"),
    "cpf": ("a CPF, with or without its punctuation", "529.982.247-25"),
}
OURS = "Value error, "
TEXT = "a text"
UNKNOWN = "is not known here"
REPLACED = {"Field required": "is needed", "Extra inputs are not permitted": UNKNOWN}
FRAMEWORKS = ("Input ", "String ", "UUID ", "Invalid ", "Expected ", "List ", "Tuple ", "Unable ")
"""How its messages begin: they know types of Python, and one of them repeats what was sent."""
PLUS = "; in an address a + is written %2B"


def explained(handler: BaseRouteHandler, error: Mapping[str, Any], query: Mapping[str, list[str]]) -> dict[str, Any]:
    """``error`` ({field, message}) with what is allowed there and an example, as far as either is known."""
    field, message = str(error["field"]), str(error["message"])
    of_query = message == UNKNOWN or _body(handler) is None
    schema, example = (_of_parameter(handler, field), None) if of_query else _of_body(handler, field)
    allowed, example = in_words(schema), an_example(schema) if example is None else example
    if message.startswith(OURS):
        message = message.removeprefix(OURS)
    elif message in REPLACED:
        message = REPLACED[message]
    elif allowed and message.startswith(FRAMEWORKS):
        has_form = example is not None and any("pattern" in kind for kind in _kinds(schema))
        message = f"must be {allowed}{f', like {example}' if has_form else ''}"
    if any(" " in value for value in query.get(field, ())):
        message += PLUS
    more = {"allowed": allowed if allowed != TEXT else None, "example": example}
    place = field if of_query else _place(handler, field)
    return {**error, "field": place, "message": message} | {
        name: value for name, value in more.items() if value is not None
    }


def in_words(schema: Schema) -> str:
    """Nothing where the schema says nothing."""
    words = ""
    match schema:
        case {"enum": values}:
            words = f"one of: {', '.join(map(str, values))}"
        case {"const": value}:
            words = str(value)
        case {"properties": properties}:
            words = f"an object with: {', '.join(sorted(properties)[:FIELDS_SHOWN_MAX])}"
        case {"discriminator": {"propertyName": tag, "mapping": kinds}}:
            words = f"an object with {tag}, one of: {', '.join(sorted(kinds))}, and what belongs to it"
        case {"anyOf": kinds}:
            words = " or ".join(dict.fromkeys(filter(None, map(in_words, kinds))))
        case {"type": "integer" | "number" as kind}:
            words = f"{'a whole number' if kind == 'integer' else 'a number'}{_between(schema, 'minimum', 'maximum')}"
        case {"type": "boolean"}:
            words = "true or false"
        case {"type": "string", "format": kind} if kind in FORMATS:
            words = FORMATS[kind][0]
        case {"type": "string"}:
            between = _between(schema, "minLength", "maxLength").strip().removeprefix("from ")
            words = f"a text of {between} characters" if between else TEXT
        case {"type": "array"}:
            words = f"a list, each {in_words(schema.get('items', {})) or 'of any kind'}"
        case {"type": "object"}:
            words = "an object"
    return words


def an_example(schema: Schema) -> Any:
    """None where none is known."""
    example = None
    match schema:
        case {"examples": [first, *_]} | {"enum": [first, *_]} | {"const": first}:
            example = first
        case {"anyOf": kinds}:
            example = next((found for kind in kinds if (found := an_example(kind)) is not None), None)
        case {"type": "string", "format": kind} if kind in FORMATS:
            example = FORMATS[kind][1]
        case {"type": "integer" | "number"}:
            example = schema.get("minimum", 1)
        case {"type": "boolean"}:
            example = True
        case {"type": "array", "items": items}:
            example = an_example(items)
    return example


def _between(schema: Schema, low: str, high: str) -> str:
    least, most = schema.get(low), schema.get(high)
    if least is None:
        return "" if most is None else f" up to {most}"
    return f" from {least} to {most}" if most is not None else f" from {least}"


def _of_parameter(handler: BaseRouteHandler, field: str) -> Schema:
    known = _parameters(handler)
    return known.get(field, {"enum": sorted(known)} if known else {})


@cache
def _parameters(handler: BaseRouteHandler) -> dict[str, Schema]:
    return {name: _parameter(field) for name, field in known_parameters(handler).items()}


def _parameter(field: FieldDefinition) -> Schema:
    schema: dict[str, Any] = next(iter(_kinds(_resolved(TypeAdapter(field.annotation).json_schema()))), {})
    schema = schema.get("items", schema)  # what may be given more than once: of each
    said = field.kwarg_definition
    if isinstance(said, ParameterKwarg):
        bounds = {"minimum": said.ge, "maximum": said.le, "minLength": said.min_length, "maxLength": said.max_length}
        schema |= {name: bound for name, bound in bounds.items() if bound is not None}
        if said.examples:
            schema["examples"] = [said.examples[0].value]
    return schema


def _of_body(handler: BaseRouteHandler, field: str) -> tuple[Schema, Any]:
    """By the path of the field, like ``address.state``: a number is a place in a list."""
    model = _body(handler)
    assert model is not None
    schema, example = _model_schema(model), getattr(model, "example", None)
    for part in field.split(".") if field != BODY else ():
        before = schema
        schema = _step(schema, part)
        example = example.get(part) if isinstance(example, Mapping) else None
        if not schema:
            known = sorted({name for kind in _kinds(before) for name in kind.get("properties", ())})
            return {"enum": known[:FIELDS_SHOWN_MAX]} if known else {}, None
    return schema, example


def _place(handler: BaseRouteHandler, field: str) -> str:
    """The path without the kinds that the framework writes into it: details.location.latitude is details.latitude."""
    model = _body(handler)
    assert model is not None
    schema, place = _model_schema(model), []
    for part in field.split("."):
        if part not in _tagged(schema):
            place.append(part)
        schema = _step(schema, part)
    return ".".join(place)


def _body(handler: BaseRouteHandler) -> type[BaseModel] | None:
    data = handler.parsed_fn_signature.parameters.get("data")
    kind = data.annotation if data is not None else None
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


@cache
def _model_schema(model: type[BaseModel]) -> dict[str, Any]:
    return _resolved(model.model_json_schema())


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """With each reference replaced by what it names; bodies do not contain themselves."""
    named = schema.pop("$defs", {})

    def resolve(part: Any) -> Any:
        match part:
            case {"$ref": str(reference)}:
                return resolve(named[reference.rpartition("/")[2]])
            case dict():
                return {key: resolve(value) for key, value in part.items()}
            case list():
                return [resolve(value) for value in part]
            case _:
                return part

    found: dict[str, Any] = resolve(schema)
    return found


def _tagged(schema: Schema) -> dict[str, dict[str, Any]]:
    """The kinds of an object by what its discriminator says; none where it has none."""
    for kind in schema.get("anyOf", [schema]):
        if "discriminator" in kind:
            tag = kind["discriminator"]["propertyName"]
            says = [(one["properties"][tag], one) for one in kind["oneOf"]]
            return {value: one for said, one in says for value in said.get("enum", [said.get("const")])}
    return {}


def _step(schema: Schema, part: str) -> dict[str, Any]:
    if part in (tagged := _tagged(schema)):
        return tagged[part]
    for kind in _kinds(schema):
        if part in kind.get("properties", {}):
            found: dict[str, Any] = kind["properties"][part]
            return found
        if part.isdigit() and "items" in kind:
            items: dict[str, Any] = kind["items"]
            return items
    return {}


def _kinds(schema: Schema) -> Iterator[dict[str, Any]]:
    """Those that it may be, but null; an object that is bound to conditions is one, and they are others."""
    if "properties" in schema and "anyOf" in schema:
        yield dict(schema)
    yield from (kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null")
