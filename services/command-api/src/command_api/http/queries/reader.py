"""How a query reads: as healz_reader, for one tenant and the clinics in scope, and how fresh its answer is."""

import base64
import json
import math
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, TypeVar
from uuid import UUID

import asyncpg
from litestar import Request
from litestar.params import Parameter
from pydantic import TypeAdapter

from command_api.http.auth import Principal
from command_api.http.metrics import queried
from command_api.http.problems import Problem, unfit
from command_api.http.queries.waiting import Positions, Source
from command_api.http.sent_once import sent_once
from command_api.settings import ApiSettings
from command_api.shares import Shares
from healz.read_models.patient_row import SEARCH_LENGTH_MAX

# Enters the tenant and the clinics as well. What is read from two places is as old as the older of them.
POSITION = "SELECT min(ops.projection_position($1, source, $3)) FROM unnest($2::text[]) AS n (source)"
# One statement, and so one snapshot and no transaction around it. Its first row enters the tenant and the clinics: what
# refers to it can't be read before, and OFFSET 0 keeps the planner from putting the two together.
WITH_POSITION = """
SELECT at.position AS projection_position, found.*
  FROM ops.reading_position($1, ${sources}, ${clinics}) AS at (position)
  LEFT JOIN LATERAL (
        SELECT true AS is_found, r.* FROM ({statement}) AS r WHERE at.position IS NOT NULL OFFSET 0) AS found ON true
"""

ROWS_AT_ONCE = 25
ROWS_GROWTH = 4
"""So many times as many as were read may be read next, where they fit: the rest may be larger than what came."""

CURSOR_LENGTH_MAX = 4 * math.ceil((6 * SEARCH_LENGTH_MAX + 100) / 3)
"""The longest holds a name, of which JSON writes each letter in six bytes at most, an id, and what stands around them;
base64 makes four letters of three bytes."""
After = Annotated[
    str | None,
    Parameter(max_length=CURSOR_LENGTH_MAX, pattern="^[A-Za-z0-9_-]+={0,2}$", description="next of the page before"),
]
AfterPosition = Annotated[int, Parameter(ge=0, le=2**62, description="a position: next of the page before")]
ROWS_ASKED_MAX = 1_000_000
"""What ``limit`` takes; a page has as many as the setting lets it."""
AnyRow = TypeVar("AnyRow")
Value = TypeVar("Value")


async def decode_json(connection: asyncpg.Connection) -> None:
    """Prepares a pool's connection: jsonb comes as Python values."""
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


@cache
def with_position(statement: str, parameters: int) -> str:
    """A statement for one row, as WITH_POSITION has it: its first parameter is the tenant; two more follow its own."""
    return WITH_POSITION.format(statement=statement, sources=parameters + 1, clinics=parameters + 2)


class Reader:
    """One request's way to the read models. ``position`` is known once something was read."""

    def __init__(self, request: Request[Principal, Any, Any], pool: asyncpg.Pool, settings: ApiSettings) -> None:
        self._pool = pool
        self._request = request
        self._positions: Positions = request.app.state.positions
        self._shares: Shares = request.app.state.shares
        self._wanted = _min_position(request)
        self.user = request.user
        self.rows_max = settings.healz_page_rows_max
        self.bytes_max = settings.healz_page_bytes_max
        self.days_max = settings.healz_calendar_days_max
        self.hours_ahead_max = settings.healz_unconfirmed_hours_max
        self.position = 0

    async def row(self, source: Source, statement: str, *arguments: Any) -> Any:
        """The one row that ``statement`` finds for the tenant and ``arguments``, or None, as ``reading`` would see it.

        Raises as ``reading`` does.
        """
        # What has come so far is hardly ever behind that again; if it is, this row shows it.
        if self._positions.seen(self.user.tenant_id, source) < self._wanted:
            await self._wait((source,))
        row = await self._row(source, statement, arguments)
        if self.position < self._wanted:
            await self._wait((source,))
            row = await self._row(source, statement, arguments)
        return row if row["is_found"] else None

    async def _row(self, source: Source, statement: str, arguments: tuple[Any, ...]) -> Any:
        asked = (self.user.tenant_id, *arguments)
        async with self._shares.place(self.user.tenant_id):
            began = time.perf_counter()
            (row,) = await self._pool.fetch(with_position(statement, len(asked)), *asked, [source], self.clinics)
        queried((source,), began)
        self.position = row["projection_position"]
        self._positions.saw(self.user.tenant_id, source, self.position)
        return row

    @asynccontextmanager
    async def reading(self, *sources: Source) -> AsyncIterator[Any]:
        """A connection in a transaction of the tenant's, once all ``sources`` have got to the position asked for.

        It sees the clinics in scope. Raises Problem 503 when they don't get there in time, and Busy.
        """
        await self._wait(sources)
        async with self._shares.place(self.user.tenant_id):
            began = time.perf_counter()
            async with self._pool.acquire() as connection, connection.transaction():
                # Before the rows: what is read next is at least this new.
                self.position = await connection.fetchval(POSITION, self.user.tenant_id, sources, self.clinics)
                yield connection
            queried(sources, began)

    async def _wait(self, sources: tuple[Source, ...]) -> None:
        if self._wanted:
            await self._positions.reached(self.user.tenant_id, sources, self._wanted, self._gone)
            self._wanted = 0

    async def _gone(self) -> None:
        """Returns once the client has gone. A query has no body that anybody else would read."""
        while (await self._request.receive())["type"] != "http.disconnect":
            pass

    @property
    def headers(self) -> dict[str, str]:
        """How fresh the answer is."""
        return {"Healz-Projection-Position": str(self.position)}

    @property
    def clinics(self) -> list[UUID] | None:
        """The clinics in scope; None: all."""
        return None if self.user.clinics is None else list(self.user.clinics)

    def sees(self, clinic_id: UUID) -> bool:
        """Whether that clinic is in scope."""
        return self.user.clinics is None or clinic_id in self.user.clinics

    def page_rows(self, limit: int) -> int:
        """How many rows a page has: as many as were asked for, up to the setting's most."""
        return min(limit, self.rows_max)


