"""Changes of a published schema, by what they change."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from pages.schema_parts import WORDS

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
    return lambda schema: _say(fields(schema, model)[name], said)


def at(*path: str | int, **said: Any) -> Change:
    """The same, of the part that lies there."""

    def change(schema: Schema) -> None:
        part: Any = schema
        for step in path:
            part = part[step]
        _say(part, said)

    return change


def _say(part: Schema, said: Schema) -> None:
    for keyword, value in said.items():
        if value is None:
            del part[keyword.removeprefix("_")]
        else:
            part[keyword.removeprefix("_")] = value


def demand(name: str) -> Change:
    return lambda schema: payload(schema)["required"].append(name)


def let_go(name: str) -> Change:
    return lambda schema: payload(schema)["required"].remove(name)


def each_keyword(part: Any, *path: str | int) -> Iterator[tuple[str, Change]]:
    """Of each keyword in a schema, but for words: where it lies, and what gives it another value."""
    for keyword, value in part.items():
        if keyword in WORDS - {"$defs"}:
            continue
        match value:
            case dict() if keyword in ("properties", "$defs"):
                for name, inner in value.items():
                    yield from each_keyword(inner, *path, keyword, name)
            case dict():
                yield from each_keyword(value, *path, keyword)
            case _:
                yield ".".join(map(str, (*path, keyword))), at(*path, **{f"_{keyword}": _another(value)})
        if keyword in ("anyOf", "oneOf"):
            for number, kind in enumerate(value):
                yield from each_keyword(kind, *path, keyword, number)


def _another(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case list():
            return value[1:] if value else [0]
        case str():
            return f"{value}x"
    return str(value)
