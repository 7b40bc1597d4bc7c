"""Readiness tells a schema that is too old, half-way, or not there: 503, never an error of ours."""

import pytest

from system import System, eventually

TOO_OLD = "DELETE FROM ops.schema_migrations WHERE version >= '200000'"
HALF_WAY = "UPDATE ops.schema_migrations SET state = 'running' WHERE version >= '200000'"
LACKS_ONE = "DELETE FROM ops.schema_migrations WHERE version BETWEEN '200000' AND '299999'"  # but not the contracts
NOT_THERE = "DROP TABLE ops.schema_migrations"


@pytest.mark.parametrize(
    ("done", "at"),
    [(TOO_OLD, "at 100050"), (HALF_WAY, "at 100050"), (LACKS_ONE, "at 100050"), (NOT_THERE, "at None")],
)
async def test_a_schema_that_this_release_cannot_run_on(system: System, done: str, at: str) -> None:
    system.start("command-api")
    await system.ready()
    await system.database.admin.execute(done)
    async with system.client() as client:

        async def told() -> bool:
            answer = await client.get("/health/ready")
            return answer.status_code == 503 and answer.json()["migrations"].startswith(at)

        await eventually(told)
