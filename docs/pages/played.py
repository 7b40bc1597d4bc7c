"""What leads to what: the specs' examples, played through the rules.

Each fact is tried in each stage of a journey. What command leads to an event, and which stage it moves to, is what the
rules then do; none of it is written down here.
"""

from dataclasses import dataclass
from functools import cache

import journey_examples as past
from command_api.decide.commands import COMMANDS
from command_api.decide.merging.merged import ended
from examples import (
    MARIA,
    NOW,
    TENANT,
    merge,
    moved_to,
    patient,
    register,
    registered,
)
from given_when_then import Log, event_id
from healz.events import EVENTS, Event, Recorded
from healz.events.journey import JourneyEvent
from healz.events.stages import Stage
from journey_examples import STAGES, Fact
from pages.facts import FACTS, FULLER, HER_OTHER_PAST, WEIGHED


@dataclass(frozen=True)
class Commit:
    """What a fact led to in that stage; None: where there is no journey."""

    fact: Fact
    stage: Stage | None
    events: tuple[Event, ...]
    log: tuple[Recorded, ...]
    """Of the patient, the commit's events being the last."""


def play(fact: Fact, stage: Stage | None) -> Commit | None:
    """None where the rules refuse, or the fact has no such past."""
    registering = isinstance(fact.command, type(register))
    of_a_journey = any(isinstance(event, JourneyEvent) for event in fact.before)
    if (registering and stage is not None) or (of_a_journey and stage is None):
        return None
    way = (past.journey_started,) if stage else ()
    there = (moved_to(stage),) if stage and stage != "initiated" else ()
    before = (*(() if registering else (registered,)), *way, *fact.before, *there)
    story = patient.given(*before).at(fact.at).about(fact.target).by(fact.role).where(other=fact.other)
    outcome = story.when(fact.command)
    if outcome.rejected is not None:
        return None
    log = Log(TENANT, NOW)
    for event in before:
        log = log.add(event)
    first = event_id(len(log.recorded) + 1)
    for n, event in enumerate(outcome.events):
        log = log.add(event, first if n else None)
    return Commit(fact, stage, tuple(outcome.events), log.recorded)


def _over() -> Commit:
    """The other side of a merge, in whose commit it comes: what the record says that is over."""
    log = Log(TENANT, NOW)
    for event in HER_OTHER_PAST.facts:
        log = log.add(event)
    events = tuple(ended(HER_OTHER_PAST, MARIA, "agent", NOW))
    for event in events:
        log = log.add(event)
    return Commit(Fact("", merge, target=MARIA), None, events, log.recorded)


@cache
def commits() -> tuple[Commit, ...]:
    """Of all facts in all stages, and without a journey; ``stage`` is then None."""
    every = [*FACTS, Fact("registered", register, before=(), target=MARIA), *FULLER, *WEIGHED]
    tried = (play(fact, stage) for stage in (None, *STAGES) for fact in every)
    return (*(commit for commit in tried if commit is not None and commit.events), _over())


def asked_by(event: type[Event]) -> list[str]:
    """The commands that are there for this event: it is their own, and not what follows from it."""
    return [command.__name__ for command in COMMANDS if event in command.leads_to]


@cache
def companions() -> frozenset[tuple[type[Event], type[Event]]]:
    """A commit's first event, and each that follows from it."""
    return frozenset((type(commit.events[0]), type(other)) for commit in commits() for other in commit.events[1:])


def follows(event: type[Event]) -> list[str]:
    """The facts in whose commits the event comes, without being asked for."""
    return [first.__name__ for first in EVENTS if (first, event) in companions()]
