"""How a query reads: as healz_reader, for one tenant and the clinics in scope, and how fresh its answer is."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeVar
from uuid import UUID

import asyncpg
from litestar import Request
from pydantic import TypeAdapter

from command_api.auth import Principal
from command_api.problems import RETRY_AFTER_SECONDS, Problem
from command_api.settings import ApiSettings

# Enters the tenant and the clinics as well. What is read from two places is as old as the older of them.
POSITION = "SELECT min(ops.projection_position($1, source, $3)) FROM unnest($2::text[]) AS n (source)"
LOOK_AGAIN_FIRST_SECONDS = 0.002
LOOK_AGAIN_MAX_SECONDS = 0.05

Cursor = TypeVar("Cursor")
Source = Literal["patient", "appointment", "journey", "log"]


async def decode_json(connection: asyncpg.Connection) -> None:
    """Prepares a pool's connection: jsonb comes as Python values."""
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


class Reader:
    """One request's way to the read models. ``position`` is known once something was read."""

    def __init__(self, request: Request[Principal, Any, Any], pool: asyncpg.Pool, settings: ApiSettings) -> None:
        self._pool = pool
        self._wait_seconds = settings.healz_min_position_wait_seconds
        self._wanted = _min_position(request)
        self.user = request.user
        self.rows_max = settings.healz_page_rows_max
        self.days_max = settings.healz_calendar_days_max
        self.hours_ahead_max = settings.healz_unconfirmed_hours_max
        self.position = 0

    @asynccontextmanager
    async def reading(self, *sources: Source) -> AsyncIterator[Any]:
        """A connection in a transaction of the tenant's, once all ``sources`` have got to the position asked for.

        It sees the clinics in scope. Raises Problem 503 when they don't get there in time.
        """
        await self._wait(sources)
        async with self._pool.acquire() as connection, connection.transaction():
            # Before the rows: what is read next is at least this new.
            self.position = await connection.fetchval(POSITION, self.user.tenant_id, sources, self.clinics)
            yield connection

    async def _wait(self, sources: tuple[Source, ...]) -> None:
        give_up_at = time.monotonic() + self._wait_seconds
        pause = LOOK_AGAIN_FIRST_SECONDS
        asked = (POSITION, self.user.tenant_id, sources, self.clinics)
        while self._wanted and (at := await self._pool.fetchval(*asked)) < self._wanted:
            if time.monotonic() > give_up_at:
                raise Problem(
                    503,
                    f"position {self._wanted} is not there yet, only {at}; try again shortly",
                    headers={"Retry-After": RETRY_AFTER_SECONDS},
                )
            # The pace of looking, slower the longer it takes.
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LOOK_AGAIN_MAX_SECONDS)

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


def write_cursor(*values: Any) -> str:
    """Where the next page begins, opaque to who gets it."""
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode()


def read_cursor(cursor: str, shape: TypeAdapter[Cursor]) -> Cursor:
    """What ``write_cursor`` wrote. Raises Problem 422 for anything else."""
    try:
        return shape.validate_json(base64.urlsafe_b64decode(cursor.encode()))
    except ValueError as error:  # binascii's, pydantic's and Unicode's are ValueErrors all
        raise Problem(422, "after must be the next of an earlier page") from error


def _min_position(request: Request[Principal, Any, Any]) -> int:
    value = request.headers.get("healz-min-position", "0")
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise Problem(422, "Healz-Min-Position must be a position as Healz-Position gave it, like 42")
    return int(value)
