"""A message's text in its event: whole where it fits, else its beginning, and marked."""

import json
from bisect import bisect_right
from typing import Any

from healz.events.message import CONTENT_LENGTH_MAX, MessageEdited, MessageReceived, MessageSent


def fitted(message: MessageReceived | MessageSent | MessageEdited, written: str, bytes_max: int) -> dict[str, Any]:
    """What to say of the text that was ``written``, so that the payload has at most ``bytes_max`` bytes of JSON.

    ``message`` is the event without it.
    """
    room = bytes_max - len(message.model_dump_json(exclude_unset=True).encode()) - len(MARK)
    if len(written) <= CONTENT_LENGTH_MAX and _bytes(written) <= room:
        return {"content": written}
    # JSON needs at least a byte for a character, so no more of them can fit.
    beginning = written[: min(CONTENT_LENGTH_MAX, max(room, 0))]
    length = bisect_right(range(1, len(beginning) + 1), room, key=lambda length: _bytes(beginning[:length]))
    return {"content": beginning[:length], "uncut_length": len(written)}


MARK = ',"uncut_length":100000000'


def _bytes(text: str) -> int:
    """As JSON, without the quotes."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2
