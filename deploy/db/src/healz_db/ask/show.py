"""Answers as a person reads them, in a terminal or a pipe."""

import sys
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from textwrap import wrap
from typing import Any

import asyncpg
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from healz_db.ask.ask import comment, questions

FINE = "ok"
HEADER_WIDTH = 8
# To look up the whole statement; wider than it is useful in a table.
FOR_PROGRAMS = {"query_id"}


def standard_output() -> Console:
    """As wide as the terminal; in a file or a pipe, wide enough."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)


def show(console: Console, question: str, rows: Sequence[asyncpg.Record]) -> None:
    """The answer as a table: what it says above, what to do below. No empty columns; of sizes only the readable."""
    answers, _, advice = comment(question).partition("\n")
    names = [name for name in (rows[0].keys() if rows else ()) if any(row[name] is not None for row in rows)]
    raw = {name for name in names if name.removesuffix("_bytes") + "_size" in names and name.endswith("_bytes")}
    names = [name for name in names if name not in raw | FOR_PROGRAMS]
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in names:
        texts = [_text(row[name]) for row in rows]
        figures = name.endswith("_size") or all(isinstance(row[name], int | Decimal | None) for row in rows)
        width = max(HEADER_WIDTH, *map(len, texts))
        header = "\n".join(wrap(name.replace("_", " "), width, break_long_words=False))
        table.add_column(header, justify="right" if figures else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(name, row[name]) for name in names))
    console.print(f"[bold]{escape(answers)}[/]")
    console.print(table if rows else "Nothing.")
    console.print(f"[dim]{escape(advice.replace(chr(10), ' '))}[/]")


def show_questions(console: Console) -> None:
    """What can be asked."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for name, answers in questions():
        table.add_row(name, f"[dim]{escape(answers)}[/]")
    console.print(table)


def _cell(name: str, value: Any) -> Text:
    if name == "verdict":
        return Text(value, "green" if value == FINE else "bold red")
    if name.endswith("statement"):
        return Text(_text(value), no_wrap=True, overflow="ellipsis")
    return Text(_text(value))


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | Decimal():
            return f"{value:,}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value)
