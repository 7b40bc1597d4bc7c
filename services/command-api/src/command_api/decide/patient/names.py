"""Names as people write them: what can't be seen is left out, and what is no name is refused."""

import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from healz.events.fields import NAME_LENGTH_MAX, Name

LOST = "\ufffd"
NAME_LENGTH_LOOKED_AT_MAX = 4 * NAME_LENGTH_MAX
"""With what can't be seen; looking at each character of a whole body would keep everybody waiting."""


def composed(value: str) -> str:
    """With each accent in the character that it belongs to."""
    return unicodedata.normalize("NFC", value)


def visible(value: Any) -> Any:
    """A name without what can't be seen, as it comes along when one is copied from a chat, and with single spaces.

    Raises ValueError for a control character, and for U+FFFD: what stood there is lost.
    """
    if not isinstance(value, str) or len(value) > NAME_LENGTH_LOOKED_AT_MAX:
        return value  # no text, or too long for a name: either is refused by what follows
    seen = " ".join("".join(c for c in composed(value) if unicodedata.category(c) != "Cf").split())
    if any(unicodedata.category(c) == "Cc" for c in seen):
        raise ValueError("a name holds no control characters; remove them")
    if LOST in seen:
        raise ValueError("letters of this name were lost by a wrong encoding (U+FFFD); send it anew, in UTF-8")
    return seen


def named_person(value: Any) -> Any:
    """A person's name, as ``visible``. Raises ValueError for one without a letter: no dots, digits or emoji alone."""
    seen = visible(value)
    if isinstance(seen, str) and seen and not any(unicodedata.category(c).startswith("L") for c in seen):
        raise ValueError("a name has letters; give the full name")
    return seen


VisibleName = Annotated[Name, BeforeValidator(visible)]
"""Of an organisation or a clinic."""
NameGiven = Annotated[
    Name,
    BeforeValidator(named_person),
    Field(
        description="with a letter in it; kept with single spaces, without what can't be seen",
        examples=["Maria da Silva"],
        json_schema_extra={"format": "person-name"},
    ),
]
