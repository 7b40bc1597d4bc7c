"""What a run shows: a bar for who watches, then lines for people or one JSON value for programs."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from command_api.sweeps.sweep import Run, SweepTally

FOUND_LINES_MAX = 50
"""Of a dry run: more than that nobody reads; --json has them all."""
COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(bar_width=None),
    MofNCompleteColumn(),
    TextColumn("candidates"),
    TimeRemainingColumn(compact=True, elapsed_when_finished=True),
)


class Shown:
    """Standard output has the answer, standard error the bar and the reason why there is no answer."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._errors = Console(stderr=True, highlight=False, soft_wrap=True)
        self._progress = Progress(*COLUMNS, console=self._errors, expand=True, disable=not self._errors.is_terminal)
        self._expected = 0

    @contextmanager
    def bar(self, run: Run) -> Iterator[None]:
        """Only where somebody watches."""
        with self._progress:
            self._task = self._progress.add_task(run.sweep.name, total=None)
            yield

    def expects(self, candidates: int) -> None:
        self._expected += candidates
        self._progress.update(self._task, total=self._expected)

    def done(self) -> None:
        self._progress.advance(self._task)

    def answer(self, run: Run, tally: SweepTally) -> None:
        """What was done, or would be looked at."""
        if self._as_json:
            answer = {
                "sweep": run.sweep.name,
                "as_of": run.as_of.isoformat(),
                "dry_run": run.dry_run,
                "tenants": tally.tenants,
                "candidates": tally.candidates,
                "changed": tally.changed,
                "failed": tally.failed,
                "stopped": tally.stopped,
            }
            found = {"found": [candidate.ids for candidate in tally.found]} if run.dry_run else {}
            print(json.dumps(answer | found, default=str))
            return
        for candidate in tally.found[:FOUND_LINES_MAX]:
            clinic = f"clinic {candidate.clinic_id}  tenant {candidate.tenant_id}"
            print(f"{candidate.target}  patient {candidate.patient_id}  {clinic}")
        if (more := len(tally.found) - FOUND_LINES_MAX) > 0:
            print(f"… and {more} more; --json shows all")
        counted = (
            f"{run.sweep.name} as of {run.as_of.isoformat()}: {tally.candidates} candidates of {tally.tenants} tenants"
        )
        if run.dry_run:
            print(f"{counted}; nothing was changed")
        else:
            print(f"{counted}, {tally.changed} changed, {tally.failed} failed")
        if tally.stopped:
            self.refuse("stopped before it was through; the next run does the rest")

    def refuse(self, sentence: str) -> None:
        """What went wrong."""
        print(f"healz-sweep: {sentence}", file=sys.stderr)
