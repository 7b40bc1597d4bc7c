"""The progress of a feed, for who watches it: a bar; without a terminal, a line every few seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from healz_local.demo.plan import Step


class FeedTally:
    """What was done so far; ``repeated`` steps had been done by an earlier run. ``seconds`` since it began."""

    def __init__(self) -> None:
        self.rows = self.steps = self.events = self.repeated = 0
        self._begun_at = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._begun_at

    def done(self, step: Step, events: int) -> None:
        self.steps += 1
        self.events += events
        self.repeated += events == 0
        self.rows += step.ends_the_row


LINE_SECONDS = 5.0


class Bar:
    """A tally that shows itself."""

    def __init__(self, progress: Progress, rows: int) -> None:
        self.tally = FeedTally()
        self._progress = progress
        self._rows = rows
        self._said_at = 0.0
        self._task = progress.add_task("feeding", total=rows, rate="")

    def done(self, step: Step, events: int) -> None:
        self.tally.done(step, events)
        rate = f"{self.tally.events / self.tally.seconds:,.0f} events/s"
        self._progress.update(self._task, completed=self.tally.rows, rate=rate)
        if self._progress.disable and self.tally.seconds - self._said_at >= LINE_SECONDS:
            self._said_at = self.tally.seconds
            self._progress.console.print(f"fed {self.tally.rows:,} of {self._rows:,} rows, {rate}")


@contextmanager
def bar(console: Console, rows: int) -> Iterator[Bar]:
    """A bar over so many rows; it stays when it is full, and goes with a run that breaks off."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("rows  {task.fields[rate]}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    with Progress(*columns, console=console, expand=True, disable=not console.is_terminal) as progress:
        yield Bar(progress, rows)
