"""What the server takes: bodies as pydantic itself describes them, query parameters and headers with their bounds."""

from collections.abc import Iterable
from typing import Any, cast

from litestar.openapi.spec import Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from command_api.decide.conversation.details import LISTS_MAX, TEXTS
from command_api.decide.patient.identifiers import CPF_PATTERN
from command_api.decide.times import DAY_PATTERN, TIME_PATTERN
from healz.events.fields import NO_NUL
from healz.events.message_details import MODELS as DETAILS

WHOLE_PHONE_PATTERN = r"^\+[1-9][0-9]{6,14}$"
PHONE_PATTERN = r"^(?:\+[1-9][0-9]{6,14}|[0-9]{4,13})$"
"""A whole one, without its country code a Brazilian one, or its end: which a search takes."""

NOT_BLANK = r"^[^\x00]*[^\s\x00][^\x00]*$"
"""Whitespace around a text is not counted as part of it."""
_TAG = r'(?:W/)?"[!#-~\x80-\xff]*"'
IF_MATCH_PATTERN = rf"^(?:\*|[0-9]{{1,9}}|{_TAG}(?:[ \t]*,[ \t]*{_TAG})*)$"

_TEXT = OpenAPIType.STRING
_DAY = Schema(type=_TEXT, format=OpenAPIFormat.DATE, pattern=f"^{DAY_PATTERN}$")
_TIME = Schema(type=_TEXT, format=OpenAPIFormat.DATE_TIME, pattern=f"^{TIME_PATTERN}$")


def bodies(models: Iterable[type[BaseModel]]) -> dict[str, dict[str, Any]]:
    """The schema of each, and of what they are made of, by name."""
    _, described = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    schemas: dict[str, dict[str, Any]] = described["$defs"]
    for schema in schemas.values():
        _correct(schema)
    for model in DETAILS:
        _unbound(schemas.get(model.__name__, {}))
    return schemas


def _unbound(details: dict[str, Any]) -> None:
    """What is too long is cut, and not refused."""
    for name, part in details.get("properties", {}).items():
        for kind in (part, *part.get("anyOf", ())):
            if name in TEXTS:
                kind.pop("maxLength", None)
            if name in LISTS_MAX:
                kind.pop("maxItems", None)


def _correct(part: Any) -> None:
    """What pydantic has no word for: that blank is empty, that a number is none written as a text."""
    if isinstance(part, list):
        for inner in part:
            _correct(inner)
    if not isinstance(part, dict):
        return
    if part.get("minLength") == 1 and part.get("pattern") == NO_NUL:
        part["pattern"] = NOT_BLANK
    if part.get("type") == "number" and isinstance(part.get("default"), str):
        part["default"] = float(part["default"])
    for inner in part.values():
        _correct(inner)


def correct_query(parameter: Parameter, hours_ahead_max: float) -> None:
    """What the framework leaves out of a query parameter: a bound of 0, and that null is no value."""
    schema = parameter.schema
    if not isinstance(schema, Schema):
        return
    if schema.one_of:
        (inner,) = (choice for choice in schema.one_of if choice != Schema(type=OpenAPIType.NULL))
        assert isinstance(inner, Schema)
        for name in ("minimum", "maximum", "max_length", "pattern", "description", "examples", "default", "enum"):
            if getattr(schema, name) is not None and getattr(inner, name) is None:
                setattr(inner, name, getattr(schema, name))
        parameter.schema = schema = inner
    if isinstance(schema.type, list):
        (schema.type,) = (kind for kind in schema.type if kind != OpenAPIType.NULL)
    if schema.enum is not None:
        schema.enum = [value for value in schema.enum if value is not None]
    if schema.type in (OpenAPIType.INTEGER, OpenAPIType.NUMBER) and schema.minimum is None:
        schema.minimum = 0
    if schema.type == OpenAPIType.INTEGER:
        # As floats they would be written with an exponent, and rounded.
        schema.minimum = int(schema.minimum or 0)
        schema.maximum = int(schema.maximum) if schema.maximum is not None else None
    match parameter.name:
        case "day" | "birth_date":
            parameter.schema = _DAY
        case "from" | "until":
            parameter.schema = _TIME
        case "at":
            parameter.schema = Schema(any_of=[_DAY, _TIME])
        case "phone":
            schema.pattern = WHOLE_PHONE_PATTERN if parameter.required else PHONE_PATTERN
        case "cpf":
            schema.format, schema.pattern = cast("OpenAPIFormat", "cpf"), CPF_PATTERN
        case "after" if schema.type == OpenAPIType.STRING:
            schema.format = cast("OpenAPIFormat", "cursor")
        case "hours_from" | "hours_until":
            schema.maximum = hours_ahead_max
