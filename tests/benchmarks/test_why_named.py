"""Whether the named events are the right ones, in the data of the demonstration, by a fold with each and without it."""

import random
import time
from collections import Counter

import asyncpg
import pytest

from benchmarks.conftest import Tell
from benchmarks.figures import percentile
from benchmarks.sizes import SIZES
from benchmarks.stored import logs
from healz.read_models import READ_MODELS
from healz_local.settings import DEMO_TENANT
from traffic import new_seed
from whole.stack import Stack
from why_checked import check, row_in, states

pytestmark = pytest.mark.benchmark

ALL_RIGHT = 1.0
P95_MS_MAX = 250.0
ROWS = {
    name: f"SELECT patient_id, {name}_id::text FROM {name}.{name}_view WHERE tenant_id = $1 ORDER BY 2"
    for name in READ_MODELS
}
PATIENTS = "SELECT patient_id FROM event_store.patient_log WHERE tenant_id = $1"


async def test_why_named(stack: Stack, stack_admin: asyncpg.Connection, tell: Tell) -> None:
    """Why: the event that is named for a cell of the demonstration's data is the last that changed it"""
    stack.demo(SIZES.why_demo_rows)
    admin = stack_admin
    rows = {(name, key): patient for name in READ_MODELS for patient, key in await admin.fetch(ROWS[name], DEMO_TENANT)}
    of_patients = await logs(admin, DEMO_TENANT, [row[0] for row in await admin.fetch(PATIENTS, DEMO_TENANT)])
    chance = random.Random(new_seed())
    looked: Counter[str] = Counter()
    taken_ms: list[float] = []
    wrong: list[str] = []
    async with stack.client(DEMO_TENANT) as client:
        for (name, key), patient_id in chance.sample(list(rows.items()), len(rows)):
            if looked[name] * len(READ_MODELS) >= SIZES.why_cells:
                continue
            began = time.perf_counter()
            answer = await client.get(f"/v1/{name}s/{key}/why")
            taken_ms.append((time.perf_counter() - began) * 1000)
            events = of_patients[patient_id]
            seen = [row_in(state, key) for state in states(name, events)]
            for column, why in answer.raise_for_status().json()["columns"].items():
                if not why["with_clock"]:
                    looked[name] += 1
                    try:
                        check(events, seen, column, why["set_by"])
                    except AssertionError as error:
                        wrong.append(f"{name} {key}: {error}")
    right = 1 - len(wrong) / looked.total()
    beside = f"{looked.total():,} cells of {len(taken_ms):,} rows: " + ", ".join(
        f"{n:,} {of}" for of, n in looked.items()
    )
    tell("the named event is the last that changed the cell", "of the cells", [right], ALL_RIGHT, beside=beside)
    tell("all cells of a row, p95", "ms", [percentile(taken_ms, 95)], P95_MS_MAX, at_most=True)
    assert looked.keys() == set(READ_MODELS)
    assert not wrong, wrong[:3]
