"""Tries rules on the log: a process of its own, since Python folds on one core, and who asks the API goes before.

It is told on standard input which organisation and rules, answers with a line of JSON for each of its steps, and ends
with whoever started it.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from command_api.decide.journey.rules import JourneyRules
from command_api.decide.tried import highest
from command_api.recorded import read_recorded
from healz.events import Recorded
from healz.postgres import server_settings
from healz.settings import PostgresSettings
from healz.start import read_settings

NICENESS = 10
PATIENTS_AT_ONCE = 200
ROWS_AT_ONCE = 1000
SHOWN_MAX = 20
"""So many patients are named of those who would be at risk, or would not be any more: the highest scores."""
ENTER = "SELECT ops.projection_position($1, 'log', NULL)"
# Who had no journey under way in that time had no score. As the sweeps' candidates: a guess by the read model, which
# the fold of the log decides on.
CANDIDATES = """
SELECT DISTINCT j.patient_id
  FROM journey.journey_view AS j
 WHERE j.tenant_id = $1 AND (j.is_active OR j.updated_at >= $2)
 ORDER BY 1
"""
EVENTS = """
SELECT event_store.envelope(e)
  FROM event_store.events AS e
 WHERE e.tenant_id = $1 AND e.patient_id = ANY ($2) AND e.created_at <= $3
 ORDER BY e.patient_id, e.position
"""


class TrialSettings(PostgresSettings):
    """The reader's login, as the API has it; no other."""

    reader_database_url: str


class Trial(BaseModel):
    """What is tried. ``now`` and ``tried`` are the rules that the organisation has, and those it thinks of."""

    tenant_id: UUID
    now: JourneyRules
    tried: JourneyRules
    since: datetime
    until: datetime


class WeighedJourney(TypedDict):
    """One patient in one clinic, with the highest score by either rules."""

    patient_id: str
    clinic_id: str
    now: float
    tried: float


@dataclass
class TrialOutcome:
    """As far as it has got. ``patients`` of ``of`` were weighed; ``now`` and ``tried`` count journeys at risk."""

    of: int
    patients: int = 0
    now: int = 0
    tried: int = 0
    gained: int = 0
    lost: int = 0
    first_gained: list[WeighedJourney] = field(default_factory=list)
    first_lost: list[WeighedJourney] = field(default_factory=list)

    def add(self, patient_id: UUID, clinic_id: UUID, scores: Sequence[Decimal], asked: Trial) -> None:
        by_now, by_tried = scores
        is_now, is_tried = by_now >= asked.now.score_high, by_tried >= asked.tried.score_high
        self.now += is_now
        self.tried += is_tried
        if is_now == is_tried:
            return
        one = WeighedJourney(
            patient_id=str(patient_id), clinic_id=str(clinic_id), now=float(by_now), tried=float(by_tried)
        )
        self.gained += is_tried
        self.lost += is_now
        if is_tried:
            self.first_gained = sorted([*self.first_gained, one], key=lambda each: -each["tried"])[:SHOWN_MAX]
        else:
            self.first_lost = sorted([*self.first_lost, one], key=lambda each: -each["now"])[:SHOWN_MAX]


async def weighed(settings: TrialSettings, asked: Trial) -> AsyncIterator[TrialOutcome]:
    """The outcome after each portion of patients. No transaction lasts longer than a portion's reading."""
    connection = await asyncpg.connect(
        settings.reader_database_url,
        timeout=settings.healz_pool_acquire_timeout_seconds,
        statement_cache_size=settings.statements_kept,
        server_settings=server_settings(settings, "command-api-trial"),
    )
    try:
        async with connection.transaction(readonly=True):
            await connection.fetchval(ENTER, asked.tenant_id)
            patients = [row[0] for row in await connection.fetch(CANDIDATES, asked.tenant_id, asked.since)]
        outcome = TrialOutcome(len(patients))
        yield outcome
        for begin in range(0, len(patients), PATIENTS_AT_ONCE):
            portion = patients[begin : begin + PATIENTS_AT_ONCE]
            async for patient_id, events in _each(connection, asked, portion):
                scores = highest(events, (asked.now, asked.tried), asked.since, asked.until)
                for clinic_id, highest_scores in scores.items():
                    outcome.add(patient_id, clinic_id, highest_scores, asked)
            outcome.patients += len(portion)
            yield outcome
    finally:
        await connection.close()


async def _each(connection: Any, asked: Trial, patients: Sequence[UUID]) -> AsyncIterator[tuple[UUID, list[Recorded]]]:
    """Each patient's events; of one patient at a time."""
    events: list[Recorded] = []
    async with connection.transaction(readonly=True):
        await connection.fetchval(ENTER, asked.tenant_id)
        async for row in connection.cursor(EVENTS, asked.tenant_id, patients, asked.until, prefetch=ROWS_AT_ONCE):
            event = read_recorded(row[0])
            if events and events[0].patient_id != event.patient_id:
                yield events[0].patient_id, events
                events = []
            events.append(event)
    if events:
        yield events[0].patient_id, events


async def _run() -> None:
    settings, asked = read_settings(TrialSettings), Trial.model_validate_json(sys.stdin.readline())
    async for outcome in weighed(settings, asked):
        sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    os.nice(NICENESS)
    try:
        asyncio.run(_run())
    except BrokenPipeError:
        os._exit(0)  # nobody listens any more
