"""What a free object may be, and that a refusal names the bound."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from healz.events.free_object import (
    FREE_BYTES_MAX,
    FREE_LEVELS_MAX,
    FREE_NAME_LENGTH_MAX,
    FREE_NUMBER_MAX,
    FREE_NUMBER_MIN,
    FREE_VALUES_MAX,
    FreeObject,
)
from hostile_json import deep, deep_objects

FREE: TypeAdapter[dict[str, Any]] = TypeAdapter(FreeObject)
AT_THE_BOUND = {
    "nothing": {},
    "levels": json.loads(deep_objects(FREE_LEVELS_MAX)),
    "levels of lists": {"x": json.loads(deep(FREE_LEVELS_MAX - 1))},
    "members": {str(n): n for n in range(FREE_VALUES_MAX)},
    "elements": {"x": [0] * (FREE_VALUES_MAX - 1)},
    "bytes": {"x": "a" * (FREE_BYTES_MAX - 8)},
    "name": {"a" * FREE_NAME_LENGTH_MAX: 1},
    "numbers": {"x": [FREE_NUMBER_MAX, -FREE_NUMBER_MAX, FREE_NUMBER_MIN, -FREE_NUMBER_MIN, 0, -0.0]},
    "names": {"": {"__proto__": {"constructor": None}}, "\u202e\U0001f600": [True, None, "é"]},
}
BEYOND = {
    "levels": (json.loads(deep_objects(FREE_LEVELS_MAX + 1)), str(FREE_LEVELS_MAX)),
    "levels of lists": ({"x": json.loads(deep(FREE_LEVELS_MAX))}, str(FREE_LEVELS_MAX)),
    "as deep as can be": ({"x": json.loads(deep(900))}, str(FREE_LEVELS_MAX)),
    "members": ({str(n): n for n in range(FREE_VALUES_MAX + 1)}, str(FREE_VALUES_MAX)),
    "elements": ({"x": [[0]] * (FREE_VALUES_MAX // 2)}, str(FREE_VALUES_MAX)),
    "bytes": ({"x": "a" * (FREE_BYTES_MAX - 7)}, str(FREE_BYTES_MAX)),
    "bytes, not characters": ({"x": "\U0001f600" * (FREE_BYTES_MAX // 4)}, str(FREE_BYTES_MAX)),
    "name": ({"a" * (FREE_NAME_LENGTH_MAX + 1): 1}, str(FREE_NAME_LENGTH_MAX)),
    "a large number": ({"x": FREE_NUMBER_MAX + 1}, str(FREE_NUMBER_MAX)),
    "a very large number": ({"x": [[-(10**4000)]]}, str(FREE_NUMBER_MAX)),
    "a large fraction": ({"x": -1e308}, str(FREE_NUMBER_MAX)),
    "no number": ({"x": float("nan")}, str(FREE_NUMBER_MAX)),
    "no end": ({"x": float("inf")}, str(FREE_NUMBER_MAX)),
    "nearly nothing": ({"x": -5e-324}, str(FREE_NUMBER_MIN)),
    "U+0000": ({"x": ["a\x00"]}, "U+0000"),
    "U+0000 in a name": ({"x": {"a\x00": 1}}, "U+0000"),
    "half a surrogate pair": ({"x": "\ud800"}, "surrogate"),
    "half a surrogate pair in a name": ({"\udfff": 1}, "surrogate"),
    "what JSON can't say": ({"x": {1}}, "JSON"),
}


@pytest.mark.parametrize("free", AT_THE_BOUND.values(), ids=AT_THE_BOUND)
def test_up_to_a_bound_it_is_taken_as_it_is(free: dict[str, Any]) -> None:
    assert FREE.validate_python(free) == free


@pytest.mark.parametrize(("free", "named"), BEYOND.values(), ids=BEYOND)
def test_beyond_a_bound_it_is_refused_with_the_bound(free: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FREE.validate_python(free)
    (error,) = refused.value.errors(include_url=False)
    assert named in error["msg"]
    assert len(error["msg"]) < 200, "it tells the bound, not the value"
