"""What a published schema may become: the same, with more optional fields and other words about them.

Readers were written against the schema, and records of that version lie in the topic already: so neither may a new
record be what the old schema refuses, nor an old one what the new schema refuses. Two schemas are flattened into
{path: what is said there}; then they are compared path by path.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
Flat = dict[str, dict[str, str]]
"""{path: {keyword: value}}; every keyword but those that are only words."""

PERSONAL = "x-healz-personal"
WORDS = {"$schema", "$defs", "$comment", "title", "description", "examples", "default", "deprecated"}
WITHIN = {"properties", "required", "items", "anyOf", "oneOf", "$ref"}
"""What is walked into, so that it is no fact of its own."""
REQUIRED, CLOSED = "required", "additionalProperties"
WAY = (
    "Give it a new version instead: raise `schema_version` in its class, write what leads from the version before into "
    "healz/events/upcast.py, leave this version's file as it was published, and run `make docs`"
)


def breaks(published: Schema, proposed: Schema) -> list[str]:
    """What readers of ``published`` would meet, a sentence each; nothing where it may take its place."""
    before, after = _flat(published), _flat(proposed)
    gone = [path for path in before if path not in after]
    found = [f"{path} is removed or renamed" for path in gone if _owner(path) not in gone]
    found += [said for path in after if path not in before for said in _new(path, before, after)]
    found += [said for path in before if path in after for said in _changed(path, before[path], after[path])]
    return sorted(found)


def _new(path: str, before: Flat, after: Flat) -> Iterator[str]:
    owner = _owner(path)
    if owner not in before:
        return  # inside of what is new itself
    if path.endswith("]"):
        yield f"{path} is a new alternative: readers don't expect it"
    elif after[path].get(REQUIRED) == "true":
        yield f"{path} is new and required: records of this version lack it"
    elif before[owner].get(CLOSED) == "false":
        yield f"{path} is new in what takes no other fields: readers refuse it"


def _changed(path: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for keyword in sorted({*before, *after}):
        old, new = before.get(keyword), after.get(keyword)
        if old == new or (keyword == PERSONAL and old is None):
            continue
        match keyword:
            case "type":
                yield f"{path} is retyped, from {old} to {new}"
            case "required":
                yield f"{path} is {'required, and was not' if new == 'true' else 'no longer required'}"
            case "x-healz-personal":
                yield f"{path} had the mark {PERSONAL} {old}: who masks by it would show the field"
            case _:
                yield f"{path} has another {keyword}: {new}, where {old} was published"


def _flat(schema: Schema) -> Flat:
    defined = schema.get("$defs", {})
    flat: Flat = {}

    def walk(part: Schema, path: str, required: str) -> None:
        part = _resolved(part, defined)
        alternatives = [_resolved(kind, defined) for kind in _alternatives(part, defined)]
        some = [kind for kind in alternatives if kind.get("type") != "null"]
        if len(some) == 1:  # one kind, or null: told as one
            part = {**some[0], **{key: value for key, value in part.items() if key not in WITHIN}}
            part["type"] = f"{some[0].get('type')} or null"
        said = {key: _canonical(key, value) for key, value in part.items() if key not in WORDS | WITHIN}
        flat[path] = said | {REQUIRED: required}
        if len(some) > 1:
            flat[path]["null"] = str(len(some) < len(alternatives)).lower()
            for kind in some:
                walk(kind, f"{path}[{_label(kind, defined)}]", "false")
        for name, field in part.get("properties", {}).items():
            walk(field, f"{path}.{name}", str(name in part.get(REQUIRED, ())).lower())
        if "items" in part:
            walk(part["items"], f"{path}.*", "false")

    walk(schema, "data", "true")
    return flat


def _resolved(part: Schema, defined: Schema) -> dict[str, Any]:
    if "$ref" not in part:
        return dict(part)
    name = part["$ref"].rpartition("/")[2]
    beside = {key: value for key, value in part.items() if key != "$ref"}
    return _resolved({**defined[name], **beside}, defined)


def _alternatives(part: Schema, defined: Schema) -> Iterator[Schema]:
    """Those of alternatives within each other, too."""
    for kind in (*part.get("anyOf", ()), *part.get("oneOf", ())):
        inner = list(_alternatives(_resolved(kind, defined), defined))
        yield from inner or [kind]


def _label(kind: Schema, defined: Schema) -> str:
    """By its constants, which tell alternatives apart, else by its type."""
    fields = ((name, _resolved(field, defined)) for name, field in kind.get("properties", {}).items())
    constants = [
        f"{name}={field['const'] if 'const' in field else '|'.join(sorted(field['enum']))}"
        for name, field in fields
        if name == "kind" and {"const", "enum"} & field.keys()
    ]
    return ",".join(constants) or str(kind.get("type", "anything"))


def _canonical(keyword: str, value: Any) -> str:
    if keyword in ("enum", "type") and isinstance(value, list):
        return " ".join(sorted(map(str, value)))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _owner(path: str) -> str:
    """The path that one lies within."""
    return path.rpartition("[")[0] if path.endswith("]") else path.rpartition(".")[0]
