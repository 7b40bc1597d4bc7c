"""``healz-sweep``: what happens because time goes by. One run of one sweep; a scheduler repeats it.

Running it twice, or twice at once, changes nothing more. Exit code 0: done; 1: some candidates failed, or it was
stopped before it was through; 2: it could not run, or lost the database; what was done stays done in any case.
"""

import asyncio
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import uvloop

from command_api.assembly import create_handler
from command_api.settings import SweepSettings
from command_api.sweeps.candidates import SWEEPS
from command_api.sweeps.database import sweeper_session
from command_api.sweeps.follow_up import Reminders, ReminderTurns
from command_api.sweeps.shown import Shown
from command_api.sweeps.sweep import GONE, Run, Sweeper, SweepTally
from healz.events.fields import INSTANT_MIN
from healz.postgres import ThroughPooler, create_pool
from healz.start import begin_logs, read_settings

AHEAD_MAX = timedelta(minutes=5)
"""As for any command that says when: clocks differ, but the future has not happened."""


def main() -> None:
    """Entry point."""
    parser = ArgumentParser(prog="healz-sweep", description="What happens because time goes by.")
    parser.add_argument(
        "sweep", choices=SWEEPS, help="; ".join(f"{sweep.name}: {sweep.does}" for sweep in SWEEPS.values())
    )
    parser.add_argument(
        "--as-of",
        type=_instant,
        metavar="TIME",
        help="RFC 3339, with its zone; default: now. (Messages go out now, whatever it says.)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say which candidates there are; change nothing")
    parser.add_argument(
        "--tenant", type=UUID, action="append", default=[], help="may be given more than once; default: all"
    )
    parser.add_argument(
        "--at-local-hour", type=int, choices=range(24), metavar="H", help="only clinics where it is that hour then"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON, on standard output")
    asked = parser.parse_args()
    run = Run(
        sweep=SWEEPS[asked.sweep],
        as_of=asked.as_of or datetime.now(UTC),
        local_hour=asked.at_local_hour,
        only=tuple(asked.tenant),
        dry_run=asked.dry_run,
    )
    sys.exit(uvloop.run(_run(run, read_settings(SweepSettings), as_json=asked.json)))


async def _run(run: Run, settings: SweepSettings, *, as_json: bool) -> int:
    shown = Shown(as_json=as_json)
    tally: SweepTally | None = None
    try:
        with shown.bar(run):
            # Not before: where there is a bar, what is logged goes above it.
            begin_logs(settings)
            tally = await _sweep(run, settings, shown)
    except* (*GONE, asyncpg.PostgresError, ThroughPooler) as group:
        reason = _first(group)
        shown.refuse(
            f"the database does not answer, or not as it should ({type(reason).__name__}: {reason}); run again"
        )
    if tally is None:
        return 2
    shown.answer(run, tally)
    return 1 if tally.failed or tally.stopped else 0


async def _sweep(run: Run, settings: SweepSettings, shown: Shown) -> SweepTally:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    pool = await create_pool(settings, f"sweep {run.sweep.name}")
    try:
        async with (
            sweeper_session(settings, f"sweep {run.sweep.name} candidates") as connection,
            sweeper_session(settings, f"sweep {run.sweep.name} turns") as turns,
        ):
            handler = create_handler(settings, pool)
            reminders = Reminders(handler, ReminderTurns(turns), settings.healz_messenger())
            return await Sweeper(connection, handler, reminders, settings, stop).sweep(run, shown)
    finally:
        await pool.close()


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no time; write it as 2026-03-01T08:00:00-03:00") from error
    if at.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} says no zone; write it as 2026-03-01T08:00:00-03:00")
    if at > datetime.now(UTC) + AHEAD_MAX:
        raise ArgumentTypeError(f"{text!r} lies ahead of the clock; nothing has happened then")
    # Room for what is taken from it: the offset, and the rules' days.
    if at < INSTANT_MIN:
        raise ArgumentTypeError(f"{text!r} is too long ago; choose a time from {INSTANT_MIN.year} on")
    return at.astimezone(UTC)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
