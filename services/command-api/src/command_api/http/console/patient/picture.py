"""A journey's stages as a picture: where they lie, which the patient has been at, and the moves between them."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, get_args

from healz.events.stages import Stage

WIDTH, HEIGHT = 388, 400
MAIN_X, SIDE_X = 94, 322
ROW, TOP = 50, 25
MAIN: Sequence[Stage] = (
    *("initiated", "first_contact", "scheduled", "confirmed"),
    *("attended", "follow_up", "returned", "completed"),
)
SIDE: Mapping[Stage, float] = {"no_show": 2, "at_risk": 3.5, "recovered": 5, "cancelled": 6, "abandoned": 7}
"""{stage: its row}: where a patient is lost, and won back."""
PLACES: Mapping[Stage, tuple[float, float]] = {
    **{stage: (MAIN_X, TOP + ROW * row) for row, stage in enumerate(MAIN)},
    **{stage: (SIDE_X, TOP + ROW * row) for stage, row in SIDE.items()},
}
HALF_HEIGHT = 15
HALF_WIDTHS: Mapping[float, int] = {MAIN_X: 92, SIDE_X: 62}
"""{column: half of a box of it}: the main way has the longer names."""
BEND = 14


@dataclass(frozen=True)
class StageReached:
    """The patient got to ``stage`` then."""

    stage: Stage
    at: str
    position: int


@dataclass(frozen=True)
class Node:
    """A stage in the picture, its middle at ``x`` and ``y``. ``visits``: how often the patient got there."""

    stage: Stage
    x: float
    y: float
    visits: int
    is_current: bool

    @property
    def half_width(self) -> int:
        return HALF_WIDTHS[self.x]


@dataclass(frozen=True)
class Picture:
    """``paths``: the moves as SVG paths, each once, however often it was made."""

    moves: Sequence[StageReached]
    nodes: Sequence[Node]
    paths: Sequence[str]


def moves_of(journey_id: str, events: Iterable[Mapping[str, Any]]) -> Iterator[StageReached]:
    """The stages that a journey got to, in order."""
    for event in events:
        data = event["event_data"]
        if data.get("journey_id") != journey_id:
            continue
        match event["event_type"]:
            case "JourneyStarted":
                yield StageReached("initiated", data["started_at"], event["position"])
            case "JourneyStageChanged":
                yield StageReached(data["new_stage"], data["changed_at"], event["position"])
            case "JourneyRecovered":
                yield StageReached("recovered", data["recovered_at"], event["position"])
            case "JourneyAbandoned":
                yield StageReached("abandoned", data["abandoned_at"], event["position"])
            case "JourneyCompleted":
                yield StageReached("completed", data["completed_at"], event["position"])


def picture(moves: Sequence[StageReached]) -> Picture:
    """All stages, those of the journey marked, and an arrow for each move."""
    visited = [move.stage for move in moves]
    current = visited[-1] if visited else None
    nodes = [
        Node(stage, *PLACES[stage], visits=visited.count(stage), is_current=stage == current)
        for stage in get_args(Stage)
    ]
    made = dict.fromkeys(pair for pair in pairwise(visited) if pair[0] != pair[1])
    return Picture(moves, nodes, [_path(*pair) for pair in made])


def _path(begin: Stage, end: Stage) -> str:
    """From edge to edge of the boxes, bent to one side, so that a move and the one back lie beside each other."""
    (x, y), (to_x, to_y) = PLACES[begin], PLACES[end]
    if x == to_x:
        # Within a column, along its inner side where it passes over others.
        down = 1 if to_y > y else -1
        if abs(to_y - y) <= ROW * 1.5:
            shift = 10 * down
            return f"M{x + shift:g} {y + down * HALF_HEIGHT:g}L{to_x + shift:g} {to_y - down * (HALF_HEIGHT + 4):g}"
        side = 1 if x == MAIN_X else -1
        edge = x + side * HALF_WIDTHS[x]
        bow = edge + side * 22
        return f"M{edge:g} {y:g}C{bow:g} {y:g} {bow:g} {to_y:g} {edge + side * 4:g} {to_y:g}"
    side = 1 if to_x > x else -1
    x, to_x = x + side * HALF_WIDTHS[x], to_x - side * (HALF_WIDTHS[to_x] + 4)
    length = math.hypot(to_x - x, to_y - y) or 1
    bend_x, bend_y = -(to_y - y) / length * BEND, (to_x - x) / length * BEND
    middle_x, middle_y = (x + to_x) / 2 + bend_x, (y + to_y) / 2 + bend_y
    return f"M{x:g} {y:g}Q{middle_x:.1f} {middle_y:.1f} {to_x:g} {to_y:g}"
