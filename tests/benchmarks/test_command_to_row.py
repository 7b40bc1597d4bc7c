"""From a command over HTTP to its row in the slowest of the three read models, at a steady rate, everything running."""

from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from benchmarks.bare_pipeline import Pipeline, pipeline
from benchmarks.conftest import Tell
from benchmarks.figures import percentile
from benchmarks.load import Plan, Seen, load
from benchmarks.sizes import SIZES
from benchmarks.tenants import tokens
from whole.stack import Stack

pytestmark = pytest.mark.benchmark

CONNECTIONS = 64
WARM_RATE = 100
CALM_RATE_MAX = 100
RATIO_MAX_CALM = {50: 60.0, 99: 150.0}
"""By percentile, up to CALM_RATE_MAX commands a second."""
RATIO_MAX_BUSY = {50: 600.0, 99: 1000.0}
"""Beyond it: on a small machine requests begin to queue."""
NAME = "bare produce → consume → INSERT"


async def test_command_to_row(stack: Stack, tell: Tell) -> None:
    """Command over HTTP → readable row in the slowest of the three projectors"""
    async with pipeline(stack.bootstrap_servers, stack.database_url("healz_admin")) as piped:
        await commanded(stack, [uuid7()], WARM_RATE, SIZES.warm_seconds)
        await piped.milliseconds(WARM_RATE, 1)
        for count, whose in ((1, "1 tenant"), (32, "32 tenants")):
            tenants = [uuid7() for _ in range(count)]
            for rate in SIZES.rates:
                await compare(stack, piped, tenants, rate, whose, tell)


async def compare(stack: Stack, piped: Pipeline, tenants: list[UUID], rate: int, whose: str, tell: Tell) -> None:
    theirs: list[list[float]] = []
    ours: list[Seen] = []
    for _ in range(SIZES.rounds):
        theirs.append(await piped.milliseconds(rate, len(tenants)))
        ours.append(await commanded(stack, tenants, rate, SIZES.seconds))
    refused = sum(sum(seen.refused.values()) for seen in ours)
    for percent, most in (RATIO_MAX_CALM if rate <= CALM_RATE_MAX else RATIO_MAX_BUSY).items():
        answered = percentile([taken for seen in ours for taken in seen.answered], percent)
        tell(
            f"{whose}, {rate}/s: p{percent}",
            "ms",
            [percentile(seen.readable, percent) for seen in ours],
            most,
            NAME,
            [percentile(taken, percent) for taken in theirs],
            at_most=True,
            beside=f"answered after {answered:.1f} ms; {refused} refused",
        )


async def commanded(stack: Stack, tenants: list[UUID], rate: int, seconds: float) -> Seen:
    rows = {"url": stack.database_url("healz_admin"), "tenants": [str(tenant_id) for tenant_id in tenants]}
    plan = Plan(
        port=stack.ports[0],
        seconds=seconds,
        tokens=tokens(stack, tenants),
        connections=CONNECTIONS,
        rate=rate,
        rows=rows,
    )
    return await load(plan)
