"""What a published schema may become: the same, with more optional fields and other words about them.

Readers were written against the schema, and records of that version lie in the topic already: so neither may a new
record be what the old schema refuses, nor an old one what the new schema refuses. Both are walked side by side, and
what is not known to be harmless is refused: a keyword that nobody thought of, too.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pages.schema_parts import ANYTHING, PERSONAL, Part, Said, said

WALKED = {"properties", "required", "items", "additionalProperties", "anyOf", "oneOf"}
"""What has a method of its own below."""
ONE = {"not", "if", "then", "else", "contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "$ref"}
SEVERAL = {"allOf", "prefixItems"}
NAMED = {"patternProperties", "dependentSchemas"}
"""Keywords that hold a schema, a list of them, or {name: schema}."""
REFERENCES = {"$ref", "$dynamicRef"}
TAKES_FIELDS = {"$schema", "$id", "type", "properties", "required", "additionalProperties", PERSONAL, "default"}
"""All that an object says which takes other fields."""
ABSENT = object()
WAY = (
    "Give it a new version instead: raise `schema_version` in its class, write what leads from the version before into "
    "healz/events/upcast.py, leave this version's file as it was published, and run `make docs`"
)


def breaks(published: Mapping[str, Any], proposed: Mapping[str, Any]) -> list[str]:
    """What readers of ``published`` would meet, a sentence each; nothing where it may take its place."""
    return sorted(set(_Comparison(published, proposed).part(published, proposed, "data")))


class _Comparison:
    """Of two schemas. ``exactly``: not even a new field or mark passes, as where a part is negated."""

    def __init__(self, published: Part, proposed: Part) -> None:
        self._published, self._proposed = published, proposed
        self._on_the_way: set[tuple[int, int, bool]] = set()

    def part(self, old: Part, new: Part, path: str, *, exactly: bool = False) -> list[str]:
        """What a part would break. One that refers to itself is compared once."""
        pair = (id(old), id(new), exactly)
        if pair in self._on_the_way:
            return []
        self._on_the_way.add(pair)
        before, after = said(old, self._published), said(new, self._proposed)
        found = [
            *self._keywords(before, after, path, exactly=exactly),
            *self._alternatives(before, after, path, exactly=exactly),
            *self._fields(before, after, path, exactly=exactly),
            *self._contents(before, after, path, exactly=exactly),
        ]
        self._on_the_way.discard(pair)
        return found

    def _keywords(self, before: Said, after: Said, path: str, *, exactly: bool) -> Iterator[str]:
        for keyword in sorted({*before, *after} - WALKED):
            old, new = before.get(keyword, ABSENT), after.get(keyword, ABSENT)
            if keyword in REFERENCES and isinstance(new, str):
                yield f"{path} refers to {new}, which is not followed here: refer to a part of $defs"
            elif not self._same(keyword, old, new):
                yield from _changed(path, keyword, old, new, exactly=exactly)

    def _alternatives(self, before: Said, after: Said, path: str, *, exactly: bool) -> Iterator[str]:
        for keyword in ("anyOf", "oneOf"):
            old, new = before.get(keyword, ABSENT), after.get(keyword, ABSENT)
            if old is ABSENT or new is ABSENT:
                if old is not new:
                    yield f"{path} has another {keyword}: {_shown(new)}, where {_shown(old)} was published"
                continue
            left = [(kind, _label(kind, self._proposed)) for kind in new]
            for kind in old:
                label = _label(kind, self._published)
                inner = f"{path}[{label}]"
                alike = [other for other in left if other[1] == label]
                found = [(self.part(kind, other[0], inner, exactly=exactly), other) for other in alike]
                if not found:
                    yield f"{inner} is removed or renamed"
                    continue
                sentences, nearest = min(found, key=lambda pair: len(pair[0]))
                left.remove(nearest)
                yield from sentences
            for _, label in left:
                yield f"{path}[{label}] is a new alternative: readers don't expect it"

    def _fields(self, before: Said, after: Said, path: str, *, exactly: bool) -> Iterator[str]:
        old, new = before.get("properties", {}), after.get("properties", {})
        was, now = set(before.get("required", ())), set(after.get("required", ()))
        for name, field in old.items():
            if name in new:
                yield from self.part(field, new[name], f"{path}.{name}", exactly=exactly)
            else:
                yield f"{path}.{name} is removed or renamed"
        for name in new.keys() - old.keys():
            reason = self._refused(before, new[name], required=name in now, exactly=exactly)
            yield from [f"{path}.{name} is new {reason}"] if reason else []
        for name in (now - was) - (new.keys() - old.keys()):
            yield f"{path}.{name} is required, and was not"
        for name in (was - now) - (old.keys() - new.keys()):
            yield f"{path}.{name} is no longer required"

    def _refused(self, owner: Said, field: Part, *, required: bool, exactly: bool) -> str:
        """Why an object can't get this field; empty where it can."""
        others = owner.get("additionalProperties", True)
        if required:
            return "and required: records of this version lack it"
        if others is False:
            return "in what takes no other fields: readers refuse it"
        if "properties" not in owner or said(others, self._published):
            return "in a map of free names: records may hold another thing of that name"
        if said(field, self._proposed) == {"not": {}}:
            return "and takes nothing: that is no field"
        # TAKES_FIELDS: of a name that fits a pattern, or of the number of names, something is said already.
        of_names = {keyword for keyword in owner if keyword.partition(" ")[0] not in TAKES_FIELDS}
        return f"beside {', '.join(sorted(of_names))}" if of_names else "where nothing may change" if exactly else ""

    def _contents(self, before: Said, after: Said, path: str, *, exactly: bool) -> Iterator[str]:
        """Of a list, and of a map; absent, both take anything."""
        for keyword in ("items", "additionalProperties"):
            old, new = before.get(keyword, True), after.get(keyword, True)
            if (old is False) != (new is False):
                yield f"{path} has another {keyword}: {_shown(new)}, where {_shown(old)} was published"
            else:
                yield from self.part(old, new, f"{path}.*", exactly=exactly)

    def _same(self, keyword: str, old: Any, new: Any) -> bool:
        if old is ABSENT or new is ABSENT:
            return False
        if keyword in ONE:
            return not isinstance(old, str) and self._all_same([old], [new])
        if keyword in SEVERAL:
            return len(old) == len(new) and self._all_same(old, new)
        if keyword in NAMED:
            return bool(old.keys() == new.keys()) and self._all_same(old.values(), [new[name] for name in old])
        if keyword == "enum":
            return all(any(_equal(a, b) for b in new) for a in old) and all(any(_equal(a, b) for b in old) for a in new)
        return _equal(old, new)

    def _all_same(self, old: Iterable[Part], new: Iterable[Part]) -> bool:
        return not any(self.part(*pair, "", exactly=True) for pair in zip(old, new, strict=True))


