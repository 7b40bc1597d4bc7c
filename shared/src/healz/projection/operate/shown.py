"""What a command shows: tables and lines for people, one JSON value for programs; progress on standard error."""

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from datetime import timedelta
from typing import Any, ClassVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

PROGRESS_SECONDS = 5.0
PROGRESS_SECONDS_ON_A_TERMINAL = 0.5
WIDTH_OF_A_FILE = 200


class _Output(Console):
    """Standard output, until whoever reads it has gone (``| head``): the exit code still says what was found."""

    def on_broken_pipe(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())


class Terminal:
    """Standard output has the answer; standard error how it goes on, and why there is none."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        # A line of a log file must not be broken at 80 characters.
        width = None if sys.stdout.isatty() else WIDTH_OF_A_FILE
        self._console = _Output(highlight=False, soft_wrap=True, width=width)
        self._notes = Console(highlight=False, soft_wrap=True, stderr=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Numbers to the right; nothing of no rows."""
        if self.as_json or not rows:
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for n, column in enumerate(columns):
            right = all(isinstance(row[n], int | float) for row in rows)
            table.add_column(column, justify="right" if right else "left", overflow="fold")
        for row in rows:
            table.add_row(*map(_cell, row))
        self._console.print(table)

    def say(self, sentence: str, style: str = "") -> None:
        """A line of the answer; programs don't get it."""
        if not self.as_json:
            self._console.print(Text(sentence, style=style))

    def answer(self, value: Any) -> None:
        """The answer for programs."""
        if self.as_json:
            try:
                print(json.dumps(value, default=_plain, ensure_ascii=False), flush=True)
            except BrokenPipeError:
                self._console.on_broken_pipe()

    def warn(self, sentence: str) -> None:
        """Beside the answer, which holds all the same."""
        self._notes.print(Text(f"healz-projection: {sentence}", style="yellow"))

    def refuse(self, sentence: str) -> None:
        """Why it was not done."""
        self.answer({"error": sentence})
        self._notes.print(Text.assemble(("healz-projection: ", "red"), sentence))


class Pace:
    """Events done, of how many, how fast, until when: a line that changes on a terminal, else a line now and then.

    ``for_programs``: a line of JSON, twice a second and at the end.
    """

    for_programs: ClassVar[bool] = False

    def __init__(self, what: str, events: int) -> None:
        self._what = what
        self._events = events
        self._done = 0
        self._begun_at = self._told_at = time.monotonic()
        often = self.for_programs or sys.stderr.isatty()
        self._every = PROGRESS_SECONDS_ON_A_TERMINAL if often else PROGRESS_SECONDS

    def done(self, events: int, more: str = "") -> None:
        """So many of them are."""
        self._done = events
        now = time.monotonic()
        if now - self._told_at < self._every:
            return
        self._told_at = now
        if self.for_programs:
            self._tell()
            return
        rate = events / (now - self._begun_at)
        left = "" if not rate else f", {timedelta(seconds=round(max(0, self._events - events) / rate))} left"
        share = f" of {self._events:,}" if self._events else ""
        line = f"{self._what}: {events:,}{share} events, {rate:,.0f} a second{left}{more}"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[2K{line}")
        else:
            sys.stderr.write(line + "\n")
        sys.stderr.flush()

    def end(self) -> None:
        """The changing line goes."""
        if self.for_programs:
            self._tell()
        elif sys.stderr.isatty():
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def _tell(self) -> None:
        told = {"progress": self._what, "events": self._done, "of": self._events}
        sys.stderr.write(json.dumps(told) + "\n")
        sys.stderr.flush()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
