"""Draws two pictures of what a sink has written: no-show rate by lead time and weekday, and who is seen again."""

import argparse
import sys
from datetime import date
from math import isfinite, nan
from pathlib import Path
from typing import Any, TypeAlias

import matplotlib as mpl

mpl.use("Agg")  # draws into files: there may be no screen
from matplotlib import pyplot as plt

from cluster import ended
from questions import LEADS, WEEKDAYS, ZONE, Period, in_duckdb, no_shows, retention

Cell: TypeAlias = tuple[float, str]
"""A share, and what stands in its cell."""
NOTHING: Cell = (nan, "")
SHOWN_MIN = 10
"""A share of fewer says nothing."""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path, help="of parquet_sink.py, iceberg_sink.py or healz-export")
    arguments.add_argument("--to", type=Path, default=Path(), help="where the PNGs go")
    arguments.add_argument("--zone", default=ZONE)
    arguments.add_argument("--by", choices=("week", "month"), default="week", help="the cohorts")
    asked = arguments.parse_args()
    connection = in_duckdb(asked.folder, asked.zone)
    visits = no_shows(connection)
    if not visits:
        print("nobody has come or stayed away yet: there is nothing to draw")
        return 1
    asked.to.mkdir(parents=True, exist_ok=True)
    draw_no_shows(visits, asked.to / "no-shows.png")
    draw_retention(retention(connection, asked.by), asked.by, asked.to / "retention.png")
    return 0


def draw_no_shows(rows: list[tuple[Any, ...]], file: Path) -> None:
    """A heat map: a row for each weekday on which somebody was expected, a column for each lead time."""
    found = {(weekday, lead): (visits, missed) for lead, weekday, visits, missed in rows}
    cells = {
        WEEKDAYS[weekday - 1]: [cell(*found.get((weekday, lead), (0, 0)), show_of=True) for lead in LEADS]
        for weekday in sorted({weekday for weekday, _ in found})
    }
    axes = {
        "title": f"No-show rate, {sum(visits for visits, _ in found.values()):,} visits",
        "xlabel": "booked so long before (below the rate: visits)",
    }
    heat_map(cells, list(LEADS.values()), axes, file)


def draw_retention(rows: list[tuple[Any, ...]], by: Period, file: Path) -> None:
    """A heat map: a row for each cohort that could come back, a column for each period after the first visit."""
    seen = {(cohort, later): patients for cohort, later, patients in rows}
    newest = max((cohort for cohort, _ in seen), default=date.max)
    columns = range(1, max((later for _, later in seen), default=0) + 1)
    cells = {
        f"{cohort} ({size:,})": [
            cell(size, seen.get((cohort, later), 0)) if later <= periods_between(cohort, newest, by) else NOTHING
            for later in columns
        ]
        for (cohort, later), size in seen.items()
        if later == 0 and cohort != newest
    }
    axes = {
        "title": f"Patients seen again, by the {by} of their first visit",
        "xlabel": f"{by}s later",
        "ylabel": "first visit (patients)",
    }
    heat_map(cells, [f"+{later}" for later in columns], axes, file)


def heat_map(cells: dict[str, list[Cell]], columns: list[str], said: dict[str, str], file: Path) -> None:
    """Cells that say their value, darker where it is higher; {row: a cell for each column}."""
    figure, axes = plt.subplots(figsize=(3 + 1.1 * len(columns), 1.8 + 0.5 * len(cells)), layout="constrained")
    values = [[value for value, _ in row] for row in cells.values()] or [[nan]]
    axes.imshow(values, cmap="OrRd", aspect="auto", vmin=0)
    most = max((value for row in values for value in row if isfinite(value)), default=0)
    for y, row in enumerate(cells.values()):
        for x, (value, text) in enumerate(row):
            colour = "white" if value > 0.6 * most else "black"
            axes.text(x, y, text, ha="center", va="center", fontsize=9, color=colour)
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(cells)), list(cells))
    axes.set(**said)
    figure.savefig(file, dpi=150)
    plt.close(figure)


def cell(of: int, some: int, *, show_of: bool = False) -> Cell:
    """The share, and how it is written."""
    if of == 0:
        return NOTHING
    share = some / of if of >= SHOWN_MIN else nan
    text = f"{share:.0%}" if isfinite(share) else "–"
    return share, f"{text}\n{of:,}" if show_of else text


def periods_between(first: date, last: date, by: Period) -> int:
    """So many periods later there could have been a visit."""
    if by == "week":
        return (last - first).days // 7
    return (last.year - first.year) * 12 + last.month - first.month


if __name__ == "__main__":
    sys.exit(ended(main))
