"""Half an emoji: a JSON text with one of the two escapes that a character beyond U+FFFF is written as."""

import json
import re
from typing import Any

ESCAPED = re.compile(rb"\\u[dD][89a-fA-F]")
HALF = re.compile("[\ud800-\udfff]")
MESSAGE = "holds half an emoji: \\u escapes of such a character come in pairs; send both, or the character itself"
EXAMPLE = "\U0001f642"


def half_character(body: bytes) -> str | None:
    """The field of the first one, like ``address.street``; None: there is none, or it is no JSON at all."""
    if not ESCAPED.search(body):
        return None
    try:
        waiting: list[tuple[str, Any]] = [("", json.loads(body))]
    except (ValueError, RecursionError):
        return None
    while waiting:
        path, value = waiting.pop()
        match value:
            case str() if HALF.search(value):
                return path.removeprefix(".") or "body"
            case dict():
                if any(map(HALF.search, value)):
                    return path.removeprefix(".") or "body"
                waiting += [(f"{path}.{key}", part) for key, part in reversed(value.items())]
            case list():
                waiting += [(f"{path}.{nth}", part) for nth, part in reversed([*enumerate(value)])]
    return None
