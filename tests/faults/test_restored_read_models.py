"""Read models are put back to an old dump amid live traffic, as docs/operating-read-models.md says, and catch up."""

import asyncio
import os
import re
import signal
import subprocess
from functools import partial
from pathlib import Path

import postgres_programs
from always_true import nothing_lost_or_doubled
from faults.operators import Operators
from started import Started
from system import PROJECTORS, System, eventually
from traffic import answered, going_on, new_seed, traffic, write

PAGE = Path(__file__).parents[2] / "docs" / "operating-read-models.md"
SET_BACK = "behind what was written here: was the read model restored?"


def steps() -> list[str]:
    """The page's own commands."""
    return re.findall(r"^ *```\n(.*?)^ *```", PAGE.read_text().partition("\n## Restore\n")[2], re.MULTILINE | re.DOTALL)


async def run(system: System, commands: str) -> None:
    """As an administrator would."""
    environment = {
        "PATH": f"{postgres_programs.folder()}:{os.environ['PATH']}",
        "DATABASE_URL": system.database.url("healz_admin"),
    }
    command = ["bash", "-eu", "-o", "pipefail", "-c", commands]
    done = await asyncio.to_thread(
        lambda: subprocess.run(command, env=environment, cwd=system.folder, capture_output=True, check=False)
    )
    assert done.returncode == 0, done.stderr.decode()


async def has_said(process: Started, message: str) -> bool:
    return message in [line["message"] for line in process.said()]


async def behind(system: System) -> int:
    heads = sum((await system.database.heads()).values())
    return heads - sum((await system.database.checkpoints("journey")).values())


async def test_an_old_dump_of_the_read_models_is_caught_up_exactly(system: System) -> None:
    dump, restore = steps()
    system.settings["HEALZ_HOLE_EVENTS_MAX"] = "100"  # so that some is filled at once and the rest in steps
    await system.start_all()
    async with traffic(system, seed=new_seed(), tenants=3, patients=10, clinics=1) as day:
        await write(day, events=200)
        async with going_on(day):
            await run(system, dump)
        await write(day, events=700)
        await system.caught_up()

        # The projectors that run know nothing of it.
        projectors = system.processes[-len(PROJECTORS) :]
        async with going_on(day):
            await run(system, restore)
        await system.caught_up()
        assert [process.poll() for process in projectors] == [None] * len(projectors), system.logs()
        for process in projectors:
            await eventually(partial(has_said, process, SET_BACK))

        # They are killed, and started once it is done.
        async with going_on(day):
            for process in projectors:
                await system.end(process, signal.SIGKILL)
            await run(system, restore)
            assert await behind(system) > 300
            started = [system.start(name) for name in PROJECTORS]
            await asyncio.sleep(1)  # of traffic, while they catch up
        assert not [own.failures for own in day if own.failures]

    await nothing_lost_or_doubled(system, answered(day))
    for process in started:
        assert process.poll() is None, system.logs()
        await eventually(partial(has_said, process, "reconciled"))
    assert (await Operators(system).verified("journey"))["right"]
