"""JSON as somebody sends it who means no good, or knows no better: raw text, so that it may say what Python can't."""

import json
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

NUMBERS = (
    *("0", "-0", "-0.0", "1", "-1", "0.1", "1e400", "-1e400", "1e-400", "1e308", "1.7976931348623157e308", "5e-324"),
    *("2.2250738585072014e-308", "1e22", "1e23", "9007199254740993", "9223372036854775807", "9223372036854775808"),
    *("-9223372036854775809", "18446744073709551616", "9" * 400, "9" * 5000, "0." + "3" * 400, "1e999999999"),
    *("NaN", "Infinity", "-Infinity", "01", "1.", "+1", "0x1", "1e-30", "1e-31", "123456789012345.6789"),
)
TEXTS = (
    *('""', '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\uffff"', '"\\ufeff"', '"\\u202e"'),
    *('"\\u0007"', '"\\\\u0000"', '"e\\u0301"', '"\U0001f600\U000e0001"', '"\\"}],"', '"__proto__"', '"constructor"'),
    '"' + "a" * 5000 + '"',
    '"' + "\\u0001" * 3000 + '"',
    '"' + "\U0001f600" * 4000 + '"',
)


def _object(members: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{name}:{value}" for name, value in members) + "}"


def _list(elements: list[str]) -> str:
    return "[" + ",".join(elements) + "]"


def deep(levels: int, leaf: str = "1") -> str:
    """Lists within lists."""
    return "[" * levels + leaf + "]" * levels


def deep_objects(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


texts = st.sampled_from(TEXTS) | st.text(max_size=20).map(json.dumps)
leaves = (
    st.sampled_from(NUMBERS)
    | texts
    | st.sampled_from(["true", "false", "null", "nul", ""])
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.integers(-(2**70), 2**70).map(str)
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4).map(_list) | st.lists(st.tuples(texts, inner), max_size=4).map(_object),
    max_leaves=8,
)
large = st.one_of(
    st.builds(deep, st.sampled_from([2, 15, 16, 17, 100, 127, 128, 197, 198, 199, 200, 253, 254, 255, 400, 990, 5000])),
    st.builds(deep_objects, st.sampled_from([2, 15, 16, 17, 100, 127, 199, 254, 255, 990])),
    st.integers(900, 3000).map(lambda wide: _list(["5e-324"] * wide)),
    st.integers(900, 3000).map(lambda wide: _object([(f'"{n}"', "1") for n in range(wide)])),
)
objects = st.lists(st.tuples(texts, values | large), max_size=4).map(_object) | values | large
"""What somebody gives where a free object is asked for; not always an object, nor JSON."""


def as_jsonb(text: str) -> str:
    """``text`` as PostgreSQL's jsonb gives it back: the last of equal names, numbers written out, no negative zero.

    Raises ValueError for what jsonb refuses.
    """
    if "\\u0000" in text.replace("\\\\", ""):
        raise ValueError("U+0000")
    return _written(json.loads(text, parse_int=Decimal, parse_float=Decimal))


def _written(value: Any) -> str:
    match value:
        case Decimal():
            return format(value + 0 if value else abs(value), "f")
        case dict():
            return _object([(json.dumps(name, ensure_ascii=False), _written(item)) for name, item in value.items()])
        case list():
            return _list([_written(item) for item in value])
        case _:
            return json.dumps(value, ensure_ascii=False)
