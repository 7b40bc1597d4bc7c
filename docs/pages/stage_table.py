"""Where a fact leads from a stage: the stage table as the played examples show it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from healz.events import Event
from healz.events.journey import JourneyEvent, JourneyStageChanged, JourneyStarted, RiskScoreRecalculated
from healz.events.stages import INACTIVE_STAGES, Stage
from healz.read_models.stage_move import moved_to
from journey_examples import ACTIVE, STAGES
from pages.blocks import code, table
from pages.played import Commit, commits

BUT_FEW = 3
"""Of ten active stages: with no more left out than these, the ones left out are named."""


@dataclass(frozen=True)
class Row:
    """``starts``: it starts a journey. ``to``: the stages it goes through, in order."""

    event: str
    fact: str
    starts: bool
    to: tuple[Stage, ...]
    stages: tuple[Stage | None, ...]


@cache
def rows() -> tuple[Row, ...]:
    """All facts that move a journey, in the order of the examples."""
    found: dict[tuple[str, str, bool, tuple[Stage, ...]], list[Stage | None]] = {}
    named = [commit for commit in commits() if commit.fact.name]
    order = list(dict.fromkeys(commit.fact.name for commit in named))
    for commit in sorted(named, key=lambda commit: order.index(commit.fact.name)):
        starts = any(isinstance(event, JourneyStarted) for event in commit.events)
        to = tuple(stage for _, stage in _moves(commit))
        if starts or to:
            key = (_cause(commit), commit.fact.name, starts, to)
            found.setdefault(key, []).append(commit.stage)
    return tuple(Row(*key, tuple(stages)) for key, stages in found.items())


def stage_table() -> str:
    """What moves a journey from where to where. Facts that lead the same ways share a line."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for row in rows():
        lines.setdefault((code(row.event), origin(row), target(row)), []).append(row.fact)
    return table(
        ["fact", "when", "from", "to"],
        ((event, "; ".join(named), origin, to) for (event, origin, to), named in lines.items()),
    )


def moves_of(event: type[Event]) -> list[str]:
    """Where the event leads, whatever else is so: "from → to"."""
    return [f"{origin(row)} → {target(row)}" for row in rows_of(event)]


def rows_of(event: type[Event]) -> list[Row]:
    """What moves the event makes, whatever else is so: facts that lead the same way are one row."""
    stages: dict[tuple[bool, tuple[Stage, ...]], set[Stage | None]] = {}
    for row in rows():
        if row.event == event.__name__:
            stages.setdefault((row.starts, row.to), set()).update(row.stages)
    return [
        Row(event.__name__, "", starts, to, tuple(stage for stage in STAGES if stage in origins))
        for (starts, to), origins in stages.items()
    ]


def moves() -> set[tuple[Stage, Stage, str]]:
    """(from, to, event) of each single move that any example shows: the fact that led to it, or the move itself."""
    return {
        (*move, name)
        for commit in commits()
        for move in _moves(commit)
        for name in (_cause(commit), *(type(event).__name__ for event in commit.events if moved_to(event)))
    }


def origin(row: Row) -> str:
    """The stages that a row leads from."""
    if row.starts:
        return "no active journey"
    but = [stage for stage in ACTIVE if stage not in row.stages]
    if len(but) > BUT_FEW:
        return code(*(stage for stage in row.stages if stage))
    also = code(*(stage for stage in row.stages if stage in INACTIVE_STAGES))
    return f"any active{' but ' + code(*but) if but else ''}{', ' + also if also else ''}"


def target(row: Row) -> str:
    """The stages that a row leads to."""
    return ", then ".join(code(stage) for stage in (("initiated", *row.to) if row.starts else row.to))


def _cause(commit: Commit) -> str:
    """The fact, or the score that it led to."""
    reasons = {event.reason for event in commit.events if isinstance(event, JourneyStageChanged)}
    return type(commit.events[0]).__name__ if reasons != {"risk_score_recalculated"} else RiskScoreRecalculated.__name__


def _moves(commit: Commit) -> Iterator[tuple[Stage, Stage]]:
    present = commit.stage
    for event in commit.events:
        if isinstance(event, JourneyStarted):
            present = "initiated"
        elif isinstance(event, JourneyEvent) and (move := moved_to(event)) is not None and present is not None:
            yield present, move[0]
            present = move[0]
