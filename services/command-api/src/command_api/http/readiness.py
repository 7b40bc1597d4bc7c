"""Readiness: whether this process can serve, looked at no more than once a second however often it is asked."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

import asyncpg

from command_api.settings import ApiSettings
from healz.kafka import answers, brokers
from healz.postgres import AWAY

SCHEMA_VERSION = "200402"
"""The newest migration that this release needs. Newer ones may be there: contracts are no business of this release."""
# A standby, or a server told to only read: commands can't be recorded there.
LOOK = """
SELECT (SELECT max(version) FROM ops.schema_migrations WHERE state = 'applied' AND version <= $1) AS version,
       pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean     AS read_only
"""
# What does no harm to a request, and yet wants a person: no relay leads; somebody has stopped for a tenant.
REPORTED = """
SELECT ops.relay_leads() AS relay_leads,
       (SELECT COALESCE(jsonb_object_agg(component, tenants), '{}')::text FROM ops.halted_components()) AS halted
"""


@dataclass(frozen=True)
class Look:
    """What was seen: the parts by name, and whether commands can be taken."""

    ok: bool
    parts: dict[str, Any]


class Readiness:
    """Of one process. ``no_room`` is called by whoever met a server without room: a small probe would not notice."""

    def __init__(self, pool: asyncpg.Pool, settings: ApiSettings) -> None:
        self._pool = pool
        self._settings = settings
        self._looking = asyncio.Lock()
        self._last: Look | None = None
        self._looked_at = 0.0
        self._no_room: str | None = None
        self._no_room_at = 0.0

    def no_room(self, error: Exception) -> None:
        """An append found the disk full, or the server short of something else; readiness says so for a while."""
        self._no_room = type(error).__name__
        self._no_room_at = time.monotonic()

    async def look(self) -> Look:
        """The last look where it is fresh enough, else a new one; whoever asks meanwhile waits for that one."""
        async with self._looking:
            if self._last is None or time.monotonic() - self._looked_at > self._settings.healz_ready_cache_seconds:
                self._last = await self._look()
                self._looked_at = time.monotonic()
            return self._last

    async def _look(self) -> Look:
        kafka, database = await asyncio.gather(answers(**brokers(self._settings)), self._database())
        return Look(database.ok, database.parts | {"kafka": "up" if kafka else "down"})

    async def _database(self) -> Look:
        try:
            row: Any = await self._pool.fetchrow(LOOK, SCHEMA_VERSION)
        except AWAY:
            return Look(False, {"database": "down"})
        except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
            row = {"version": None, "read_only": False}  # nobody has migrated it yet
        if row["version"] != SCHEMA_VERSION:
            return Look(False, {"database": "up", "migrations": f"at {row['version']}, needed {SCHEMA_VERSION}"})
        if row["read_only"]:
            await self._pool.expire_connections()  # the next ones may lead to the server that writes
            return Look(False, {"database": "read-only", "migrations": "at head"})
        if self._no_room and time.monotonic() - self._no_room_at < self._settings.healz_no_room_seconds:
            return Look(False, {"database": f"no room: {self._no_room}", "migrations": "at head"})
        reported: Any = await self._pool.fetchrow(REPORTED)
        return Look(
            True,
            {
                "database": "up",
                "migrations": "at head",
                "relay": "leading" if reported["relay_leads"] else "none",
                "halted": json.loads(reported["halted"]),
            },
        )
