"""A patient whose event a read model refuses, while commands go on: what others notice, and what later events cost."""

import asyncio
import json
import time
from functools import reduce

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import HOUR, Tell
from benchmarks.figures import in_turn, percentile, shown
from benchmarks.load import Plan, load
from benchmarks.processor import spending
from benchmarks.sizes import SIZES
from benchmarks.stored import logs
from benchmarks.tenants import tokens
from healz.projection.tables import Tables
from long_history import HELLO, Talker, new_talker
from projections import PROJECTIONS
from system import eventually
from whole.stack import Stack

pytestmark = pytest.mark.benchmark

TENANTS = 4
RATE = 50
CONNECTIONS = 8
LOOK_SECONDS = 0.1
LAG_SECONDS_MAX = 1.0
RATIO_MAX = 2.0
PROJECTION = PROJECTIONS["patient"]
REFUSED = "Ana Longa"
POISON = f"ALTER TABLE patient.patient_view ADD CONSTRAINT refused CHECK (full_name <> '{REFUSED}')"
FIX = "ALTER TABLE patient.patient_view DROP CONSTRAINT refused"
PARKED_AT = "SELECT parked_at FROM patient.parked_patient WHERE tenant_id = $1 AND patient_id = $2"
# Of all tenants, the parked patient's too: for how long the oldest event has waited that is not applied.
LAG = """
SELECT COALESCE(max(EXTRACT(EPOCH FROM clock_timestamp() - e.created_at)), 0)::float
  FROM event_store.tenant_log AS l
  LEFT JOIN patient.checkpoint AS c ON c.tenant_id = l.tenant_id
 CROSS JOIN LATERAL (
       SELECT e.created_at FROM event_store.events AS e
        WHERE e.tenant_id = l.tenant_id AND e.position = COALESCE(c.position, 0) + 1 LIMIT 1) AS e
"""
HEADS = "SELECT sum(position)::bigint FROM event_store.tenant_log"
CHECKPOINTS = "SELECT sum(position)::bigint FROM patient.checkpoint"


async def test_poison(stack: Stack, stack_admin: asyncpg.Connection, tell: Tell) -> None:
    """Poison: one patient's event is refused while 50 commands a second go on"""
    admin = stack_admin
    tenants = [uuid7() for _ in range(TENANTS)]
    bearers = tokens(stack, tenants)
    async with stack.client(tenants[0]) as client:
        poisoned, healthy = [await new_talker(client, tenants[0]) for _ in range(2)]
        await admin.execute(POISON)
        await load(Plan(port=stack.ports[0], seconds=SIZES.warm_seconds, tokens=bearers, rate=RATE))
        seconds = SIZES.calm_seconds + SIZES.poisoned_seconds
        loading = asyncio.create_task(load(Plan(port=stack.ports[0], seconds=seconds, tokens=bearers, rate=RATE)))
        before = await lags(admin, SIZES.calm_seconds)
        put = await client.put(f"/v1/patients/{poisoned.patient_id}/contact", json={"full_name": REFUSED})
        put.raise_for_status()
        after = await lags(admin, SIZES.poisoned_seconds)
    seen = await loading
    assert not seen.refused, seen.refused
    key = (tenants[0], poisoned.patient_id)
    assert await admin.fetchval(PARKED_AT, *key), "the event is refused, and its patient parked"
    for percent in (99, 100):
        name = f"p{percent}" if percent < 100 else "the most"
        lag, was = percentile(after, percent), percentile(before, percent)
        beside = f"before the poison: {shown(was * 1000)} ms; {len(after)} looks"
        tell(
            f"the oldest event not applied: {name}",
            "ms",
            [lag * 1000],
            LAG_SECONDS_MAX * 1000,
            at_most=True,
            beside=beside,
        )

    async def later(talker: Talker) -> float:
        return await microseconds(stack, admin, bearers[0], talker)

    theirs, ours = await in_turn(lambda: later(healthy), lambda: later(poisoned))
    what = "the projector's processor for an event of the parked patient"
    tell(what, "µs", ours, RATIO_MAX, "of a healthy one", theirs, at_most=True)
    await admin.execute(FIX)
    began = time.perf_counter()
    stack.ask_projection("parked", "retry", "--all", "--projection", "patient")
    retried = time.perf_counter() - began
    [own] = (await logs(admin, tenants[0], [poisoned.patient_id])).values()
    _, there = await Tables(PROJECTION).read(admin, {}, [key])
    right = reduce(PROJECTION.evolve, own, PROJECTION.empty)
    assert right.full_name == REFUSED
    assert there[key] == right
    tell(f"parked retry of {len(own):,} events", "s", [retried], HOUR, at_most=True, beside="the command's start too")
    stack.ask_projection("verify", "--projection", "patient")


async def lags(admin: asyncpg.Connection, seconds: float) -> list[float]:
    """Seconds of all that is not applied, looked at ten times a second."""
    until, found = time.perf_counter() + seconds, []
    while time.perf_counter() < until:
        found.append(await admin.fetchval(LAG))
        await asyncio.sleep(LOOK_SECONDS)  # the pace of looking
    return found


async def microseconds(stack: Stack, admin: asyncpg.Connection, bearer: str, talker: Talker) -> float:
    """Of the projector's processor for each event that a message to this patient leads to."""
    before: int = await admin.fetchval(HEADS)
    spent = spending(stack)
    messages = SIZES.parked_events // SIZES.rounds
    seen = await load(
        Plan(
            port=stack.ports[0],
            seconds=HOUR,
            tokens=[bearer],
            connections=CONNECTIONS,
            requests=messages // CONNECTIONS,
            paths=[talker.messages],
            body=json.dumps(HELLO),
        )
    )
    assert not seen.refused, seen.refused

    async def applied() -> bool:
        return bool(await admin.fetchval(HEADS) == await admin.fetchval(CHECKPOINTS))

    await eventually(applied)
    after: int = await admin.fetchval(HEADS)
    return spent()["projector-patient"] * 1e6 / (after - before)
