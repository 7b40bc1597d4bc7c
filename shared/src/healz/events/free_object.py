"""Free objects: JSON whose members nobody has named, bounded so that every reader of an event can take them.

Only what comes in is held to the bounds. What was recorded before there were any is read without them: an event takes
any object.
"""

import json
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, Field

FREE_BYTES_MAX = 16 * 1024
"""As JSON in UTF-8, without spaces."""
FREE_LEVELS_MAX = 16
"""Of objects and lists within each other, the free object itself being the first."""
FREE_VALUES_MAX = 1000
"""Members of objects and elements of lists, all in all."""
FREE_NAME_LENGTH_MAX = 255
FREE_NUMBER_MAX = 2**63 - 1
FREE_NUMBER_MIN = 1e-30
"""The smallest but zero. PostgreSQL writes numbers out in full: of 5e-324 it makes a text of 326 characters."""


def bounded(free: dict[str, Any]) -> dict[str, Any]:
    """``free`` itself. Raises ValueError, which names the bound, for an object beyond one; takes no stack for depth."""
    level: list[Any] = [free]
    values = 0
    for _ in range(FREE_LEVELS_MAX):
        inner: list[Any] = []
        for container in level:
            values += len(container)
            if values > FREE_VALUES_MAX:
                raise ValueError(f"give at most {FREE_VALUES_MAX} members and elements in all")
            inner += _containers(container)
        level = inner
    if level:
        raise ValueError(f"nest objects and lists at most {FREE_LEVELS_MAX} deep")
    size = len(json.dumps(free, ensure_ascii=False, separators=(",", ":")).encode())
    if size > FREE_BYTES_MAX:
        raise ValueError(f"give at most {FREE_BYTES_MAX} bytes; this is {size} as JSON")
    return free


def _containers(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    """The objects and lists right inside; everything else there is checked."""
    if isinstance(container, dict):
        for name in container:
            _check_text(name)
            if len(name) > FREE_NAME_LENGTH_MAX:
                raise ValueError(f"a member's name has at most {FREE_NAME_LENGTH_MAX} characters")
    for value in container.values() if isinstance(container, dict) else container:
        match value:
            case dict() | list():
                yield value
            case str():
                _check_text(value)
            case None | bool():
                pass
            case int() | float():
                _check_number(value)
            case _:
                raise ValueError("give JSON: objects, lists, texts, numbers, true, false and null")


def _check_text(text: Any) -> None:
    if not isinstance(text, str):
        raise ValueError("a member's name is a text")  # noqa: TRY004  # pydantic takes a ValueError for a refusal
    if "\x00" in text:
        raise ValueError("a text holds U+0000")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("a text holds half of a surrogate pair")


def _check_number(number: float) -> None:  # NaN lies between no two numbers
    if not -FREE_NUMBER_MAX <= number <= FREE_NUMBER_MAX:
        raise ValueError(f"give numbers from -{FREE_NUMBER_MAX} to {FREE_NUMBER_MAX}; longer ones as texts")
    if number and -FREE_NUMBER_MIN < number < FREE_NUMBER_MIN:
        raise ValueError(f"give no number nearer to zero than {FREE_NUMBER_MIN}, but zero itself")


FreeObject = Annotated[
    dict[str, Any],
    AfterValidator(bounded),
    Field(
        description=(
            f"any JSON object of at most {FREE_BYTES_MAX} bytes, {FREE_LEVELS_MAX} levels, {FREE_VALUES_MAX} members"
            f" and elements in all; names of at most {FREE_NAME_LENGTH_MAX} characters, numbers of 64 bits"
        )
    ),
]
"""A free object in a command."""
