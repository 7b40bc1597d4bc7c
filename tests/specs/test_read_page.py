"""A page of events: as many as were asked for or as fit, in few looks, and hardly anything is read beyond it."""

from typing import Any

import pytest

from command_api.http.queries.reader import ROWS_AT_ONCE, read_page


class Log:
    """A connection to a log of events of these lengths; says how many rows each look read."""

    def __init__(self, lengths: list[int]) -> None:
        self._lengths = lengths
        self.looks: list[int] = []

    async def fetch(self, statement: str, after: int, limit: int) -> list[dict[str, Any]]:
        rows = [
            {"position": position, "envelope": "x" * length}
            for position, length in enumerate(self._lengths, 1)
            if position > after
        ][:limit]
        self.looks.append(len(rows))
        return rows


@pytest.mark.parametrize(
    ("lengths", "rows_max", "page", "more", "looks"),
    [
        ([10] * 500, 200, 200, True, 3),
        ([10] * 200, 200, 200, False, 3),
        ([10] * 60, 200, 60, False, 2),
        ([10] * 3, 200, 3, False, 1),
        ([10] * 500, 5, 5, True, 1),
        ([], 200, 0, False, 1),
        ([4_000] * 500, 200, 3, True, 1),
        ([1, *[4_000] * 500], 200, 4, True, 1),
        ([100] * 500, 200, 100, True, 2),
    ],
)
async def test_a_page(lengths: list[int], rows_max: int, page: int, more: bool, looks: int) -> None:
    log = Log(lengths)
    envelopes, is_more = await read_page(log, "", after=0, rows_max=rows_max, bytes_max=10_000)
    assert (len(envelopes), is_more, len(log.looks)) == (page, more, looks)
    assert sum(log.looks) <= page + ROWS_AT_ONCE


async def test_what_grows_larger_is_read_in_small_parts() -> None:
    log = Log([10] * 30 + [5_000] * 500)
    await read_page(log, "", after=0, rows_max=200, bytes_max=10_000)
    assert max(log.looks[1:]) <= 4 * ROWS_AT_ONCE
