"""Every SQLSTATE is sorted: what may pass by itself is a 503, what the request did a 422, what we did wrong a 500."""

from collections.abc import Iterator

import asyncpg
import pytest
from asyncpg import exceptions

from healz.postgres import AWAY, BUSY, NO_CONNECTION, NO_ROOM, STALE_SESSION

# By class, but for single states. "request": a value of the request's that only the database could refuse.
SORTED = {
    "03": "ours",
    "08": "no connection",
    "09": "ours",
    "0A": "ours",
    "0B": "ours",
    "0F": "ours",
    "0L": "ours",
    "0P": "ours",
    "0Z": "ours",
    "10": "ours",
    "20": "ours",
    "21": "ours",
    "22": "request",
    "23": "ours",
    "24": "ours",
    "25": "ours",
    "25006": "stale session",
    "25P03": "no connection",
    "25P04": "no connection",
    "26": "stale session",
    "27": "ours",
    "28": "no connection",
    "2B": "ours",
    "2D": "ours",
    "2F": "ours",
    "34": "ours",
    "38": "ours",
    "39": "ours",
    "3B": "ours",
    "3D": "no connection",
    "3F": "ours",
    "40": "busy",
    "42": "ours",
    "44": "ours",
    "53": "no room",
    "54": "ours",
    "55": "ours",
    "55P03": "busy",
    "57000": "ours",
    "57014": "busy",
    "57": "no connection",
    "58": "no room",
    "72": "ours",
    "F0": "ours",
    "HV": "ours",
    "P0": "ours",
    "XX": "ours",
}
KINDS = {"no connection": NO_CONNECTION, "no room": NO_ROOM, "busy": BUSY, "stale session": STALE_SESSION}


def errors() -> Iterator[type[asyncpg.PostgresError]]:
    """All that PostgreSQL can raise, but warnings (01) and "no data" (02)."""
    for name in dir(exceptions):
        error = getattr(exceptions, name)
        state = getattr(error, "sqlstate", None) if isinstance(error, type) else None
        if state and state[:2] not in ("01", "02"):
            yield error


ERRORS = sorted(set(errors()), key=lambda error: (error.sqlstate, error.__name__))


@pytest.mark.parametrize("error", ERRORS)
def test_each_sqlstate_is_sorted(error: type[asyncpg.PostgresError]) -> None:
    expected = SORTED.get(error.sqlstate) or SORTED[error.sqlstate[:2]]
    if error is exceptions.InvalidCachedStatementError:  # 0A000 too, but of this one session's
        expected = "stale session"
    kinds = [kind for kind, group in KINDS.items() if issubclass(error, group)]
    if expected == "request":
        kinds += ["request"] * issubclass(error, asyncpg.DataError)
    assert kinds == ([expected] if expected != "ours" else [])


def test_all_kinds_together_are_what_is_tried_again() -> None:
    assert set(AWAY) == {error for group in KINDS.values() for error in group}