def _changed(path: str, keyword: str, old: Any, new: Any, *, exactly: bool) -> Iterator[str]:
    if keyword == "type":
        old, new = (ANYTHING if kind is ABSENT else kind for kind in (old, new))
        yield f"{path} is retyped, from {old} to {new}"
    elif not keyword.startswith(PERSONAL):
        yield f"{path} has another {keyword}: {_shown(new)}, where {_shown(old)} was published"
    elif old is not ABSENT:
        yield f"{path} had the mark {keyword} {old}: who masks by it would show the field"
    elif exactly:
        yield f"{path} has a mark where nothing may change"


def _label(kind: Part, root: Part) -> str:
    """By its constants, which tell alternatives apart, else by its type."""
    inner = said(kind, root)
    told = said(inner.get("properties", {}).get("kind", True), root)
    constants = [told["const"]] if "const" in told else told.get("enum", ())
    return f"kind={'|'.join(sorted(map(str, constants)))}" if constants else str(inner.get("type", ANYTHING))


def _equal(old: Any, new: Any) -> bool:
    """As JSON: 1 is 1.0, and neither "1" nor true."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_equal, old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_equal(value, new[name]) for name, value in old.items())
    return bool(old == new)


def _shown(value: Any) -> str:
    return "nothing" if value is ABSENT else str(value).lower() if isinstance(value, bool) else str(value)
