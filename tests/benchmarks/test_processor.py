"""Processor time of all processes together: per command that is read back, and with nothing to do."""

import asyncio
from contextlib import ExitStack

import asyncpg
import psutil
import pytest
from uuid_utils.compat import uuid7

from benchmarks import bare_routes
from benchmarks.conftest import Tell
from benchmarks.figures import in_turn
from benchmarks.load import Plan, load
from benchmarks.processor import Parts, dearest, seconds_of, spending
from benchmarks.sizes import SIZES
from benchmarks.tenants import tokens
from whole.stack import Stack

pytestmark = pytest.mark.benchmark

RATES = (50, None)
"""None: as much as 16 connections get."""
ALL_RATIO_MAX = 200.0
IDLE_SHARE_MAX = 1.0
NAME = "the process of the bare route, one INSERT"


async def test_processor(stack: Stack, tell: Tell) -> None:
    """Processor time of all processes together"""
    token = tokens(stack, [uuid7()])
    await load(Plan(port=stack.ports[0], seconds=SIZES.warm_seconds, tokens=token, rate=50, read_back=True))
    admin = await asyncpg.connect(stack.database_url("healz_admin"))
    await admin.execute(bare_routes.TABLE)
    await admin.close()
    with ExitStack() as kept:
        port, bare = kept.enter_context(bare_routes.served(stack.database_url("healz_admin")))
        for read_back in (False, True):
            for rate in RATES:
                parts: list[tuple[Parts, int]] = []

                async def baseline(rate: int | None = rate) -> float:
                    return await bare_milliseconds(bare, port, rate)

                async def ours(rate: int | None = rate, into: list = parts, read_back: bool = read_back) -> float:  # type: ignore[type-arg]
                    spent, commands = await whole_seconds(stack, token, rate, read_back)
                    into.append((spent, commands))
                    return sum(spent.values()) * 1000 / commands

                await baseline()
                theirs, all_together = await in_turn(baseline, ours)
                spent, commands = parts[-1]
                what = f"a command{' and its read' if read_back else ''}, {f'{rate}/s' if rate else 'at saturation'}"
                beside = dearest(spent, commands / 1000)
                tell(what, "ms", all_together, ALL_RATIO_MAX, NAME, theirs, at_most=True, beside=beside)
    spending_idle = spending(stack)
    await asyncio.sleep(SIZES.idle_seconds)
    used = spending_idle()
    used.pop("Kafka")
    share = sum(used.values()) / SIZES.idle_seconds
    beside = dearest(used, SIZES.idle_seconds / 100)
    tell("nothing to do: all but Kafka", "of a core", [share], IDLE_SHARE_MAX, at_most=True, beside=f"in %: {beside}")


async def bare_milliseconds(process: psutil.Process, port: int, rate: int | None) -> float:
    """Of the process, per INSERT."""
    before = seconds_of(process)
    seen = await load(Plan(port=port, seconds=SIZES.seconds, rate=rate))
    return (seconds_of(process) - before) * 1000 / len(seen.answered)


async def whole_seconds(stack: Stack, token: list[str], rate: int | None, read_back: bool) -> tuple[Parts, int]:
    """(what each part used, for how many commands), with what is done of them after the last answer."""
    spent = spending(stack)
    seen = await load(Plan(port=stack.ports[0], seconds=SIZES.seconds, tokens=token, rate=rate, read_back=read_back))
    # What is still on its way belongs to the bill.
    await asyncio.sleep(1)
    return spent(), len(seen.answered)
