"""A read model rebuilt and verified by ``healz-projection``, beside the projector's own way from topic to row."""

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.figures import in_turn
from benchmarks.histories import fill
from benchmarks.operated import Operated
from benchmarks.read_models import made
from benchmarks.sizes import SIZES
from benchmarks.stored import decoded
from healz.read_models import READ_MODELS
from projections import PROJECTIONS
from system import Database, System

pytestmark = pytest.mark.benchmark

TENANTS = 20
RATIO_MIN = 0.1
MEMORY_MB_MAX = 200.0


async def test_rebuild(system: System, database: Database, pool: asyncpg.Pool, tell: Tell) -> None:
    """Rebuild: all rows from the store, while they are read"""
    relay = system.start("relay")
    events = await fill(pool, [uuid7() for _ in range(TENANTS)], SIZES.rebuild_events)
    await system.outbox_empty(seconds=300)
    await system.end(relay)
    await database.admin.execute("VACUUM ANALYZE event_store.events")
    system.settings["HEALZ_RECONCILE_INTERVAL_MS"] = "600000"
    memory: list[float] = []

    async def live(schema: str) -> float:
        one = await made(system, schema, events)
        return one.events / one.seconds

    async def operated(schema: str, *words: str) -> float:
        called = await Operated.begin(system, schema, *words)
        answer = await called.answer()
        assert answer["events"] == events
        memory.append(called.largest)
        return events / float(answer["seconds"])

    async def rebuilt(schema: str, workers: int) -> float:
        tables = ", ".join(table.name for table in PROJECTIONS[schema].all_tables)
        await database.admin.execute(f"TRUNCATE {tables}")
        return await operated(schema, "rebuild", "--workers", str(workers))

    alone = [await decoded(database.admin) for _ in range(SIZES.rounds)]
    for schema in READ_MODELS:
        for workers in (1, 2):
            rate, ours = await in_turn(lambda: live(schema), lambda: rebuilt(schema, workers))  # noqa: B023  # called here
            what = f"{schema}: every row, {workers} worker{'s' * (workers > 1)}"
            tell(what, "events/s", ours, RATIO_MIN, "the projector, from the topic", rate)
            tell(what, "events/s", ours, RATIO_MIN, "reading and decoding alone", alone)
        rate, ours = await in_turn(lambda: live(schema), lambda: operated(schema, "verify"))  # noqa: B023  # called here
        tell(f"{schema}: verify", "events/s", ours, RATIO_MIN, "the projector, from the topic", rate)
    tell("memory of its largest process", "MB", memory, MEMORY_MB_MAX, at_most=True)
