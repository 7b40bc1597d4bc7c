"""The one command handler: load, decide, append.

Of a patient whose case is kept, it decides on that, and appends; the append finds out whether the case is the store's.
Anything but an accepted append, whatever it is, is no answer: then it loads, and decides again.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from command_api.append import Append, NewEvent
from command_api.append_refused import MessageKnown
from command_api.decide.appointment.change.commands import ChangeAppointment
from command_api.decide.appointment.command import AppointmentCommand
from command_api.decide.appointment.commands import BookAppointment
from command_api.decide.case import Case, decide
from command_api.decide.command import Beginning, Command
from command_api.decide.given import Given
from command_api.decide.limits import Limits
from command_api.decide.rejected import Rejected
from command_api.event_store import EventStore, Loaded
from command_api.fold.prefix import weight
from command_api.read_back import read_back
from command_api.reference.store import Reference
from command_api.scope import Asked, NotFound, again, check_found, check_scope
from command_api.shares import Shares, placed
from healz.events import Event


class Conflict(Exception):
    """Other facts about the patient came first, each time it was tried."""


class VersionDiffers(Exception):
    """If-Match names other versions than the aggregate has."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


Cause = Callable[[Event, Sequence[NewEvent], UUID], UUID]
"""What an event follows from: of the events before it in its commit, or of the command's id."""


def of_the_first(_: Event, before: Sequence[NewEvent], command_id: UUID) -> UUID:
    """The first is the fact that was asked for; all others follow from it."""
    return before[0].event_id if before else command_id


