"""A read model is rebuilt while commands go on and rows are read: what each costs the other; and no row is wrong."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import HOUR, Tell
from benchmarks.copies import fill_largely
from benchmarks.figures import percentile
from benchmarks.operated import Operated
from benchmarks.read_models import made
from benchmarks.renamed import PAIRS, Renaming
from benchmarks.sizes import SIZES
from benchmarks.stored import decoded
from benchmarks.watched import SPOIL, Watch
from healz.read_models import READ_MODELS
from system import Database, System

pytestmark = pytest.mark.benchmark

SCHEMA = "appointment"
RATE = 50
RATIO_MIN = 0.02
FRESHNESS_RATIO_MAX = {50: 60.0, 99: 150.0}
MEMORY_MB_MAX = 200.0
FOLDED_RATIO_MAX = 2.0
LEASE_SECONDS = "2"
"""Whoever was killed keeps the tenant for so long: nothing is measured meanwhile."""
UNDERWAY = 4
KILLED_AT = (1 / 3, 2 / 3)
# What was folded in vain: done, but not written down when it was killed.
IN_VAIN = """
SELECT COALESCE(sum(l.facts), 0)::bigint
  FROM appointment.rebuild AS r JOIN event_store.patient_log AS l USING (tenant_id)
 WHERE l.patient_id > r.after_patient_id AND l.patient_id <> ALL ($1::uuid[])
   AND EXISTS (SELECT FROM appointment.appointment_view AS v
                WHERE v.tenant_id = l.tenant_id AND v.patient_id = l.patient_id AND v.doctor_name <> '')
