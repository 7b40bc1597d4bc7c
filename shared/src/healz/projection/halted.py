"""Tenants for which a projector has stopped, each with the reason, for everyone to see: ``ops.halted_tenants``."""

import logging
import traceback
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import ValidationError

from healz.postgres import AWAY

log = logging.getLogger(__name__)

REASON_LENGTH_MAX = 500

HALT = """
INSERT INTO ops.halted_tenants AS h (tenant_id, component, position, reason)
SELECT $1::uuid, 'projector-{schema}', $2::bigint, $3::text
 WHERE $4::bigint = COALESCE((SELECT c.position FROM {schema}.checkpoint AS c WHERE c.tenant_id = $1), 0)
ON CONFLICT (tenant_id, component) DO UPDATE
SET position = EXCLUDED.position, reason = EXCLUDED.reason, halted_at = EXCLUDED.halted_at
WHERE (h.position, h.reason) IS DISTINCT FROM (EXCLUDED.position, EXCLUDED.reason)
"""
GO_ON = "DELETE FROM ops.halted_tenants WHERE tenant_id = $1 AND component = 'projector-{schema}'"


@dataclass(frozen=True)
class Halt:
    """Where a tenant's read model stops, and why; nothing personal in it."""

    position: int
    reason: str


async def write_down(connection: Any, schema: str, tenant_id: UUID, halt: Halt, checkpoint: int) -> None:
    """Unless somebody else has moved the tenant's read model away from ``checkpoint``; logged when it's new."""
    reason = halt.reason[:REASON_LENGTH_MAX]
    statement = HALT.format(schema=schema)
    written: str = await connection.execute(statement, tenant_id, halt.position, reason, checkpoint)
    if not written.endswith(" 0"):
        log.critical("halted for a tenant", extra={"tenant_id": tenant_id, "position": halt.position, "reason": reason})


async def take_back(connection: Any, schema: str, tenant_id: UUID) -> None:
    """The tenant goes on."""
    await connection.execute(GO_ON.format(schema=schema), tenant_id)


def is_everybodys(error: BaseException) -> bool:
    """Whether the database is away for all, and not one tenant's events in trouble.

    asyncpg counts a value that doesn't fit its column among the errors of its interface; a statement that takes or
    waits too long may be one tenant's.
    """
    own = (ValueError, asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError)
    return isinstance(error, AWAY) and not isinstance(error, own)


def reason_of(error: BaseException) -> str:
    """The error without the values in it, which may be a patient's: what kind, and where in the code."""
    if is_everybodys(error):
        return repr(error)
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return f"{error.error_count()} problems, first {first['type']} at {'.'.join(map(str, first['loc']))[:200]}"
    kind = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        said = (getattr(error, name, None) for name in ("sqlstate", "table_name", "column_name", "constraint_name"))
        kind = " ".join([kind, *(word for word in said if word)])
    frames = traceback.extract_tb(error.__traceback__)
    return f"{kind} in {frames[-1].name}, line {frames[-1].lineno}" if frames else kind
