"""Twice the load that saturates: what goes on being done, how the rest is refused, and how it is afterwards."""

import asyncio
from collections import Counter

import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.figures import percentile
from benchmarks.load import Plan, load
from benchmarks.sizes import SIZES
from benchmarks.tenants import tokens
from whole.stack import Stack

pytestmark = pytest.mark.benchmark

TENANTS = 2
TIMES = 2
CONNECTIONS = 700
"""Fewer than the API takes, more than two tenants' requests that may wait: it is the requests that are too many."""
CALM_RATE = 50
SOON_MS = 1_000.0
CALM_AFTER_SECONDS = 5.0
KEPT_RATIO_MIN = 0.1
REFUSED_MS_MAX = 20_000.0
REFUSED_SOON_MIN = 0.3
CALM_RATIO_MAX = 5.0


async def test_overload(stack: Stack, tell: Tell) -> None:
    """Twice the load that saturates"""
    port, admins = stack.ports[0], tokens(stack, [uuid7() for _ in range(TENANTS)])
    await load(Plan(port=port, seconds=SIZES.warm_seconds, tokens=admins, rate=100))
    before = await load(Plan(port=port, seconds=SIZES.seconds, tokens=admins, rate=CALM_RATE))
    saturated = await load(Plan(port=port, seconds=2 * SIZES.seconds, tokens=admins))
    plan = Plan(
        port=port,
        seconds=SIZES.overload_seconds,
        tokens=admins,
        connections=CONNECTIONS,
        rate=TIMES * saturated.rate,
    )
    too_much = await load(plan)
    # So long it may take to be as before.
    await asyncio.sleep(CALM_AFTER_SECONDS)
    after = await load(Plan(port=port, seconds=SIZES.seconds, tokens=admins, rate=CALM_RATE))

    refused = Counter(too_much.refused)
    beside = f"asked {TIMES * saturated.rate:.0f}/s for {SIZES.overload_seconds:.0f} s; refused {dict(refused)}; "
    beside += f"without Retry-After {too_much.without_retry_after}; p50 {percentile(too_much.answered, 50):.0f} ms"
    name = "16 connections that ask again once answered"
    tell("done", "commands/s", [too_much.rate], KEPT_RATIO_MIN, name, [saturated.rate], beside=beside)
    if too_much.refused_ms:
        soon = sum(taken <= SOON_MS for taken in too_much.refused_ms) / len(too_much.refused_ms)
        tell("refused within a second", "of the refused", [soon], REFUSED_SOON_MIN)
        tell("until refused: p99", "ms", [percentile(too_much.refused_ms, 99)], REFUSED_MS_MAX, at_most=True)
    calm = [percentile(after.answered, 50)], CALM_RATIO_MAX, "before", [percentile(before.answered, 50)]
    tell(f"p50 at {CALM_RATE}/s, {CALM_AFTER_SECONDS:.0f} s afterwards", "ms", *calm, at_most=True)
    assert not refused.keys() - {"429", "503"}, refused
    assert too_much.without_retry_after == 0
