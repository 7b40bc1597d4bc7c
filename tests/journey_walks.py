"""Journeys drawn at random: each event of one and of what goes on around it, wherever it may stand, in time or late.

What moves them is chance, not the rules; only this is kept: a patient has one active journey and one open conversation
in a clinic, a booking or a message without an active journey starts one, and only an abandoned one is completed later.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from examples import (
    DAY,
    HOUR,
    NOW,
    OTHER_PHONE,
    PHONE,
    SERRA,
    TENANT,
    VITORIA,
    abandoned,
    but,
    cancelled,
    completed,
    confirmed,
    contact_updated,
    conversation_closed,
    conversation_started,
    escalated,
    escalation_resolved,
    journey_completed,
    journey_started,
    message_received,
    message_sent,
    moved_to,
    no_show,
    recalculated,
    recovered,
    registered,
    rescheduled,
    risk_detected,
    risk_escalated,
    scheduled,
    silence,
)
from given_when_then import Log
from healz.events import Event, Recorded

SCORES = ["0.00", "0.30", "0.47", "0.47", "0.70", "1.00"]
LEVELS = {"0.00": "low", "0.30": "medium", "0.47": "medium", "0.70": "high", "1.00": "critical"}
STAGES = ["first_contact", "scheduled", "confirmed", "attended", "follow_up", "returned", "at_risk", "no_show"]
ACTORS = ["patient", "agent", "system"]


@dataclass
class InClinic:
    """One patient in one clinic."""

    patient_id: UUID
    clinic_id: UUID
    journey_id: UUID | None = None
    """The active one."""
    abandoned: list[UUID] = field(default_factory=list)
    live: dict[UUID, int] = field(default_factory=dict)
    """Live appointments, and how often each was confirmed."""
    conversation_id: UUID | None = None
    waits: bool = False


@dataclass
class Walk:
    """A log as it grows; ``step`` adds one thing that happens."""

    rng: random.Random
    log: Log
    ids: Iterator[UUID] = field(default_factory=lambda: (UUID(int=0xA0_0000 + n) for n in count()))

    @property
    def at(self) -> datetime:
        """When the next fact says that it was: now, or earlier."""
        now = self.log.started_at + timedelta(minutes=len(self.log.recorded))
        return now - self.rng.choice([0, 0, 0, 0, 1, 50]) * HOUR

    def say(self, example: Event, caused_by: UUID | None = None, **changes: Any) -> None:
        self.log = self.log.add(but(example, **changes), caused_by)

    def step(self, there: InClinic) -> None:
        acts: list[Callable[[InClinic], None]] = [self.book, self.talk, self.talk]
        acts += [self.judge, self.judge, self.move, self.escalate, self.recover, self.end] if there.journey_id else []
        acts += [self.visit, self.visit] if there.live else []
        acts += [self.complete_abandoned] if there.abandoned else []
        acts += [self.start_by_hand] if there.journey_id is None else []
        acts += [self.rename] if self.rng.randrange(5) == 0 else []
        self.rng.choice(acts)(there)

    def book(self, there: InClinic) -> None:
        at = self.at
        appointment_id = next(self.ids)
        there.live[appointment_id] = 0
        self.say(
            scheduled,
            **self._ids(there),
            appointment_id=appointment_id,
            scheduled_for=at + self.rng.randint(-40, 90) * DAY,
            scheduled_at=at,
            scheduled_by=self.rng.choice(ACTORS),
        )
        self._caused(there, "appointment_scheduled", at)

    def visit(self, there: InClinic) -> None:
        key, at, actor = self.rng.choice(list(there.live)), self.at, self.rng.choice(ACTORS)
        times = there.live[key] + 1
        facts: list[tuple[Event, dict[str, Any]]] = [
            (confirmed, {"confirmed_at": at, "confirmed_by": actor, "confirmation_count": times}),
            (rescheduled, {"rescheduled_at": at, "rescheduled_by": actor, "new_scheduled_for": at + DAY}),
            (cancelled, {"cancelled_at": at, "cancelled_by": actor}),
            (no_show, {"marked_at": at}),
            (completed, {"completed_at": at}),
            (completed, {"completed_at": at}),
        ]
        fact, changes = self.rng.choice(facts)
        self.say(fact, **self._ids(there), appointment_id=key, **changes)
        if fact in (confirmed, rescheduled):
            there.live[key] = times if fact is confirmed else 0
        else:
            del there.live[key]

    def talk(self, there: InClinic) -> None:
        if there.conversation_id is None:
            there.conversation_id = next(self.ids)
            self.say(conversation_started, **self._talk(there), started_at=self.at)
        at = self.at
        facts: list[tuple[Event, dict[str, Any]]] = [
            (message_received, {"timestamp": at}),
            (message_received, {"timestamp": at}),
            (message_sent, {"timestamp": at}),
            (escalation_resolved, {}) if there.waits else (escalated, {}),
            (conversation_closed, {}),
        ]
        fact, changes = self.rng.choice(facts)
        self.say(fact, **self._talk(there), **changes)
        there.waits = fact is escalated or (there.waits and fact not in (escalation_resolved, conversation_closed))
        if fact is conversation_closed:
            there.conversation_id = None
        if fact is message_received:
            self._caused(there, "first_contact", at)

    def start_by_hand(self, there: InClinic) -> None:
        there.journey_id = next(self.ids)
        self.say(journey_started, None, **self._journey(there), initiated_by="manual", started_at=self.at)

    def judge(self, there: InClinic) -> None:
        at, score = self.at, self.rng.choice(SCORES)
        kinds = self.rng.sample(["silence", "delay", "cancellation", "tone_change", "no_show"], self.rng.randint(0, 3))
        signs = tuple(but(silence, type=kind, value=score, detected_at=at) for kind in kinds)
        for sign in signs:
            self.say(risk_detected, **self._journey(there), risk_type=sign.type, detected_at=at)
        self.say(
            recalculated,
            **self._journey(there),
            new_score=score,
            risk_level=LEVELS[score],
            contributing_factors=signs,
            recalculated_at=at,
        )

    def move(self, there: InClinic) -> None:
        self.say(moved_to(self.rng.choice(STAGES)), **self._journey(there), changed_at=self.at)  # type: ignore[arg-type]  # fields by name

    def escalate(self, there: InClinic) -> None:
        self.say(risk_escalated, **self._journey(there), escalated_at=self.at)

    def recover(self, there: InClinic) -> None:
        self.say(recovered, **self._journey(there), recovered_at=self.at)

    def end(self, there: InClinic) -> None:
        at = self.at
        ends: list[tuple[Event, dict[str, Any]]] = [
            (abandoned, {"abandoned_at": at}),
            (journey_completed, {"completed_at": at}),
        ]
        fact, changes = self.rng.choice([*ends, ends[0], (moved_to("cancelled"), {"changed_at": at})])
        self.say(fact, **self._journey(there), **changes)
        if fact is abandoned and there.journey_id is not None:
            there.abandoned.append(there.journey_id)
        there.journey_id = None

    def complete_abandoned(self, there: InClinic) -> None:
        journey_id = there.abandoned.pop(self.rng.randrange(len(there.abandoned)))
        self.say(journey_completed, **self._ids(there), journey_id=journey_id, completed_at=self.at)

    def rename(self, there: InClinic) -> None:
        phone = self.rng.choice([PHONE, OTHER_PHONE])
        self.say(contact_updated, patient_id=there.patient_id, new_phone=phone)

    def _caused(self, there: InClinic, initiated_by: str, at: datetime) -> None:
        if there.journey_id is None:
            there.journey_id = next(self.ids)
            cause = self.log.recorded[-1].event_id
            self.say(journey_started, cause, **self._journey(there), initiated_by=initiated_by, started_at=at)

    def _ids(self, there: InClinic) -> dict[str, Any]:
        return {"patient_id": there.patient_id, "clinic_id": there.clinic_id}

    def _talk(self, there: InClinic) -> dict[str, Any]:
        return {**self._ids(there), "conversation_id": there.conversation_id}

    def _journey(self, there: InClinic) -> dict[str, Any]:
        return {**self._ids(there), "journey_id": there.journey_id}


def walk(
    rng: random.Random, *, patients: int = 1, steps: int = 40, tenant_id: UUID = TENANT, started_at: datetime = NOW
) -> tuple[Recorded, ...]:
    """A tenant's log: these patients, in two clinics, at most so many steps of each."""
    walking = Walk(rng, Log(tenant_id, started_at))
    everybody = [UUID(int=0xA1_0000_0000 + n) for n in range(patients)]
    for patient_id in everybody:
        walking.say(registered, patient_id=patient_id)
    places = [InClinic(patient_id, clinic_id) for patient_id in everybody for clinic_id in (VITORIA, SERRA)]
    for _ in range(rng.randint(0, steps) if patients == 1 else patients * steps):
        walking.step(rng.choice(places))
    return walking.log.recorded
