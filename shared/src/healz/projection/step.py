"""A tenant's next events: the store says which they are; their contents come from the topic, else from the store."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from healz.events import UnknownEvent, read_envelope
from healz.projection import stored
from healz.projection.fold import Logged, patients
from healz.projection.halted import Halt, reason_of
from healz.projection.parked import unreadable
from healz.projection.received import Received
from healz.projection.shape import PatientKey
from healz.projection.stored import ID_BYTES, Stored, Wanted


@dataclass(frozen=True)
class TenantStep:
    """What one batch does for one tenant: its next events, in order, and why they end before the last, if so.

    ``dropped`` are positions of those that are not folded. ``unconfirmed`` are positions of events that came from the
    topic and that the store doesn't have; ``filled`` is how many of ``log`` came from the store.
    """

    log: Sequence[Logged]
    halt: Halt | None = None
    dropped: Collection[int] = ()
    unconfirmed: Sequence[int] = ()
    filled: int = 0

    @cached_property
    def events(self) -> dict[PatientKey, list[Logged]]:
        """What is to be folded, by patient."""
        kept = self.log if not self.dropped else [event for event in self.log if event.position not in self.dropped]
        return patients(kept)


def wanted(received: Received | None, hole_events_max: int) -> Wanted:
    """What to ask the store: what leads to the newest that was received; without any, the next ``hole_events_max``."""
    if received is None:
        return Wanted(None, hole_events_max)
    return Wanted(received.newest, len(received) + hole_events_max)


async def next_step(
    connection: Any, tenant_id: UUID, seen: Stored, received: Received | None, hole_events_max: int
) -> TenantStep | None:
    """None when more than ``hole_events_max`` are missing."""
    if seen.problem is not None:
        return TenantStep([], seen.problem)
    if seen.event_ids is None:
        return None
    checkpoint = seen.checkpoint.position
    if received is not None:
        received.drop_until(checkpoint)
    known: dict[int, Logged] = {}
    missing: list[int] = []
    after = checkpoint + 1 + len(seen.event_ids) // ID_BYTES
    for n, position in enumerate(range(checkpoint + 1, after)):
        event_id = seen.event_ids[n * ID_BYTES : (n + 1) * ID_BYTES]
        event = received.get(position, event_id) if received is not None else None
        if event is None:
            missing.append(position)
        else:
            known[position] = event
    if len(missing) > hole_events_max:
        return None
    unconfirmed = received.but(known) if received is not None and len(received) > len(known) else []
    halt = await _read(connection, tenant_id, missing, known) if missing else None
    end = halt.position if halt is not None else after
    log = [known[position] for position in range(checkpoint + 1, end)]
    filled = sum(position < end for position in missing)
    return TenantStep(log, halt, seen.dropped, unconfirmed, filled)


async def _read(connection: Any, tenant_id: UUID, missing: Sequence[int], known: dict[int, Logged]) -> Halt | None:
    """Adds the missing ones to ``known``, from the store; ends at the first that only a newer release knows."""
    envelopes = await stored.read(connection, tenant_id, missing)
    for position in missing:
        try:
            known[position] = read_envelope(envelopes[position])
        except UnknownEvent as error:
            return Halt(position, str(error))
        except ValidationError as error:
            known[position] = unreadable(json.loads(envelopes[position]), f"can't be read: {reason_of(error)}")
    return None