"""


@dataclass
class Seen:
    """Milliseconds from command to row, before and during each rebuild."""

    before: list[list[float]] = field(default_factory=list)
    during: list[list[float]] = field(default_factory=list)


@dataclass(frozen=True)
class Day:
    """The tenant whose rows are rebuilt, with who writes to it and who reads it."""

    system: System
    tenant_id: UUID
    renaming: Renaming
    watch: Watch
    renamed: list[UUID]
    seen: Seen

    async def spoil(self) -> None:
        """Every row is to be written."""
        await self.system.database.admin.execute(SPOIL, self.tenant_id)
        await self.system.database.admin.execute("VACUUM ANALYZE appointment.appointment_view")

    async def calm(self) -> float:
        """Commands alone, for the while that is compared with; returns when the rest began."""
        began = time.perf_counter()
        await asyncio.sleep(SIZES.calm_seconds)
        self.seen.before.append(self.renaming.since(began))
        return time.perf_counter()

    async def begin(self, what: str, *words: str) -> Operated:
        return await Operated.begin(self.system, SCHEMA, what, "--tenant", str(self.tenant_id), *words)


async def test_rebuild_under_load(system: System, database: Database, pool: asyncpg.Pool, tell: Tell) -> None:
    """Rebuild of a large tenant while 50 commands a second go on, each read back, and other rows are compared"""
    tenant_id = uuid7()
    relay = system.start("relay")
    events = await fill_largely(pool, database.admin, tenant_id, SIZES.load_events, SIZES.decided_events)
    await system.outbox_empty(seconds=HOUR)
    await database.admin.execute("VACUUM ANALYZE")
    live = await made(system, SCHEMA, events)
    alone = await decoded(database.admin)
    del system.settings["HEALZ_CONSUMER_GROUP"]
    assert relay.poll() is None
    for name in ("command-api", *(f"projector-{schema}" for schema in READ_MODELS)):
        system.start(name)
    await system.ready()
    await system.caught_up(seconds=HOUR)
    system.settings["HEALZ_REBUILD_LEASE_SECONDS"] = LEASE_SECONDS
    system.settings["HEALZ_REFOLD_SPAN_EVENTS_MAX"] = str(SIZES.load_span_events)

    pairs = [(row[0], row[1]) for row in await database.admin.fetch(PAIRS, tenant_id, SIZES.load_patients)]
    renamed = [patient_id for patient_id, _ in pairs]
    async with AsyncExitStack() as kept:
        client = await kept.enter_async_context(system.client(tenant_id=tenant_id))
        looking = await asyncpg.connect(database.url("healz_admin"))
        kept.push_async_callback(looking.close)
        renaming = Renaming(client, pairs, RATE)
        watch = await Watch.of(looking, tenant_id, SIZES.load_patients, renamed)
        day = Day(system, tenant_id, renaming, watch, renamed, Seen())
        calls: list[Operated] = []
        for workers in (1, 2):
            call, rate = await rebuilt(day, workers)
            calls.append(call)
            what = f"{SCHEMA}: {workers} worker{'s' * (workers > 1)}"
            tell(what, "events/s", [rate], RATIO_MIN, "the projector, with nothing else", [live.events / live.seconds])
            tell(what, "events/s", [rate], RATIO_MIN, "reading and decoding alone", [alone])
        folded, all_events = await killed_twice(day)
        tell("killed twice: folded", "events", [folded], FOLDED_RATIO_MAX, "there are", [all_events], at_most=True)
        async with renaming.going_on(), watch.going_on():
            verified = await (await day.begin("verify")).answer()
        assert verified["right"], verified
        tell(
            "verify",
            "events/s",
            [verified["events"] / verified["seconds"]],
            RATIO_MIN,
            "reading and decoding alone",
            [alone],
        )
    for percent, most in FRESHNESS_RATIO_MAX.items():
        tell(
            f"command → row read back, p{percent}",
            "ms",
            [percentile(taken, percent) for taken in day.seen.during],
            most,
            "before each rebuild",
            [percentile(taken, percent) for taken in day.seen.before],
            at_most=True,
            beside=f"{sum(map(len, day.seen.during)):,} commands, {watch.rows:,} other rows compared, none wrong",
        )
    tell("memory of the largest process", "MB", [call.largest for call in calls], MEMORY_MB_MAX, at_most=True)
    beside = "workers 1, 2; what they share counts in each"
    together = [call.together for call in calls]
    tell("memory of all its processes", "MB", together, MEMORY_MB_MAX * 2, at_most=True, beside=beside)
    assert not renaming.wrong, renaming.wrong[:3]
    assert not watch.wrong, watch.wrong[:3]
    assert watch.rows
    await system.caught_up()


async def rebuilt(day: Day, workers: int) -> tuple[Operated, float]:
    """A whole rebuild, and its events a second."""
    await day.spoil()
    async with day.renaming.going_on(), day.watch.going_on():
        began = await day.calm()
        call = await day.begin("rebuild", "--workers", str(workers))
        answer = await call.answer()
        day.seen.during.append(day.renaming.since(began))
    assert answer["code"] == 0, answer
    assert await is_right(day)
    return call, answer["events"] / answer["seconds"]


async def killed_twice(day: Day) -> tuple[int, int]:
    """(events folded in all, how many there are) of a rebuild that goes on after each time."""
    admin = day.system.database.admin
    await day.spoil()
    patients = await admin.fetchval("SELECT count(*) FROM event_store.patient_log")
    in_vain = 0
    async with day.renaming.going_on(), day.watch.going_on():
        began = await day.calm()
        for share in KILLED_AT:
            call = await taken_up(day)
            while (await admin.fetchval("SELECT patients FROM appointment.rebuild") or 0) < share * patients:
                assert not call.has_ended, await call.answer()
                await asyncio.sleep(0.01)  # the pace of looking
            await call.kill()
            in_vain += await admin.fetchval(IN_VAIN, day.renamed)
        written_down = await admin.fetchval("SELECT events FROM appointment.rebuild")
        answer = await (await taken_up(day)).answer()
        day.seen.during.append(day.renaming.since(began))
    assert answer["code"] == 0, answer
    assert await is_right(day)
    once = written_down + answer["events"]
    return once + in_vain, once


async def taken_up(day: Day) -> Operated:
    """A rebuild that goes on where the one before was killed, once nobody holds the tenant any more."""
    held = "SELECT EXISTS (SELECT FROM appointment.rebuild WHERE held_until > now())"
    while await day.system.database.admin.fetchval(held):
        await asyncio.sleep(0.1)  # the pace of looking
    return await day.begin("rebuild")


async def is_right(day: Day) -> bool:
    """No row is left as it was spoilt."""
    left = "SELECT EXISTS (SELECT FROM appointment.appointment_view WHERE doctor_name = '')"
    return not await day.system.database.admin.fetchval(left)
