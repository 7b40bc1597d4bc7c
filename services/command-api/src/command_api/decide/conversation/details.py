"""What a message holds that is no text, cut to what an event keeps of it: refused, its writer would look silent."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from healz.events.message_details import CONTACTS_MAX, ITEMS_MAX, PHONES_MAX, TEXT_LENGTH_MAX, MessageDetails

TEXTS = frozenset({"file_name", "name", "address", "title", "description"})
"""Written by people; a provider's ids are kept whole or refused."""
LISTS_MAX = {"contacts": CONTACTS_MAX, "phones": PHONES_MAX, "items": ITEMS_MAX}
CUT = "…"


def cut(details: Any) -> Any:
    """Long texts to their beginning and an ellipsis, long lists to their first."""
    if not isinstance(details, Mapping):
        return details
    return {name: _part(name, value) for name, value in details.items()}


def _part(name: str, value: Any) -> Any:
    if name in TEXTS and isinstance(value, str) and len(value) > TEXT_LENGTH_MAX:
        return value[: TEXT_LENGTH_MAX - len(CUT)] + CUT
    if name in LISTS_MAX and isinstance(value, list):
        # Of cards the parts, too; there is nothing deeper.
        return [
            {part: _part(part, of) for part, of in each.items()} if isinstance(each, Mapping) else each
            for each in value[: LISTS_MAX[name]]
        ]
    return value


DetailsGiven = Annotated[MessageDetails, BeforeValidator(cut)]
