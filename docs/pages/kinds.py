"""A field's type in words that need no Python: from its JSON schema."""

from typing import Any

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from pages.blocks import code

FORMATS = {"uuid": "UUID", "date-time": "time", "date": "date"}
PATTERNS = {r"^\+[1-9][0-9]{6,14}$": "phone, E.164", r"^[0-9]{11}$": "11 digits", r"^[0-9]{8}$": "8 digits"}
PATTERNS |= {r"^[A-Z]{2}$": "two capital letters", r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$": "e-mail address"}


def kind(field: FieldInfo) -> str:
    """What a value of the field can be, but for null."""
    return _kind(TypeAdapter(field.rebuild_annotation()).json_schema())


def may_be_null(field: FieldInfo) -> bool:
    """Whether it may be null; an optional field that is left out is the same."""
    schema = TypeAdapter(field.rebuild_annotation()).json_schema()
    return {"type": "null"} in schema.get("anyOf", [])


def _kind(schema: dict[str, Any]) -> str:
    match schema:
        case {"anyOf": kinds}:
            # A decimal may also be read from a text; nobody writes one.
            texts_too = any(kind.get("type") == "number" for kind in kinds)
            kept = [kind for kind in kinds if kind != {"type": "null"} and not (texts_too and kind["type"] == "string")]
            return " or ".join(_kind(kind) for kind in kept)
        case {"oneOf": kinds}:
            return " or ".join(_kind(kind) for kind in kinds)
        case {"$ref": reference}:
            return _named(reference.rsplit("/", 1)[-1])
        case {"properties": {"patient_id": _}}:
            return "JSON object"
        case {"properties": _, "title": name}:
            return _named(name)
        case {"enum": words}:
            return code(*words)
        case {"const": word}:
            return code(word)
        case {"type": "array", "items": items}:
            return f"list of {_kind(items)}"
        case {"format": name}:
            return FORMATS[name]
        case {"pattern": pattern} if pattern in PATTERNS:
            return PATTERNS[pattern]
        case {"type": "string"}:
            return "text" + (f" up to {schema['maxLength']:,}" if "maxLength" in schema else "")
        case {"type": "integer" | "number" as name}:
            return ("number" if name == "number" else "whole number") + _range(schema)
        case {"type": "boolean"}:
            return "`true` `false`"
        case _:
            return "JSON object"


def _range(schema: dict[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is None or most >= 2**31 - 1:
        return "" if least is None else f" from {least:g}"
    return f", {least:g} to {most:g}"


def _named(name: str) -> str:
    return f"[`{name}`](#{name.lower()})"
