"""A patient's history as the API has it, and a page of it in the order in which things happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from command_api.http.console.asking import OwnApi
from command_api.http.console.patient.timeline import Line, lines

READ_MAX = 1000
"""Events that are put in order at once. A longer history is shown part by part, each in its own order."""
READ_AT_ONCE = 200
SHOWN = 50
Events = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class TimelinePart:
    """``following``: what of the address leads to the next part; None: this is the last."""

    shown: Sequence[Line]
    following: Mapping[str, int] | None
    is_first: bool


async def events_of(api: OwnApi, patient_id: UUID, after: int = 0) -> Events:
    """Of the log after that position, in its order, up to READ_MAX."""
    found: list[dict[str, Any]] = []
    following: int | None = after
    while following is not None and len(found) < READ_MAX:
        answer = await api.get(f"/v1/patients/{patient_id}/history", after=following, limit=READ_AT_ONCE)
        found += answer["items"]
        following = answer["next"]
    return found


async def part_of(
    api: OwnApi, patient_id: UUID, first: Events, *, after: int = 0, skip: int = 0, event: int | None = None
) -> TimelinePart:
    """The part with ``event``, a position, where one is asked for; else what follows ``skip`` lines of those that were
    recorded after the position ``after``. ``first`` are the events that the history begins with.
    """
    if event is not None:
        is_far = is_cut(first) and event > first[-1]["position"]
        after, skip = (event - 1 if is_far else 0), 0
    events = first if after == 0 else await events_of(api, patient_id, after)
    ordered = lines(events)
    if event is not None:
        place = next((place for place, line in enumerate(ordered) if line.event["position"] == event), 0)
        skip = place // SHOWN * SHOWN
    following = None
    if skip + SHOWN < len(ordered):
        following = {"after": after, "skip": skip + SHOWN}
    elif is_cut(events):
        following = {"after": events[-1]["position"], "skip": 0}
    return TimelinePart(ordered[skip : skip + SHOWN], following, is_first=after == 0 and skip == 0)


def is_cut(events: Events) -> bool:
    """Whether there may be more of them."""
    return len(events) >= READ_MAX
