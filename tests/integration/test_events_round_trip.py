"""An event is the same in PostgreSQL and in Kafka as when it was decided: generated ones, of every type."""

import json
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from command_api.append import Append, NewEvent, payload
from command_api.event_store import EventStore
from healz.events import EVENTS, Event, read_cloud_event
from properties.histories import Commit, History, look_at_many
from system import System

TYPES = {event.__name__ for event in EVENTS}
EACH = 3
"""Histories in which a type is wanted, at least."""


def with_every_type() -> list[History]:
    """Generated histories, no more of them than it takes."""
    chosen: list[History] = []
    seen: Counter[str] = Counter()

    def look(history: History) -> None:
        types = {type(event).__name__ for event in history.events}
        if any(seen[name] < EACH for name in types):
            chosen.append(history)
            seen.update(types)

    look_at_many(look, enough=lambda: all(seen[name] >= EACH for name in TYPES))
    assert set(seen) == TYPES
    return chosen


def told(event: Event) -> tuple[type[Event], dict[str, Any], set[str], Any]:
    """All that it says, and what it does not: null is not absent. (jsonb keeps no order of keys.)"""
    return type(event), dict(event), event.model_fields_set, json.loads(payload(event))


async def test_generated_events_come_back_unchanged(system: System) -> None:
    chosen = with_every_type()
    async with asyncpg.create_pool(system.database.url("healz_command"), min_size=1, max_size=1) as pool:
        store = EventStore(pool, b"an-identity-key-for-tests", timedelta(hours=24))
        decided = {uuid7(): history for history in chosen}
        for tenant_id, history in decided.items():
            await append(store, tenant_id, history)

        for tenant_id, history in decided.items():
            stored = await system.database.log(tenant_id)
            assert [told(recorded.event_data) for recorded in stored] == [told(event) for event in history.events]
            if history.events:
                loaded = await store.load(tenant_id, history.events[0].patient_id, None)
                assert loaded.case == history.case, "the next command is decided on the same case"

    system.start("relay")
    await system.outbox_empty(seconds=60)
    arrived = defaultdict(list)
    for record in await system.records():
        recorded = read_cloud_event(record.value or b"")
        arrived[recorded.tenant_id].append(recorded)
    for tenant_id, history in decided.items():
        assert [told(recorded.event_data) for recorded in arrived[tenant_id]] == [
            told(event) for event in history.events
        ]
        assert arrived[tenant_id] == await system.database.log(tenant_id), "envelope for envelope"


async def append(store: EventStore, tenant_id: UUID, history: History) -> None:
    """Commit by commit, as the handler does."""
    facts = 0
    for commit in history.commits:
        if commit.events:
            position = await store.append(_append(tenant_id, facts, commit))
            facts += len(commit.events)
            assert position == facts


def _append(tenant_id: UUID, facts: int, commit: Commit) -> Append:
    recorded, case = list[NewEvent](), commit.before
    for event in commit.events:
        case = case.after([event])
        version = case.versions[event.aggregate_id]
        recorded.append(NewEvent.of(event, event_id=uuid7(), aggregate_version=version, causation_id=uuid7()))
    return Append(
        tenant_id=tenant_id,
        patient_id=commit.given.patient_id,
        facts=facts,
        idempotency_key=None,
        request_hash=b"",
        answer={},
        correlation_id=uuid7(),
        user_id=None,
        metadata={"ip_address": "127.0.0.1"},
        events=recorded,
        before=commit.before,
        after=case,
    )
