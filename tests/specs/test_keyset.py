"""Pages of rows: the last row of one says where the next begins, and nothing else is taken for it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from command_api.decide.times import GivenInstant
from command_api.http.problems import Problem
from command_api.http.queries.reader import Keyset, write_cursor
from healz.events.risk import UpToOne

AT, ID = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC), UUID("01900000-0000-7000-8000-0000000000e1")
WORST_FIRST = Keyset(score=UpToOne, at=GivenInstant, id=UUID)
ROWS = [{"id": ID, "at": AT, "score": Decimal(n) / 100, "name": "Maria"} for n in (90, 70, 50)]


def test_the_first_page_begins_after_nothing() -> None:
    assert WORST_FIRST.after(None) == (None, None, None)


@pytest.mark.parametrize("limit", [1, 2])
def test_the_next_page_begins_after_the_last_row_of_this_one(limit: int) -> None:
    page, following = WORST_FIRST.page(ROWS[: limit + 1], limit)
    assert page == ROWS[:limit]
    assert WORST_FIRST.after(following) == (page[-1]["score"], AT, ID)


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS[:2]], ids=len)
def test_the_last_page_has_no_next(rows: list[dict[str, Any]]) -> None:
    assert WORST_FIRST.page(rows, 2) == (rows, None)


@pytest.mark.parametrize(
    "cursor",
    [
        write_cursor(AT, ID),
        write_cursor("0.9", AT, ID, "more"),
        write_cursor("high", AT, ID),
        write_cursor("0.9", "tomorrow", ID),
        write_cursor("0.9", AT, "nobody"),
        "bm90aGluZw==",
        "é",
        "=",
    ],
)
def test_another_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Problem, match="next of an earlier page"):
        WORST_FIRST.after(cursor)
