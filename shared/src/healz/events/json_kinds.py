"""Numbers and truth values as JSON has them: pydantic would take "10" or true for what they are not.

(Not its ``strict``: that is the caller's to overrule, and the HTTP framework does.)
"""

from typing import Annotated, Any

from pydantic import BeforeValidator


def whole(value: Any) -> int:
    """Raises ValueError for anything but a whole number; 10.0 is one, as JSON Schema has it."""
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is not int:
        raise ValueError("give a whole number")
    return value


def number(value: Any) -> Any:
    """Raises ValueError for a text and for true or false."""
    if isinstance(value, str | bool):
        raise ValueError("give a number")  # noqa: TRY004  # pydantic makes a refusal of it
    return value


def no_truth_value(value: Any) -> Any:
    """Raises ValueError for true and for false, which Python takes for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("give a number")  # noqa: TRY004  # pydantic makes a refusal of it
    return value


def true_or_false(value: Any) -> bool:
    """Raises ValueError for anything else."""
    if not isinstance(value, bool):
        raise ValueError("give true or false")  # noqa: TRY004  # pydantic makes a refusal of it
    return value


Whole = Annotated[int, BeforeValidator(whole)]
Flag = Annotated[bool, BeforeValidator(true_or_false)]