async def provide_reader(request: Request[Principal, Any, Any]) -> Reader:
    """A dependency of the query routes."""
    return Reader(request, request.app.state.reader_pool, request.app.state.settings)


def written(field: str, text: str | None, read: Callable[[str], Value]) -> Value | None:
    """A query parameter's text as ``read`` reads it. Raises Problem 422 where it raises ValueError."""
    try:
        return None if text is None else read(text)
    except ValueError as error:
        raise unfit(str(error), field) from error


async def read_page(
    connection: Any, statement: str, *asked: Any, after: int, rows_max: int, bytes_max: int
) -> tuple[list[str], bool]:
    """The next envelopes after a position: so many, or fewer once they have so many bytes; and whether there are more.

    ``statement`` takes the position and a limit last. It is asked for a few rows first, and then for as many as fit if
    they are like those, so that what lies beyond the page is hardly ever read.
    """
    page: list[str] = []
    size, limit = 0, ROWS_AT_ONCE
    while True:
        limit = min(limit, rows_max + 1 - len(page))
        rows = await connection.fetch(statement, *asked, after, limit)
        for row in rows:
            if len(page) == rows_max or size >= bytes_max:
                return page, True
            page.append(row["envelope"])
            size += len(row["envelope"].encode())
            after = row["position"]
        if len(rows) < limit:
            return page, False
        limit = max(ROWS_AT_ONCE, min(ROWS_GROWTH * len(page), (bytes_max - size) * len(page) // size + 1))


def write_cursor(*values: Any) -> str:
    """Where the next page begins, opaque to who gets it; at most ``CURSOR_LENGTH_MAX`` long."""
    text = json.dumps(values, default=_as_text, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


class Keyset:
    """Keyset pagination over rows in the order of ``columns``, {name: type}: in the last row of a page they hold where
    the next one begins.
    """

    def __init__(self, **columns: Any) -> None:
        self._columns = tuple(columns)
        values: Any = GenericAlias(tuple, tuple(columns.values()))
        self._values: TypeAdapter[tuple[Any, ...]] = TypeAdapter(values)

    def after(self, cursor: str | None) -> tuple[Any, ...]:
        """The columns' values in the row after which the page begins; None each for the first page.

        Raises Problem 422 for a cursor that ``page`` can't have written.
        """
        if not cursor:
            return (None,) * len(self._columns)
        try:
            return self._values.validate_json(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
        except ValueError as error:  # binascii's, pydantic's and Unicode's are ValueErrors all
            raise unfit("after must be the next of an earlier page", "after") from error

    def page(self, rows: Sequence[AnyRow], limit: int) -> tuple[Sequence[AnyRow], str | None]:
        """Of ``limit`` + 1 rows at most: the page, and the cursor of the next one; None: there is none."""
        page = rows[:limit]
        if len(rows) <= limit:
            return page, None
        last: Any = page[-1]
        return page, write_cursor(*(last[column] for column in self._columns))


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _min_position(request: Request[Principal, Any, Any]) -> int:
    value = sent_once(request, "healz-min-position")
    if value is None:
        return 0
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise Problem(422, "Healz-Min-Position must be a position as Healz-Position gave it, like 42")
    return int(value)
