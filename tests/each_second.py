"""A scheduler with jobs for every second, in a process of its own; argument: the folder where they say what they do."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from healz.metrics.export import exporting
from healz.settings import MetricsSettings
from healz.telemetry import configure_logs
from healz_local.scheduler import Job, serve

SLOW = """
trap 'echo asked >> slow; exit 0' TERM
echo begun >> slow; sleep 2.2 & wait $!; echo ended >> slow
"""


class EachSecond(Job):
    def trigger(self, not_before: datetime) -> BaseTrigger:
        return CronTrigger(second="*", timezone=UTC)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    configure_logs("INFO")
    jobs = (
        EachSecond("slow", ("/bin/sh", "-c", f"cd {folder}; {SLOW}"), minute="*"),
        EachSecond("failing", ("/bin/sh", "-c", f"cd {folder}; echo tried >> failing; exit 3"), minute="*"),
        EachSecond("missing", (folder / "nowhere",), minute="*"),
    )
    with exporting(MetricsSettings(), "scheduler"):
        asyncio.run(serve(jobs, datetime.now(UTC)))
