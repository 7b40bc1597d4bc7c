"""What a part of a JSON Schema says, in one form however it is written: references followed, words left out, `null`
told by the type, be it one of `anyOf` or one of a list of types."""

from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import unquote

Part: TypeAlias = Mapping[str, Any] | bool
Said = dict[str, Any]
"""{keyword: value}; ``type`` is text."""

PERSONAL = "x-healz-personal"
WORDS = {"$comment", "title", "description", "examples", "deprecated", "readOnly", "writeOnly", "$defs", "definitions"}
"""Keywords that are only words. Definitions are looked at where they are referred to."""
BESIDE = {PERSONAL, "default"}
"""What is said of a field, and not of the values it takes: it may stand beside a reference, or beside alternatives."""
WITHIN = " within"
"""The same, but of what a field refers to: whoever looks for it at the field does not find it."""
OF_OTHER_TYPES = {
    *("type", "format", "pattern", "minLength", "maxLength", "properties", "required", "additionalProperties"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("items", "minItems", "maxItems", "uniqueItems"),
    *BESIDE,
}
"""What says nothing of null."""
NULL = " or null"
ANYTHING = "anything"


def said(part: Part, root: Part, through: frozenset[str] = frozenset()) -> Said:
    """What ``part`` of the schema ``root`` says. A reference that can't be followed stays, as text."""
    if isinstance(part, bool):
        return {} if part else {"not": {}}
    words = {keyword: value for keyword, value in part.items() if keyword not in WORDS}
    reference = words.get("$ref")
    if reference is not None and reference not in through:
        target = _target(reference, root)
        if target is not None and words.keys() - BESIDE == {"$ref"}:
            return _beside(words, said(target, root, through | {reference}))
        if target is not None:  # both hold, each for itself
            words["$ref"] = target
    if words.keys() - BESIDE == {"anyOf"}:
        return _of_alternatives(words, root, through)
    if isinstance(words.get("type"), list):
        words["type"] = _types(words)
    return words


def _of_alternatives(words: Said, root: Part, through: frozenset[str]) -> Said:
    kinds = words["anyOf"]
    some = [kind for kind in kinds if said(kind, root, through) != {"type": "null"}]
    null = NULL if len(some) < len(kinds) else ""
    if len(some) == 1:  # one kind, or null: told as one
        only = _beside(words, said(some[0], root, through))
        kind = only.get("type", ANYTHING).removesuffix(NULL)
        return {**only, "type": kind + NULL} if null else only
    return {**words, "anyOf": some} | ({"type": f"alternatives{NULL}"} if null else {})


def _beside(field: Said, inner: Said) -> Said:
    """What is said of a field, and what of the values it takes."""
    moved = {f"{keyword}{WITHIN}" if keyword in BESIDE else keyword: value for keyword, value in inner.items()}
    return moved | {keyword: value for keyword, value in field.items() if keyword in BESIDE}


def _types(words: Said) -> str:
    kinds = sorted(set(words["type"]))
    some = [kind for kind in kinds if kind != "null"]
    if some and some != kinds and words.keys() <= OF_OTHER_TYPES:
        return " or ".join(some) + NULL
    return " or ".join(kinds)


def _target(reference: str, root: Part) -> Part | None:
    """What a JSON pointer into the same schema leads to; None: it is none, or leads nowhere."""
    where, hash_sign, pointer = reference.partition("#")
    if where or not hash_sign or (pointer and not pointer.startswith("/")):
        return None
    found: Any = root
    for step in pointer.split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, Mapping) and name in found:
            found = found[name]
        else:
            return None
    return found if isinstance(found, Mapping | bool) else None
