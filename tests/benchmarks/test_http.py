"""The API's process alone: commands and reads over HTTP, beside a bare Litestar route with one INSERT or one SELECT."""

from functools import partial

import psutil
import pytest

from benchmarks import bare_routes
from benchmarks.conftest import Tell
from benchmarks.figures import in_turn
from benchmarks.load import Plan, Seen, load
from benchmarks.processor import seconds_of
from benchmarks.sizes import SIZES
from system import Database, System, register

pytestmark = pytest.mark.benchmark

CONNECTIONS = 16
PATIENTS = 200
RATE_RATIO_MIN = 0.05
PROCESSOR_RATIO_MAX = 15.0


async def test_http(system: System, database: Database, tell: Tell) -> None:
    """HTTP, the API's process alone, 16 connections"""
    api = psutil.Process(system.start("command-api").pid)
    await system.ready()
    patients = await projected(system)
    await database.admin.execute(bare_routes.TABLE)
    await database.admin.execute(bare_routes.ROWS)
    await database.admin.execute(bare_routes.KEY)
    async with system.client() as client:
        token = client.headers["authorization"].removeprefix("Bearer ")
    with bare_routes.served(database.url("healz_admin")) as (port, bare):
        for what, baseline_name, paths in (
            ("RegisterPatient", "bare route, one INSERT", []),
            ("GET /v1/patients/{id}", "bare route, one SELECT", [f"/v1/patients/{patient}" for patient in patients]),
        ):
            bare_plan = {"port": port, "paths": paths}
            our_plan = {"port": system.api_port, "paths": paths, "tokens": [token]}
            processor: dict[psutil.Process, list[float]] = {bare: [], api: []}

            async def measured(process: psutil.Process, plan: dict, into: dict = processor) -> float:  # type: ignore[type-arg]
                before = seconds_of(process)
                seen = await answered(Plan(seconds=SIZES.seconds, connections=CONNECTIONS, **plan))
                into[process].append((seconds_of(process) - before) * 1000 / len(seen.answered))
                return seen.rate

            await measured(bare, bare_plan)
            await measured(api, our_plan)
            processor[bare].clear()
            processor[api].clear()
            theirs, ours = await in_turn(partial(measured, bare, bare_plan), partial(measured, api, our_plan))
            tell(what, "answers/s", ours, RATE_RATIO_MIN, baseline_name, theirs)
            about = (f"{what}: processor of the process", "ms", processor[api], PROCESSOR_RATIO_MAX)
            tell(*about, baseline_name, processor[bare], at_most=True)


async def projected(system: System) -> list[str]:
    """Patients with their rows; the projector is ended again."""
    async with system.client() as client:
        patients = [str(await register(client)) for _ in range(PATIENTS)]
    projector = system.start("projector-patient")
    await system.caught_up("patient")
    await system.end(projector)
    return patients


async def answered(plan: Plan) -> Seen:
    """What was seen, with nothing refused."""
    seen = await load(plan)
    assert not seen.refused, seen.refused
    return seen
