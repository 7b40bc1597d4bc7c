"""What daily sweeps would have made of the journeys by the time that the demonstration looks back from."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from command_api.decide.journey.rules import DEFAULT_RULES
from healz_local.demo.catch_up import Connection, caught_up
from healz_local.errors import LocalStackError
from healz_local.programs import SCRIPTS, programs
from healz_local.settings import DEMO_TENANT
from healz_local.stack import Stack


def runs(at: datetime) -> Iterator[tuple[str, datetime]]:
    """The sweeps after which each journey is at the stage at which a sweep every day would have left it.

    Whom daily sweeps have given up by ``at`` they had found at risk ``abandonment_at_risk_days`` before, at the latest.
    So that day and ``at`` itself are enough; only the day on which somebody was given up is later than in life.

    The day on which somebody was found at risk may be later too: a next portion that ends only days after this one may
    show the few whom that concerns at risk for some days longer.
    """
    yield "silence", at - timedelta(days=DEFAULT_RULES.abandonment_at_risk_days)
    yield "abandonment", at
    yield "silence", at


async def sweep_until(stack: Stack, connection: Connection, at: datetime) -> None:
    """Judges all journeys of the demonstration's tenant. Raises LocalStackError when a sweep fails."""
    (scheduler,) = (
        program
        for program in programs(stack.settings, stack.database_url, stack.bootstrap_servers)
        if program.name == "scheduler"
    )
    for sweep, as_of in runs(at):
        # Its candidates are found in a read model.
        await caught_up(connection, DEMO_TENANT)
        await _sweep(sweep, as_of, scheduler.environment)


async def _sweep(sweep: str, as_of: datetime, environment: Mapping[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *(str(SCRIPTS / "healz-sweep"), sweep),
        *("--as-of", as_of.isoformat(), "--tenant", str(DEMO_TENANT)),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode != 0:
        raise LocalStackError(f"The sweep {sweep} ended with {process.returncode}: {errors.decode().strip()}")