@dataclass(frozen=True)
class Handler:
    """Handles every command; decides again where others were faster, ``attempts_max`` times.

    ``clock`` gives the time, ``new_id`` ids that sort by it. ``shares``: of a
    process that works for many tenants at once; None in a job of its own.
    """

    store: EventStore
    reference: Reference
    limits: Limits
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]
    attempts_max: int
    shares: Shares | None = None

    async def handle(self, command: Command, target: UUID | None, asked: Asked) -> dict[str, Any]:
        """The answer: id, version, position and events. ``target`` is the aggregate; None for one to be made.

        Raises Rejected, NotFound, Conflict, KeyReused, VersionDiffers, Busy.
        """
        aggregate_id = target or self.new_id()
        for attempt in range(self.attempts_max):
            if attempt:
                # Let the others finish; each time a little longer.
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  # jitter, not a secret
            about = command.patient_id if isinstance(command, Beginning) else aggregate_id
            # First the patient's turn: who waits for it takes no place from the tenant's other patients.
            async with self.store.turn(asked.tenant_id, about), placed(self.shares, asked.tenant_id):
                answer = None
                if not attempt:
                    is_new = target is None and about == aggregate_id
                    answer = await self._on_kept(command, aggregate_id, about, asked, is_new=is_new)
                if answer is None:
                    answer = await self._on_loaded(command, aggregate_id, about, asked)
            if answer is not None:
                return answer
        raise Conflict

    async def _on_kept(
        self, command: Command, target: UUID, about: UUID, asked: Asked, *, is_new: bool
    ) -> dict[str, Any] | None:
        """The answer, where the command was accepted without a load; None: load, and decide on that."""
        kept = self.store.kept(asked.tenant_id, about, is_new=is_new)
        if kept is not None:
            # What refuses it may have changed, and who asks may not be meant to hear of it.
            with suppress(Rejected, NotFound, VersionDiffers):
                return await self._decide(command, target, kept, asked)
        return None

    async def _on_loaded(self, command: Command, target: UUID, about: UUID, asked: Asked) -> dict[str, Any] | None:
        loaded = await self.store.load(
            asked.tenant_id, about, asked.idempotency_key, asked.request_hash, asked.idempotency_key_before
        )
        return await self._decide(command, target, loaded, asked)

    async def _decide(self, command: Command, target: UUID, loaded: Loaded, asked: Asked) -> dict[str, Any] | None:
        """The answer; None: others were faster."""
        # Before the earlier answer: it may be to somebody else, who may see what this one may not.
        check_found(command, target, loaded, asked)
        given = self.given(target, loaded, asked)
        if loaded.answered is not None:
            return again(loaded.answered, command, given, loaded, asked)
        version = loaded.case.versions.get(target, 0)
        check_version(version, asked)
        given = await self._named(given, command, target, loaded, asked)
        events = decide(command, loaded.case, given)
        check_scope(events, asked)
        append = self.append_of(events, given, loaded, asked)
        try:
            position = await self.store.append(append)
        except MessageKnown:
            append = self.append_of([], given, loaded, asked)
            position = await self.store.append(append)
        return None if position is None else append.answer | {"position": position}

    def given(self, target: UUID, loaded: Loaded, asked: Asked) -> Given:
        # A command records a reminder or a message, never both. (One id more would change those that seed files make.)
        journey_id, recorded_id = self.new_id(), self.new_id()
        return Given(
            now=self.clock(),
            role=asked.role,
            target=target,
            patient_id=loaded.patient_id or target,
            journey_id=journey_id,
            reminder_id=recorded_id,
            message_id=recorded_id,
            user_id=asked.user_id,
            limits=self.limits,
            rules=loaded.rules,
        )

    async def _named(self, given: Given, command: Command, target: UUID, loaded: Loaded, asked: Asked) -> Given:
        """With the reference data that the command names."""
        match command:
            case BookAppointment(clinic_id=clinic_id, doctor_id=doctor_id):
                return await self.reference.named(given, asked.tenant_id, clinic_id, doctor_id)
            case Beginning(clinic_id=clinic_id):
                return await self.reference.named(given, asked.tenant_id, clinic_id, None)
            case AppointmentCommand(asks_reference=True):
                appointment = loaded.case.appointments.appointments[target]
                clinic_id, doctor_id = appointment.clinic_id, appointment.doctor_id
                if isinstance(command, ChangeAppointment):
                    clinic_id, doctor_id = command.clinic_id or clinic_id, command.doctor_id or doctor_id
                return await self.reference.named(given, asked.tenant_id, clinic_id, doctor_id)
            case _:
                return given

    def append_of(
        self, events: list[Event], given: Given, loaded: Loaded, asked: Asked, cause: Cause = of_the_first
    ) -> Append:
        """What is to be recorded: each event with its ids, and the case after all of them."""
        recorded: list[NewEvent] = []
        case, grown = loaded.case, 0
        for event in events:
            causation_id = cause(event, recorded, asked.command_id)
            new = NewEvent.of(
                event,
                event_id=self.new_id(),
                aggregate_version=case.versions.get(event.aggregate_id, 0) + 1,
                causation_id=causation_id,
            )
            back = read_back(new, asked.tenant_id, asked.correlation_id, asked.user_id, asked.metadata)
            if back.bytes > (bytes_max := self.limits.event_bytes_max):
                raise Rejected("event_too_large", f"that makes {back.bytes} bytes; at most {bytes_max} can be kept")
            recorded.append(new)
            case, grown = case.after([back.event]), grown + weight(back.event, back.bytes)
        return Append(
            tenant_id=asked.tenant_id,
            patient_id=given.patient_id,
            facts=loaded.facts,
            idempotency_key=asked.idempotency_key,
            request_hash=asked.request_hash,
            answer=_answer(given.target, case, recorded),
            correlation_id=asked.correlation_id,
            user_id=asked.user_id,
            metadata=asked.metadata,
            events=recorded,
            before=loaded.case,
            after=case,
            last_at=loaded.last_at,
            idempotency_key_before=asked.idempotency_key_before,
            bytes=grown,
        )


def check_version(version: int, asked: Asked) -> None:
    """Raises VersionDiffers."""
    if asked.expected_versions is not None and version not in asked.expected_versions:
        raise VersionDiffers(version)


def _answer(target: UUID, case: Case, recorded: list[NewEvent]) -> dict[str, Any]:
    return {
        "id": str(target),
        "version": case.versions.get(target, 0),
        "events": [
            {
                "event_id": str(event.event_id),
                "event_type": event.event_type,
                "aggregate_id": str(event.aggregate_id),
                "aggregate_version": event.aggregate_version,
            }
            for event in recorded
        ],
    }
