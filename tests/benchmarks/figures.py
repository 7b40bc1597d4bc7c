"""A figure beside its baseline: measured in turn, shown as a ratio with its spread, held to a bound."""

import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table

from benchmarks.sizes import SIZES

Measure = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Figure:
    """One thing that was measured, round by round; ``baseline`` is empty for what stands by itself (memory, idle).

    ``bound`` is far from what is reached: it fails on a collapse, not on a slow day. It bounds the median ratio, ours ÷
    baseline; without a baseline the median itself. ``at_most``: less is better, and the bound is the most.
    """

    what: str
    unit: str
    ours: list[float]
    bound: float
    baseline_name: str = ""
    baseline: list[float] = field(default_factory=list)
    at_most: bool = False
    beside: str = ""
    """What else was seen, in words."""

    @property
    def ratios(self) -> list[float]:
        return [ours / baseline for ours, baseline in zip(self.ours, self.baseline, strict=True)]

    @property
    def held(self) -> bool:
        reached = statistics.median(self.ratios if self.baseline else self.ours)
        return reached <= self.bound if self.at_most else reached >= self.bound

    @property
    def cells(self) -> tuple[str, ...]:
        """As HEAD names them."""
        bound = f"{'≤' if self.at_most else '≥'} {shown(self.bound)}"
        if not self.baseline:
            spread = f"{shown(min(self.ours))}–{shown(max(self.ours))}" if len(self.ours) > 1 else ""
            return (self.what, self.unit, "", shown(statistics.median(self.ours)), "", spread, bound, self.beside)
        ratios = self.ratios
        return (
            self.what,
            self.unit,
            f"{self.baseline_name}: {shown(statistics.median(self.baseline))}",
            shown(statistics.median(self.ours)),
            shown(statistics.median(ratios)),
            f"{shown(min(ratios))}–{shown(max(ratios))}" if len(ratios) > 1 else "",
            bound,
            self.beside,
        )


HEAD = ("what", "unit", "baseline in the same run", "ours", "ratio", "min–max", "bound", "beside")


async def in_turn(baseline: Measure, ours: Measure, rounds: int = SIZES.rounds) -> tuple[list[float], list[float]]:
    """Baseline, ours, baseline, ours …: (all of the baseline's, all of ours)."""
    measured: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        measured[0].append(await baseline())
        measured[1].append(await ours())
    return measured


def shown(value: float) -> str:
    """With the digits that mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def percentile(values: list[float], percent: int) -> float:
    """Nearest rank; NaN of nothing."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else float("nan")


def table(figures: list[Figure]) -> Table:
    shown_as = Table(*HEAD, box=None)
    for figure in figures:
        what, *rest = figure.cells
        shown_as.add_row(what if figure.held else f"[red]{what}[/]", *rest)
    return shown_as


def as_json(figure: Figure) -> dict[str, Any]:
    """For the report."""
    return {"cells": figure.cells, "held": figure.held}
