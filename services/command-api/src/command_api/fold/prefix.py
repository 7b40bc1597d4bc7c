"""The fold of a patient's first events, and how it is continued. A log only grows: what was folded stays true."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from command_api.recorded import read_recorded
from healz.events import Event, Recorded
from healz.events.conversation_event import ConversationEvent

State = TypeVar("State")

FACT_BYTES = 500
"""What an event leaves in memory: its id, and the places in the maps that hold it."""
PARSED_BYTES = 8
"""A byte of JSON, as Python's objects."""
IDLE_ROUND_SECONDS_MAX = 0.00005
"""A round of the event loop in which nobody has anything to do takes 4 µs; to begin with a request, hundreds."""


@dataclass(frozen=True)
class Last:
    """The last event of a prefix. While the store holds it there, it holds all before it as they were."""

    event_id: UUID
    position: int
    created_at: datetime


@dataclass(frozen=True)
class Prefix(Generic[State]):
    """``state`` is the fold of a patient's first ``facts`` events, ``last`` the last of these; None: there is none."""

    state: State
    facts: int = 0
    last: Last | None = None
    bytes: int = 4 * FACT_BYTES
    """About as much memory as it takes."""


def weight(event: Event, length: int) -> int:
    """About how many bytes of memory an event leaves in a state; ``length``: of its JSON."""
    # Of what is said, states keep ids alone. Of the rest, any part may be remembered.
    return FACT_BYTES if isinstance(event, ConversationEvent) else FACT_BYTES + PARSED_BYTES * length


async def go_on(
    prefix: Prefix[State],
    envelopes: Iterable[str],
    step: Callable[[State, Recorded], State],
    slice_seconds: float,
) -> Prefix[State]:
    """The prefix with these events more. After each slice others have their turn: for as long, where there are any."""
    state, facts, weighs = prefix.state, prefix.facts, prefix.bytes
    event = None
    began = time.monotonic()
    for envelope in envelopes:
        if (worked := time.monotonic() - began) >= slice_seconds:
            await _let_others_work(worked)
            began = time.monotonic()
        event = read_recorded(envelope)
        state = step(state, event)
        facts += 1
        weighs += weight(event.event_data, len(envelope))
    last = prefix.last if event is None else Last(event.event_id, event.position, event.created_at)
    return Prefix(state, facts, last, weighs)


async def _let_others_work(worked: float) -> None:
    """For as long, when anybody has something to do; else one round of the event loop."""
    began = time.monotonic()
    await asyncio.sleep(0)
    if time.monotonic() - began > IDLE_ROUND_SECONDS_MAX:
        await asyncio.sleep(worked)
