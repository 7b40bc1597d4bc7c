"""A projector freezes (SIGSTOP) amid traffic for longer than anybody waits for it, and wakes up: it does no harm."""

import asyncio
import signal

import pytest

from always_true import nothing_lost_or_doubled
from faults.durations import LONG, lasting
from faults.test_instances import shared_by, start
from system import System
from traffic import answered, going_on, new_seed, traffic, write


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "beside another"])
async def test_a_projector_that_stood_still_goes_on_in_the_same_process(system: System, others: int) -> None:
    seconds = lasting(system, short=9, long=300)
    for name in ("command-api", "relay", "projector-patient", "projector-appointment"):
        system.start(name)
    frozen, *beside = [start(system, number) for number in range(1 + others)]
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=6, patients=3, clinics=1) as day:
        await shared_by(frozen, *beside)
        await write(day, events=150)
        async with going_on(day, pause_seconds=1 if LONG else 0.2):
            frozen.send_signal(signal.SIGSTOP)
            await asyncio.sleep(seconds)  # longer than anybody waits
            if beside:
                await shared_by(*beside)
                await system.caught_up("journey")
            frozen.send_signal(signal.SIGCONT)
            await shared_by(frozen, *beside)
            await asyncio.sleep(1)  # of traffic, before the end
        assert not [own.failures for own in day if own.failures]

    await nothing_lost_or_doubled(system, answered(day))
    assert [process.poll() for process in (frozen, *beside)] == [None] * (1 + others), system.logs()
    # A busy machine may make it stand still a second time, for less.
    stood_still = [line["seconds"] for line in frozen.said() if line["message"] == "the process stood still"]
    assert max(stood_still) >= seconds - 2, "all of it but a look or two"
