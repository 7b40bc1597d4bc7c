"""``healz-scheduler``: runs the time-driven jobs on one machine, each as the very command that a CronJob would run.

A job never overlaps itself: its next time is then left out. One that fails is logged and tried again at its next time;
each is made to be run twice. Nothing is caught up on: what was missed while the machine was off, the next run finds.
"""

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from pydantic import Field

from healz.metrics.define import seconds
from healz.metrics.export import exporting
from healz.read_models import READ_MODELS
from healz.settings import LogSettings, MetricsSettings
from healz.start import read_settings
from healz.telemetry import configure_logs
from healz_local.programs import SCRIPTS, projector_variable

log = logging.getLogger(__name__)

JOB_DURATION = seconds(
    "scheduler.job_duration",
    by="scheduler",
    tells="One run of a job, from its start to its end. No run of one that is due: the scheduler is away, or it hangs.",
    labels={"job_name": "as the log names it; `job` is Prometheus' own", "outcome": "`done`, `failed`"},
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600),
)
LATE_SECONDS_MAX = 300
"""A job whose time was so long ago (a laptop slept) waits for the next one."""


class SchedulerSettings(LogSettings, MetricsSettings):
    """The scheduler's own; its jobs read theirs."""

    healz_verify_share: float = Field(default=0.01, gt=0, le=1)
    """Of the patients of each read model: so many, taken at random, are compared with their events every night."""

    def jobs(self) -> tuple["Job", ...]:
        """All, at their times."""
        return (*JOBS, *verifications(self.healz_verify_share))


@dataclass(frozen=True)
class Job:
    """``minute`` and ``hour`` as in a crontab, in UTC; ``database`` names the variable that becomes DATABASE_URL."""

    name: str
    command: tuple[str | Path, ...]
    minute: str
    hour: str = "*"
    database: str = "DATABASE_URL"

    def trigger(self, not_before: datetime) -> BaseTrigger:
        return CronTrigger(minute=self.minute, hour=self.hour, timezone=UTC, start_date=not_before)


def _sweep(name: str, *arguments: str) -> tuple[str | Path, ...]:
    return (SCRIPTS / "healz-sweep", name, *arguments, "--json")


def _db(*arguments: str) -> tuple[str | Path, ...]:
    return (SCRIPTS / "healz-db", *arguments, "--json")


def _verify(read_model: str, share: float) -> tuple[str | Path, ...]:
    return (SCRIPTS / "healz-projection", "--projection", read_model, "verify", "--share", f"{share:g}", "--json")


# Eight and nine o'clock are somewhere every hour: these two look each hour for the clinics where it is.
JOBS = (
    Job("silence", _sweep("silence"), minute="0"),
    Job("abandonment", _sweep("abandonment", "--at-local-hour", "8"), minute="0"),
    Job("follow-up", _sweep("follow-up", "--at-local-hour", "9"), minute="0"),
    Job("conversations", _sweep("conversations"), minute="5"),
    Job("purge", _db("purge"), minute="25", database="SWEEPER_DATABASE_URL"),
    Job("end-analyses", _db("end-analyses"), minute="*", database="DEPLOYER_DATABASE_URL"),
    Job("partitions", _db("partitions"), minute="40", hour="3", database="DEPLOYER_DATABASE_URL"),
    Job("clinic-metrics", _db("refresh", "clinic_metrics_daily"), minute="*/15", database="SWEEPER_DATABASE_URL"),
    Job("retention", _db("refresh", "patient_retention_monthly"), minute="*/30", database="SWEEPER_DATABASE_URL"),
)


def verifications(share: float) -> tuple[Job, ...]:
    """Each night so much of each read model is compared with the events, ten minutes apart."""
    return tuple(
        Job(f"verify-{name}", _verify(name, share), minute=str(10 * n), hour="5", database=projector_variable(name))
        for n, name in enumerate(READ_MODELS)
    )


@dataclass
class Runs:
    """The jobs' processes. Their output is this process's own: one log."""

    running: set[asyncio.subprocess.Process] = field(default_factory=set)

    async def run(self, job: Job) -> None:
        """One run, to its end."""
        started = time.monotonic()
        environment = dict(os.environ)
        if job.database in environment:
            environment["DATABASE_URL"] = environment[job.database]
        try:
            process = await asyncio.create_subprocess_exec(*map(str, job.command), env=environment)
        except OSError:
            log.exception("a job did not start", extra={"job": job.name})
            return
        self.running.add(process)
        code = await process.wait()
        # Not where this is cancelled: then the process is still there, and end() ends it.
        self.running.discard(process)
        took = time.monotonic() - started
        JOB_DURATION.record(took, {"job_name": job.name, "outcome": "failed" if code else "done"})
        about = {"job": job.name, "exit_code": code, "seconds": round(took, 1)}
        log.log(logging.WARNING if code else logging.INFO, "a job ended", extra=about)

    async def end(self) -> None:
        """Asks what runs to finish what is in flight, and waits until it has."""
        for process in self.running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        await asyncio.gather(*(process.wait() for process in self.running))


def next_full_hour(now: datetime) -> datetime:
    """So a stack that was just started is left to whoever started it."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


async def serve(jobs: Sequence[Job], not_before: datetime) -> None:
    """Runs the jobs at their times until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runs = Runs()
    scheduler = AsyncIOScheduler(timezone=UTC)
    for job in jobs:
        scheduler.add_job(
            runs.run,
            job.trigger(not_before),
            [job],
            id=job.name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=LATE_SECONDS_MAX,
        )
    scheduler.start()
    log.info("scheduling", extra={"jobs": [job.name for job in jobs], "not_before": not_before})
    await stop.wait()
    scheduler.shutdown(wait=False)
    await runs.end()
    log.info("stopped")


def main() -> None:
    """Entry point: until SIGTERM or SIGINT."""
    settings = read_settings(SchedulerSettings)
    configure_logs(settings.healz_log_level)
    # Its INFO is two lines for each run; that it left one out because the last still ran is a warning.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    with exporting(settings, "scheduler"):
        asyncio.run(serve(settings.jobs(), next_full_hour(datetime.now(UTC))))
