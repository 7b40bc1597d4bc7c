"""W3C Trace Context: the header ``traceparent``, read and made.

Without an SDK of telemetry: whether or not spans are recorded, every answer and every event has one.
"""

import random
import re
from typing import TypeAlias

HEADER_LENGTH_MAX = 512
# version, trace id, the caller's span id, flags; a version to come may say more behind them.
FORM = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
Caller: TypeAlias = re.Match[str]
VERSION = "00"
SAMPLED_AND_RANDOM = "03"
"""The flags of a trace that begins here: whoever records spans may record this one, and its id is random."""


def caller(sent: list[str]) -> Caller | None:
    """The span of who asks, from what came under that name; None for none, several or a malformed one."""
    found = FORM.fullmatch(sent[0]) if len(sent) == 1 and len(sent[0]) <= HEADER_LENGTH_MAX else None
    return None if found is None or (found[1] == VERSION and found[5]) else found


def next_span(before: Caller | None) -> str:
    """The traceparent of the span that begins here: the caller's trace is gone on with, else a new one begins."""
    if before is None:
        return f"{VERSION}-{_drawn(16)}-{_drawn(8)}-{SAMPLED_AND_RANDOM}"
    return f"{VERSION}-{before[2]}-{_drawn(8)}-{before[4]}"


def _drawn(length: int) -> str:
    """So many bytes in hexadecimal, never all zero. Unique and no secret, so without a call of the system."""
    return f"{random.randrange(1, 1 << 8 * length):0{2 * length}x}"  # noqa: S311  # a name, not a secret
