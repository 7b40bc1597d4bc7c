"""An import that records nothing: its commands are decided as they would be, and what they lead to is remembered here.

What spans patients is asked of the database by an append without events that is rolled back.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from command_api.append import Append
from command_api.append_refused import TAKEN
from command_api.decide.case import Case
from command_api.decide.patient.state import Identity
from command_api.decide.rejected import Rejected
from command_api.event_store import EventStore, Loaded
from command_api.imports.rows.visit import Visit
from command_api.imports.store import Batch, ImportStore


class RehearsedStore(EventStore):
    """The event store as it would be after the commands that were decided on it."""

    def __init__(self, store: EventStore) -> None:
        vars(self).update(vars(store))
        self._cases: dict[UUID, tuple[int, Case]] = {}
        self.patients: dict[UUID, UUID] = {}
        """{appointment or patient: its patient}."""
        self._answers: dict[str, tuple[bytes, dict[str, Any]]] = {}
        self._holders: dict[Identity, UUID] = {}

    def kept(self, tenant_id: UUID, aggregate_id: UUID, *, is_new: bool = False) -> Loaded | None:  # noqa: ARG002  # of the store
        """Nothing: what is kept elsewhere lacks what was rehearsed."""
        return None

    async def load(
        self,
        tenant_id: UUID,
        aggregate_id: UUID,
        idempotency_key: str | None,
        request_hash: bytes = b"",
        key_before: str | None = None,
    ) -> Loaded:
        """With what was rehearsed."""
        patient_id = self.patients.get(aggregate_id, aggregate_id)
        loaded = await super().load(tenant_id, patient_id, idempotency_key, request_hash, key_before)
        if (rehearsed := self._cases.get(loaded.patient_id or patient_id)) is not None:
            facts, case = rehearsed
            loaded = replace(loaded, patient_id=loaded.patient_id or patient_id, facts=facts, case=case)
        if idempotency_key is not None and (answered := self._answers.get(idempotency_key)) is not None:
            kept_hash, answer = answered
            loaded = replace(loaded, answered=answer, answered_same=kept_hash == request_hash)
        return loaded

    async def append(self, append: Append) -> int | None:
        """Remembers it; the position is none. Raises Rejected as an append does."""
        taken = append.after.patient.identities - append.before.patient.identities
        for identity in taken:
            if self._holders.get(identity, append.patient_id) != append.patient_id:
                raise Rejected(f"{identity[0]}_taken", TAKEN[identity[0]])
        await self.would_take(append)
        self._holders |= dict.fromkeys(taken, append.patient_id)
        self._cases[append.patient_id] = (append.facts + len(append.events), append.after)
        self.patients |= {event.aggregate_id: append.patient_id for event in append.events}
        if append.idempotency_key is not None:
            self._answers[append.idempotency_key] = (append.request_hash, append.answer | {"position": 0})
        return 0

    async def holders(self, tenant_id: UUID, identities: Iterable[Identity]) -> dict[Identity, UUID]:
        """Also those who were rehearsed."""
        identities = list(identities)
        rehearsed = {identity: self._holders[identity] for identity in identities if identity in self._holders}
        return await super().holders(tenant_id, identities) | rehearsed


class RehearsedImports(ImportStore):
    """Keeps no word of the file's rows; the times that it takes are given back at the end."""

    def __init__(self, store: RehearsedStore, tenant_id: UUID, key: str) -> None:
        super().__init__(store.pool, tenant_id, key)
        self._rehearsed = store
        self._taken: set[UUID] = set()

    async def rows_of_batch(self, first_row: int) -> int | None:  # noqa: ARG002  # of the store
        return None

    async def begin(self, batch: Batch) -> Batch:
        return batch

    async def finish(self, first_row: int, refused: int) -> None:
        pass

    async def known(self, aggregates: Iterable[UUID]) -> dict[UUID, UUID]:
        aggregates = list(aggregates)
        rehearsed = self._rehearsed.patients
        return await super().known(aggregates) | {key: rehearsed[key] for key in aggregates if key in rehearsed}

    async def take_times(
        self, visits: Iterable[Visit], patients: dict[int, UUID], *, beside: bool = False
    ) -> dict[UUID, str]:
        visits = list(visits)
        self._taken.update(visit.appointment_id for visit in visits)
        return await super().take_times(visits, patients, beside=beside)

    async def end(self) -> None:
        """Gives back the times, but those of appointments that somebody has imported meanwhile."""
        await self.give_times_back(self._taken - {*await super().known(self._taken)})
