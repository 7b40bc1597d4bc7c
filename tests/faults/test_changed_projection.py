"""A projection changes, and changes back, as docs/operating-read-models.md says, while commands and queries go on."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from always_true import equals_fold, nothing_lost_or_doubled
from example_tree import HealzDb
from faults import patient_release_two as release_two
from faults.operators import Operators
from healz_db.migrations import read_tree
from healz_db.settings import DEPLOY_DB
from projector_patient.read_model import PROJECTION as RELEASE_ONE
from started import Started
from system import System, eventually, register
from traffic import answered, going_on, new_seed, traffic, write

V1, V2 = RELEASE_ONE.version, release_two.PROJECTION.version

EXPAND = f"""
SET LOCAL lock_timeout = '5s';

ALTER TABLE patient.patient_view ADD COLUMN {release_two.COLUMN} integer NOT NULL DEFAULT 0;
"""
BACK = f"""
SET LOCAL lock_timeout = '5s';

ALTER TABLE patient.patient_view DROP COLUMN {release_two.COLUMN};
"""


async def with_the_column(system: System, root: Path) -> HealzDb:
    """The real migrations, and one more that is not applied yet."""
    shutil.copytree(DEPLOY_DB, root, ignore=shutil.ignore_patterns("src", ".env"))
    healz_db = HealzDb(system.database.url("healz_admin"), root)
    made = await healz_db.run("new", "300", "global", "expand", release_two.COLUMN, "--json")
    assert made.exit_code == 0, made.err
    for file in map(Path, made.answer["files"]):
        file.write_text(EXPAND if file.name.startswith("V") else BACK)
    assert (await healz_db.run("lint")).exit_code == 0
    return healz_db


def of_release_two(system: System, output: Path) -> Started:
    process = Started(
        "projector-patient of release two", environment=system.environment("projector-patient"), output=output
    )
    system.processes.append(process)
    return process


async def deploy(system: System, before: Started, after: Started) -> None:
    """The new one runs before the old one goes."""

    async def runs() -> bool:
        assert after.poll() is None, system.logs()
        return "partitions assigned" in after.output.read_text()

    await eventually(runs)
    assert await system.end(before) == 0, system.logs()


@asynccontextmanager
async def asking(client: httpx.AsyncClient) -> AsyncIterator[Counter[int]]:
    """Somebody searches all the while; the statuses of the answers."""
    answers: Counter[int] = Counter()

    async def keep_asking() -> None:
        while True:
            answers[(await client.get("/v1/patients?name=joao")).status_code] += 1
            await asyncio.sleep(0.05)  # the pace of asking

    task = asyncio.create_task(keep_asking())
    try:
        yield answers
    finally:
        task.cancel()
        ended = await asyncio.gather(task, return_exceptions=True)
    assert not [error for error in ended if isinstance(error, Exception)]


async def test_a_column_and_a_fold_more_and_back_while_all_goes_on(system: System, tmp_path: Path) -> None:
    one = Operators(system)
    two = Operators(system, release_two.install(tmp_path / "release-two"))
    healz_db = await with_the_column(system, tmp_path / "db")
    await system.start_all()
    running = system.processes[2]
    assert running.name == "projector-patient"
    async with (
        traffic(system, seed=new_seed(), tenants=3, patients=8, clinics=1) as day,
        system.client() as client,
        asking(client) as answers,
    ):
        await write(day, events=300)
        async with going_on(day):
            # Expand: the release that runs doesn't know the column.
            done = await healz_db.run("apply")
            assert done.exit_code == 0, done.err
            assert (await one.verified("patient"))["right"]

            newer = of_release_two(system, tmp_path / "release-two.log")
            await deploy(system, running, newer)
            said = await two.said("patient", "status")
            assert f"patient, version {V2}: 3 tenants" in said
            assert f"3 tenants were folded by another version than {V2}: rebuild them" in said
            found = await two.verified("patient")
            assert found["wrong"].keys() == {"differs"}
            assert {name for row in found["rows"] for name in row["columns"]} >= {
                release_two.COLUMN,
                "interaction_count",
            }

            code, _, complained = await two.call("patient", "rebuild", "--events-per-second", "2000")
            assert code == 0, complained
            assert set((await two.versions("patient")).values()) == {V2}
            assert (await two.verified("patient"))["right"]

        await write(day, events=sum(len(own.events) for own in day) + 60)
        await system.caught_up("patient")
        await equals_fold(system.database, release_two.PROJECTION)
        assert await system.database.admin.fetchval(
            f"SELECT bool_or({release_two.COLUMN} > 0) FROM patient.patient_view"
        )

        async with going_on(day):
            # And back: by its own healz-projection, and the column goes last.
            running = system.start("projector-patient")
            await deploy(system, newer, running)
            said = await one.said("patient", "status")
            assert f"3 tenants were folded by another version than {V1}: rebuild them" in said
            assert not (await one.verified("patient"))["right"]
            code, _, complained = await one.call("patient", "rebuild")
            assert code == 0, complained
            assert (await one.verified("patient"))["right"]
            newest = read_tree(healz_db.root).migrations[-1].version
            done = await healz_db.run("rollback", f"V{newest}", "--yes")
            assert done.exit_code == 0, done.err
            await register(client)
        assert not [own.failures for own in day if own.failures]
    assert answers.keys() == {200}
    assert running.poll() is None, system.logs()
    await nothing_lost_or_doubled(system, answered(day))
