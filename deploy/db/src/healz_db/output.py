"""What a command shows: lines and tables for people, or one JSON value for programs."""

import difflib
import json
import sys
from dataclasses import asdict, is_dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from healz_db.drill.catalogue import Difference
from healz_db.drill.drill import Fault
from healz_db.status import Status

# By a line's first word.
STYLES = {
    "applied": "green",
    "seeded": "green",
    "drilled": "green",
    "made": "green",
    "rolled": "magenta",
    "would": "cyan",
    "waiting": "yellow",
    "unknown": "yellow",
    "the": "yellow",
    "failed": "red",
}
STATES = {
    "applied": "green",
    "done": "green",
    "missing": "yellow",
    "running": "cyan",
    "changed": "bold red",
    "interrupted": "bold red",
    "unknown": "magenta",
}


class Output:
    """Standard output has the answer, standard error the reason why there is none."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        # A line of a log file must not be broken at 80 characters.
        width = None if sys.stdout.isatty() else 200
        self._console = Console(highlight=False, soft_wrap=True, width=width)

    def say(self, line: str) -> None:
        """One line of what goes on; programs don't get it."""
        if not self._as_json:
            self._console.print(Text(line, style=STYLES.get(line.partition(" ")[0], "")))

    def answer(self, value: Any) -> None:
        """What was done; people have read it already."""
        if self._as_json:
            plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
            print(json.dumps(plain, default=str, ensure_ascii=False))

    def refuse(self, sentence: str) -> None:
        """Why it was not done, where there is no other answer."""
        self.answer({"error": sentence})
        self.complain(sentence)

    def complain(self, sentence: str) -> None:
        """What is wrong, beside the answer."""
        Console(stderr=True, highlight=False, soft_wrap=True).print(Text.assemble(("healz-db: ", "red"), sentence))

    def show_status(self, status: Status) -> None:
        """The tables of ``status``."""
        if self._as_json:
            return
        table = _table("version", "phase", "domain", "change", "state", "when", "by", "ms")
        for row in status.migrations:
            when = f"{row.applied_at:%Y-%m-%d %H:%M:%S}" if row.applied_at else ""
            ms = "" if row.duration_ms is None else str(row.duration_ms)
            state = Text(row.state, style=STATES[row.state])
            table.add_row(f"V{row.version}", row.phase, row.domain, row.change, state, when, row.applied_by, ms)
        self._console.print(table)
        if status.seeds:
            seeds = _table("seed", "phase", "state", "lines", "when", "by")
            for seed in status.seeds:
                when = f"{seed.applied_at:%Y-%m-%d %H:%M:%S}" if seed.applied_at else ""
                state = Text(seed.state, style=STATES[seed.state])
                seeds.add_row(seed.file, seed.phase, state, str(seed.lines_done or ""), when, seed.applied_by)
            self._console.print(seeds)
        if status.deployer:
            self.say(f"waiting is for the next one: a deployer is at it ({status.deployer})")
        for month in status.partitions_missing:
            self.say(f"the partition of {month:%Y-%m} is missing; make it: healz-db partitions")

    def show_fault(self, fault: Fault) -> None:
        """What a drill found, object by object."""
        if self._as_json:
            return
        table = _table("", "kind", "name", "what it was (-) and is (+)", title=f"{fault.file} {fault.what}")
        for difference in fault.differences:
            table.add_row(difference.what, difference.kind, difference.name, _change(difference))
        self._console.print(table if fault.differences else Text(f"{fault.file}: {fault.what}", style="red"))


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, title_style="red")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _change(difference: Difference) -> Text:
    before, after = (difference.before or "").splitlines(), (difference.after or "").splitlines()
    text = Text()
    for line in difflib.ndiff(before, after):
        if line[0] in "+-":
            text.append(line + "\n", style="green" if line[0] == "+" else "red")
    text.rstrip()
    return text
