"""Two schemas beside each other, of kinds that none of the published ones has yet."""

from typing import Any

from architecture.schema_changes import Schema

TEXT: Schema = {"type": "string"}
MAP_OF_TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
OBJECT: Schema = {"type": "object"}
TREE: Schema = {"type": "object", "properties": {"value": TEXT, "left": {"$ref": "#/$defs/Tree"}}}
EITHER: Schema = {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "string", "format": "uuid"}]}


def tree(**value: Any) -> Schema:
    """A schema whose part refers to itself."""
    inner = {**TREE, "properties": {**TREE["properties"], "value": value}}
    return {"$defs": {"Tree": inner}, **OBJECT, "properties": {"root": {"$ref": "#/$defs/Tree"}}}


BREAKING_PAIRS: dict[str, tuple[Schema, Schema, str]] = {
    "a list gets items": ({"type": "array"}, {"type": "array", "items": TEXT}, "data.* is retyped"),
    "a list loses items": ({"type": "array", "items": TEXT}, {"type": "array"}, "data.* is retyped"),
    "the first of two alternatives of one type": (
        EITHER,
        {"anyOf": [{"type": "string", "maxLength": 6}, EITHER["anyOf"][1]]},
        "another maxLength",
    ),
    "one of two alternatives of one type is gone": (
        EITHER,
        {"anyOf": [EITHER["anyOf"][1], {"type": "integer"}]},
        "data[string] is removed",
    ),
    "any became one": (EITHER, {"oneOf": EITHER["anyOf"]}, "another oneOf"),
    "one kind gets null": ({"anyOf": [TEXT]}, {"anyOf": [TEXT, {"type": "null"}]}, "string or null"),
    "two kinds get null": (EITHER, {"anyOf": [*EITHER["anyOf"], {"type": "null"}]}, "alternatives or null"),
    "null beside a list of words is none": (
        {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
        {"type": ["string", "null"], "enum": ["a"]},
        "retyped",
    ),
    "enum: numbers become texts": ({"enum": [1, 2]}, {"enum": ["1", "2"]}, "another enum"),
    "enum: other words, of the same letters": ({"enum": ["a b", "c"]}, {"enum": ["a", "b c"]}, "another enum"),
    "enum: a number becomes true": ({"enum": [1]}, {"enum": [True]}, "another enum"),
    "within itself": (tree(type="string"), tree(type="integer"), "data.root.value is retyped"),
    "a field is ruled out": (
        {**OBJECT, "properties": {"a": TEXT}},
        {**OBJECT, "properties": {"a": False}},
        "another not",
    ),
    "a map of texts gets a name": (MAP_OF_TEXTS, {**MAP_OF_TEXTS, "properties": {"a": TEXT}}, "map of free names"),
    "a map of texts is one of numbers": (
        MAP_OF_TEXTS,
        {"type": "object", "additionalProperties": {"type": "integer"}},
        "data.* is retyped",
    ),
    "what is not there, is another": (
        {"not": {"$ref": "#/$defs/A"}, "$defs": {"A": {"properties": {"a": TEXT}}}},
        {"not": {"$ref": "#/$defs/A"}, "$defs": {"A": {"properties": {"a": TEXT, "b": TEXT}}}},
        "another not",
    ),
    "all of it, and what it refers to": (
        {"allOf": [{"$ref": "#/$defs/A"}], "$defs": {"A": TEXT}},
        {"allOf": [{"$ref": "#/$defs/A"}], "$defs": {"A": {"type": "integer"}}},
        "another allOf",
    ),
    "a name that fits a pattern": (
        {"properties": {}, "patternProperties": {"^x": TEXT}},
        {"properties": {"xy": {"type": "integer"}}, "patternProperties": {"^x": TEXT}},
        "beside patternProperties",
    ),
    "at an anchor": (
        {"$ref": "#a", "$defs": {"A": {"$anchor": "a", "type": "string"}}},
        {"$ref": "#a", "$defs": {"A": {"$anchor": "a", "type": "integer"}}},
        "is not followed here",
    ),
    "a keyword that nobody knows": ({}, {"x-other": 1}, "another x-other"),
}
"""{what: (published, proposed, what the refusal says)}"""

COMPATIBLE_PAIRS: dict[str, tuple[Schema, Schema]] = {
    "alternatives of one type, in another order": (EITHER, {"anyOf": EITHER["anyOf"][::-1]}),
    "a new field within itself": (
        tree(type="string"),
        tree(type="string") | {"$defs": {"Tree": {**TREE, "properties": {**TREE["properties"], "right": TEXT}}}},
    ),
    "items are anything": ({"type": "array"}, {"type": "array", "items": True}),
    "a new field of what lies in a map": (
        {**OBJECT, "additionalProperties": {**OBJECT, "properties": {"a": TEXT}}},
        {**OBJECT, "additionalProperties": {**OBJECT, "properties": {"a": TEXT, "b": TEXT}}},
    ),
}
"""{what: (published, proposed)}"""
