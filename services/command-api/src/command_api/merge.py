"""Two patients' records become one: decided on both, and committed together."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from uuid import UUID

from command_api.append import NewEvent
from command_api.decide.case import decide
from command_api.decide.given import Other
from command_api.decide.merging.commands import MergePatients
from command_api.decide.merging.merged import ended
from command_api.handle import Conflict, Handler, check_version, of_the_first
from command_api.scope import Asked, NotFound, again, check_found, check_scope
from command_api.shares import placed
from healz.events import Event
from healz.events.appointment_event import AppointmentEvent
from healz.events.conversation_event import ConversationEvent
from healz.events.journey import JourneyStarted


async def merge(handler: Handler, command: MergePatients, target: UUID, asked: Asked) -> dict[str, Any]:
    """The answer: as of any command on ``target``, the record that goes on. Raises as ``Handler.handle``."""
    for attempt in range(handler.attempts_max):
        if attempt:
            await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  # jitter, not a secret
        async with AsyncExitStack() as turns:
            # In one order, whichever is merged into which: two that wait for each other would wait for ever.
            for patient_id in sorted({target, command.other_patient_id}):
                await turns.enter_async_context(handler.store.turn(asked.tenant_id, patient_id))
            await turns.enter_async_context(placed(handler.shares, asked.tenant_id))
            answer = await _decided(handler, command, target, asked)
        if answer is not None:
            return answer
    raise Conflict


async def _decided(handler: Handler, command: MergePatients, target: UUID, asked: Asked) -> dict[str, Any] | None:
    """None: others were faster."""
    store, tenant_id = handler.store, asked.tenant_id
    loaded = await store.load(
        tenant_id, target, asked.idempotency_key, asked.request_hash, asked.idempotency_key_before
    )
    check_found(command, target, loaded, asked)
    given = handler.given(target, loaded, asked)
    if loaded.answered is not None:
        return again(loaded.answered, command, given, loaded, asked)
    check_version(loaded.case.versions.get(target, 0), asked)
    theirs = await store.load(tenant_id, command.other_patient_id, None)
    if theirs.patient_id != command.other_patient_id:
        raise NotFound
    events_max = handler.limits.merged_events_max
    facts = await store.facts(tenant_id, command.other_patient_id, events_max + 1)
    if len(facts) != min(theirs.facts, events_max + 1):
        return None
    other = Other(command.other_patient_id, theirs.case, facts)
    events = decide(command, loaded.case, replace(given, other=other))
    over = ended(other, target, given.actor(command), given.at(command))
    check_scope([*events, *over], asked)
    append = handler.append_of(events, given, loaded, asked, _cause)
    append = replace(append, told_messages=theirs.case.conversations.provider_messages)
    first = append.events[0].event_id
    last = handler.append_of(
        over,
        replace(given, target=other.patient_id, patient_id=other.patient_id),
        theirs,
        replace(asked, idempotency_key=None, idempotency_key_before=None),
        lambda *_: first,
    )
    position = await store.append_both(append, last)
    return None if position is None else append.answer | {"position": position}


def _cause(event: Event, before: Sequence[NewEvent], command_id: UUID) -> UUID:
    """A journey that is told again was started by the fact that is told before it; all else follows from the first."""
    if isinstance(event, JourneyStarted) and isinstance(before[-1].event_data, AppointmentEvent | ConversationEvent):
        return before[-1].event_id
    return of_the_first(event, before, command_id)
