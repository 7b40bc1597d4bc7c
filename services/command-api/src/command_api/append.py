"""What one commit holds: its events, and the guards that it takes and frees (what is unique across patients)."""

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict, SerializeAsAny, TypeAdapter

from command_api.decide.appointment.state import AppointmentState
from command_api.decide.case import Case
from command_api.decide.conversation.state import provider_id_of
from command_api.decide.patient.state import Identity
from command_api.keyed_hash import keyed_hash
from healz.events import Event


class NewEvent(BaseModel):
    """An event with its ids, about to be recorded."""

    model_config = ConfigDict(frozen=True)

    event_id: UUID
    event_type: str
    schema_version: int
    aggregate_type: str
    aggregate_id: UUID
    aggregate_version: int
    clinic_id: UUID | None
    causation_id: UUID
    event_data: SerializeAsAny[Event]

    @classmethod
    def of(cls, event: Event, *, event_id: UUID, aggregate_version: int, causation_id: UUID) -> "NewEvent":
        """``event`` under these ids."""
        return cls.model_construct(
            event_id=event_id,
            event_type=type(event).__name__,
            schema_version=event.schema_version,
            aggregate_type=event.aggregate_type,
            aggregate_id=event.aggregate_id,
            aggregate_version=aggregate_version,
            clinic_id=event.clinic,
            causation_id=causation_id,
            event_data=event,
        )


def payload(event: Event) -> str:
    """The event's JSON as it is stored: what was never said is absent, what was cleared is null."""
    return event.model_dump_json(exclude_unset=True)


@dataclass(frozen=True)
class Append:
    """What one commit holds. ``before`` and ``after`` are the case on either side: the guards are their difference.

    ``last_at``: of a case that was kept, when its last event was written; None: it was loaded just now.
    ``idempotency_key_before``: as the release before kept the key. ``bytes``: about what the events add to a case.
    ``told_messages``: provider's ids of messages that are told again, and were recorded before.
    """

    tenant_id: UUID
    patient_id: UUID
    facts: int
    idempotency_key: str | None
    request_hash: bytes
    answer: dict[str, Any]
    correlation_id: UUID
    user_id: UUID | None
    metadata: dict[str, Any]
    events: list[NewEvent]
    before: Case
    after: Case
    last_at: datetime | None = None
    idempotency_key_before: str | None = None
    bytes: int = 0
    told_messages: Container[str] = ()

    @property
    def events_json(self) -> str:
        """As the store takes them: what was never said is absent, what was cleared is null."""
        return _new_events.dump_json(self.events, exclude_unset=True).decode()


_new_events = TypeAdapter(list[NewEvent])


@dataclass(frozen=True)
class Guarded:
    """An append with the guards that it takes and frees."""

    append: Append
    guards: dict[str, list[dict[str, Any]]]

    @property
    def frees(self) -> bool:
        """Whether it gives back what others may take."""
        return "freed_identities" in self.guards or "freed_slots" in self.guards


def commits_json(appends: Sequence[Append], hashes: Sequence[bytes]) -> str:
    """These appends of one tenant as ``append_commits`` takes them; ``hashes``: as each one's request is kept."""
    until = accumulate(len(append.events) for append in appends)
    return f"[{','.join(map(_commit_json, appends, hashes, until))}]"


def guards_json(group: Sequence[Guarded], clock: Mapping[str, datetime]) -> str:
    """All that these appends take and free together; and between which times they may be recorded."""
    guards: dict[str, Any] = {"clock": clock}
    appends = [guarded.append for guarded in group]
    if keys := sum(append.idempotency_key is not None for append in appends):
        guards["keys"] = keys
    if before := [key for append in appends if (key := append.idempotency_key_before) is not None]:
        guards["keys_before"] = before
    for guarded in group:
        for name, entries in guarded.guards.items():
            guards[name] = guards.get(name, []) + entries
    return msgspec.json.encode(guards).decode()


def _commit_json(append: Append, request_hash: bytes, until: int) -> str:
    commit: dict[str, Any] = {
        "patient_id": append.patient_id,
        "facts": append.facts,
        "last_at": append.last_at,
        "count": len(append.events),
        "until": until,
        "correlation_id": append.correlation_id,
        "user_id": append.user_id,
        "metadata": append.metadata or None,
    }
    if append.idempotency_key is not None:
        commit |= {"key": append.idempotency_key, "request_hash": request_hash.hex(), "answer": append.answer}
    return f'{msgspec.json.encode(commit).decode()[:-1]},"events":{append.events_json}}}'


class Guards:
    """Which guards a commit takes and frees. Phones, e-mails and CPFs are held unique by a keyed hash."""

    def __init__(self, identity_key: bytes) -> None:
        self._identity_key = identity_key

    def of(self, append: Append) -> Guarded:
        """With what the commit takes and frees of what spans patients: the difference of the two cases."""
        before, after = append.before, append.after
        slots_before, slots_after = _slots(before), _slots(after)
        taken = [
            appointment
            for key, appointment in slots_after.items()
            if key not in slots_before or slots_before[key].slot != appointment.slot
        ]
        freed = [key for key in slots_before if key not in slots_after or slots_after[key] in taken]
        guards: dict[str, list[dict[str, Any]]] = {
            "freed_identities": self._digests(append, before.patient.identities - after.patient.identities),
            "taken_identities": self._digests(append, after.patient.identities - before.patient.identities),
            "freed_slots": [{"appointment_id": key} for key in freed],
            "taken_slots": [
                {
                    "appointment_id": appointment.appointment_id,
                    "doctor_id": appointment.doctor_id,
                    "slot_from": appointment.scheduled_for,
                    "slot_until": appointment.ends_at,
                }
                for appointment in taken
            ],
            "taken_messages": [
                {"whatsapp_message_id": _message_digest(append.tenant_id, message_id)}
                for message_id in _provider_messages(append.events)
                if message_id not in before.conversations.provider_messages and message_id not in append.told_messages
            ],
        }
        return Guarded(append, {name: entries for name, entries in guards.items() if entries})

    def _digests(self, append: Append, identities: frozenset[Identity]) -> list[dict[str, Any]]:
        return [
            self.digest(append.tenant_id, identity) | {"patient_id": append.patient_id}
            for identity in sorted(identities)
        ]

    def digest(self, tenant_id: UUID, identity: Identity) -> dict[str, str]:
        """Under which an identity is held: its kind and a keyed hash (HMAC) of its value."""
        kind, value = identity
        return {"kind": kind, "digest": keyed_hash(self._identity_key, tenant_id, kind, value.encode()).hex()}


def _slots(case: Case) -> dict[UUID, AppointmentState]:
    """The appointments that take a doctor's time."""
    return {
        appointment.appointment_id: appointment
        for appointment in case.appointments.live
        if appointment.slot is not None
    }


def _provider_messages(events: list[NewEvent]) -> set[str]:
    return {provider_id for event in events if (provider_id := provider_id_of(event.event_data)) is not None}


def _message_digest(tenant_id: UUID, provider_id: str) -> str:
    """As V200114 makes it. A provider's id has the patient's phone in it, and much beside that nobody can guess."""
    return hashlib.sha256(f"{tenant_id}:{provider_id}".encode()).hexdigest()
