"""A read model made anew from the store alone, with no Kafka: per core, and how much memory it takes."""

import time

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.figures import in_turn
from benchmarks.histories import fill
from benchmarks.read_models import Made, made
from benchmarks.sizes import SIZES
from benchmarks.stored import decoded
from free_ports import free_port
from healz.read_models import READ_MODELS
from system import Database, System

pytestmark = pytest.mark.benchmark

TENANTS = 20
RATIO_MIN = 0.1
MEMORY_MB_MAX = 200.0


async def test_replay(system: System, database: Database, pool: asyncpg.Pool, tell: Tell) -> None:
    """Replay from the store, with no Kafka"""
    events = await fill(pool, [uuid7() for _ in range(TENANTS)], SIZES.replay_events)
    await database.admin.execute("VACUUM ANALYZE event_store.events")
    system.settings["KAFKA_BOOTSTRAP_SERVERS"] = f"127.0.0.1:{free_port()}"
    for schema in READ_MODELS:
        rounds: list[Made] = []

        async def ours(schema: str = schema, rounds: list[Made] = rounds) -> float:
            rounds.append(await made(system, schema, events))
            return rounds[-1].events / rounds[-1].processor_seconds

        read, rate = await in_turn(lambda: decoded(database.admin, time.process_time), ours)
        wall = [one.events / one.seconds for one in rounds]
        beside = f"{events:,} events; {min(wall):,.0f}–{max(wall):,.0f} events/s with PostgreSQL's share"
        what = f"projector-{schema}: per core of its process"
        tell(what, "events/s", rate, RATIO_MIN, "reading and decoding alone", read, beside=beside)
        grown = [one.memory_after - one.memory_before for one in rounds]
        beside = f"{max(one.memory_after for one in rounds):.0f} MB at the end"
        tell("its memory from first to last event", "MB more", grown, MEMORY_MB_MAX, at_most=True, beside=beside)
