"""Thin client of the event store's SQL functions."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any
from uuid import UUID

import asyncpg

from command_api.append import Append, Guarded, Guards, commits_json, guards_json
from command_api.append_refused import refusal
from command_api.append_span import append_span
from command_api.cases import Cases, Page
from command_api.decide.case import Case
from command_api.decide.journey.rules import DEFAULT_RULES, JourneyRules
from command_api.decide.patient.state import Identity
from command_api.door import Knock
from command_api.fold.limits import DEFAULT_LIMITS, FoldLimits
from command_api.fold.lines import Lines
from command_api.fold.prefix import Last
from command_api.group_commit import Committed, GroupCommit
from command_api.kept_rules import RULES_KEPT, KeptRules
from command_api.keyed_hash import KeyedHashes
from command_api.metrics import WRITE_LATENCY, WRITE_THROUGHPUT
from healz.events import Event, Recorded, read_envelope

LOAD = """
SELECT l.*, b.request_hash AS hash_before, b.answer AS answer_before
  FROM event_store.load_patient($1, $2, $3, $4, $5, $6, $7, $8, $9) AS l
  LEFT JOIN LATERAL (SELECT k.request_hash, k.answer
                       FROM event_store.load_patient($1, NULL, $10, $4, NULL, NULL, NULL, 1, 1) AS k
                      WHERE $10 IS NOT NULL) AS b ON true
"""
HOLDERS = "SELECT kind, digest, patient_id FROM event_store.identity_holders($1, $2)"
APPEND = "SELECT event_store.append_commits($1, $2, $3, $4)"
CLOCKS_APART = timedelta(minutes=10)


@dataclass(frozen=True)
class Loaded:
    """One snapshot: the patient's case, how many events it was folded from, the tenant's rules, the key's answer, and
    whether that was to this same request.

    ``last_at``: when the case's last event was written, where it is a kept one; None: it was loaded just now.
    """

    patient_id: UUID | None
    facts: int
    case: Case
    rules: JourneyRules
    answered: dict[str, Any] | None = None
    answered_same: bool = False
    last_at: datetime | None = None


class EventStore:
    """Loads patients' cases and appends events.

    ``identity_key`` keys the hashes under which phones, e-mails and CPFs are held unique, and requests are
    known again; ``load`` is the statement that reads a patient's page. Nothing is recorded at a time that lies further
    than ``clocks_apart`` from ``clock``, the application's own. ``knock`` tells the relay that there is something.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        identity_key: bytes,
        key_lifetime: timedelta,
        limits: FoldLimits = DEFAULT_LIMITS,
        load: str = LOAD,
        clocks_apart: timedelta = CLOCKS_APART,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        knock: Knock = lambda: None,
        rules_kept: timedelta = RULES_KEPT,
        group_commits_max: int = 32,
    ) -> None:
        self.pool = pool
        self._clocks_apart = clocks_apart
        self._clock = clock
        self._knock = knock
        self.hashes = KeyedHashes(identity_key)
        self._guards = Guards(identity_key)
        self._key_lifetime = key_lifetime
        self._limits = limits
        self._load = load
        self._turns: Lines[tuple[UUID, UUID]] = Lines(limits.wait_seconds_max)
        self.cases = Cases(limits)
        self.rules = KeptRules(rules_kept)
        self._groups = GroupCommit(self.record, group_commits_max)

    def kept(self, tenant_id: UUID, aggregate_id: UUID, *, is_new: bool = False) -> Loaded | None:
        """What is known of the patient without asking the database; None: too little to decide on.

        It may be out of date, and then the append refuses it. So may the tenant's rules, by as long as they are kept.
        ``is_new``: the id was made just now, so that it is nobody's yet.
        """
        if (rules := self.rules.get(tenant_id)) is None:
            return None
        if is_new:
            return Loaded(None, 0, Case(), rules)
        if (kept := self.cases.kept(tenant_id, aggregate_id)) is None:
            return None
        patient_id, prefix = kept
        if prefix.last is None:
            return None
        return Loaded(patient_id, prefix.facts, prefix.state, rules, last_at=prefix.last.created_at)

    async def load(
        self,
        tenant_id: UUID,
        aggregate_id: UUID,
        idempotency_key: str | None,
        request_hash: bytes = b"",
        key_before: str | None = None,
    ) -> Loaded:
        """The patient whose aggregate this is; ``facts`` 0 when it is nobody's. Raises LogBroken, Busy.

        ``key_before``: the key as the release before kept it, which kept the plain ``request_hash`` with it.
        """
        asked_at = time.monotonic()
        asked = (tenant_id, aggregate_id, idempotency_key, self._key_lifetime)
        most = (self._limits.page_events_max, self._limits.page_bytes_max)

        async def read(known: Last | None) -> Page:
            last = (known.event_id, known.position, known.created_at) if known else (None, None, None)
            (row,) = await self.pool.fetch(self._load, *asked, *last, *most, key_before)
            return Page(row["patient_id"], row["facts"], row["is_known"], row["envelopes"], row)

        case, page = await self.cases.load(tenant_id, aggregate_id, read)
        row = page.row
        kept, answer = row["request_hash"], row["answer"]
        if answer is None:
            kept, answer = row["hash_before"], row["answer_before"]
        answered = json.loads(answer) if answer is not None else None
        is_same = kept in (self.hashes.request(tenant_id, request_hash), request_hash)
        rules = _rules(row["journey_rules"])
        self.rules.put(tenant_id, rules, asked_at)
        return Loaded(page.patient_id, page.facts, case, rules, answered, is_same)

    def turn(self, tenant_id: UUID, aggregate_id: UUID) -> AbstractAsyncContextManager[None]:
        """One command of a patient's at a time in this process: others would only decide on what is about to change.

        As far as it is known whose aggregate it is; the append holds for the rest. Raises Busy.
        """
        return self._turns.turn((tenant_id, self.cases.whose(tenant_id, aggregate_id)))

    async def append(self, append: Append) -> int | None:
        """Records the events; returns the position of the last, or None when the command must be decided anew.

        The case after them is kept for the patient's next command.
        Raises Rejected when an identity or a doctor's time is taken, MessageKnown for a message delivered again,
        ClocksApart when the time would be wrong.
        """
        began = time.perf_counter()
        try:
            committed = await self._groups.append(self.guarded(append))
        except asyncpg.SerializationError:
            return None
        except asyncpg.PostgresError as error:
            raise refusal(error, self._clock) from error
        WRITE_LATENCY.record(time.perf_counter() - began)
        WRITE_THROUGHPUT.total += len(append.events)
        if committed.at is not None:
            self.cases.committed(append, committed.position, committed.at)
        return committed.position

    async def append_both(self, append: Append, other: Append) -> int | None:
        """As ``append``, of two patients' events in one transaction; the position of the first one's last event."""
        try:
            committed = await self.record([self.guarded(append), self.guarded(other)])
        except asyncpg.SerializationError:
            return None
        except asyncpg.PostgresError as error:
            raise refusal(error, self._clock) from error
        WRITE_THROUGHPUT.total += len(append.events) + len(other.events)
        for one, there in zip((append, other), committed, strict=True):
            assert there.at is not None
            self.cases.committed(one, there.position, there.at)
        return committed[0].position

    async def facts(self, tenant_id: UUID, patient_id: UUID, events_max: int) -> list[Event]:
        """A patient's events in order, of all that there are the first ``events_max``."""
        read: list[Recorded] = []
        while len(read) < events_max:
            last = (read[-1].event_id, read[-1].position, read[-1].created_at) if read else (None, None, None)
            most = (min(self._limits.page_events_max, events_max - len(read)), self._limits.page_bytes_max)
            (row,) = await self.pool.fetch(
                self._load, tenant_id, patient_id, None, self._key_lifetime, *last, *most, None
            )
            if not row["envelopes"] or (read and not row["is_known"]):
                break
            read += map(read_envelope, row["envelopes"])
        return [event.event_data for event in read]

    async def would_take(self, append: Append) -> None:
        """Whether its guards are to be had now: an append of them alone, in nobody's name, that is rolled back.

        Raises as ``append`` does.
        """
        probe = replace(
            append, patient_id=append.correlation_id, facts=0, events=[], idempotency_key=None, last_at=None
        )
        guarded = Guarded(probe, {k: v for k, v in self.guarded(append).guards.items() if k.startswith("taken_")})
        if not guarded.guards:
            return
        try:
            async with self.pool.acquire() as connection:
                transaction = connection.transaction()
                await transaction.start()
                try:
                    await connection.fetch(APPEND, *self.arguments([guarded]))
                finally:
                    await transaction.rollback()
        except asyncpg.PostgresError as error:
            raise refusal(error, self._clock) from error

    def guarded(self, append: Append) -> Guarded:
        """With its guards: phones, e-mails and CPFs under keyed hashes, doctors' times, providers' messages."""
        return self._guards.of(append)

    async def record(self, group: Sequence[Guarded]) -> list[Committed]:
        """Records these appends of one tenant, all in one transaction or none. Raises what PostgreSQL raises."""
        with append_span(group):
            ((recorded,),) = await self.pool.fetch(APPEND, *self.arguments(group))
        first_position, created_at = recorded
        self._knock()
        until = accumulate(len(guarded.append.events) for guarded in group)
        return [Committed(first_position - 1 + events, created_at) for events in until]

    async def holders(self, tenant_id: UUID, identities: Iterable[Identity]) -> dict[Identity, UUID]:
        """Whose these phones, e-mail addresses and CPFs are; those that are nobody's are left out."""
        asked = {identity: self._guards.digest(tenant_id, identity) for identity in identities}
        rows = await self.pool.fetch(HOLDERS, tenant_id, json.dumps(list(asked.values()))) if asked else []
        holders = {(row["kind"], row["digest"]): row["patient_id"] for row in rows}
        found = {identity: holders.get((digest["kind"], digest["digest"])) for identity, digest in asked.items()}
        return {identity: patient_id for identity, patient_id in found.items() if patient_id is not None}

    def arguments(self, group: Sequence[Guarded]) -> list[Any]:
        """The parameters of APPEND."""
        now = self._clock()
        clock = {"not_before": now - self._clocks_apart, "not_after": now + self._clocks_apart}
        appends = [guarded.append for guarded in group]
        hashes = [self.hashes.request(append.tenant_id, append.request_hash) for append in appends]
        return [appends[0].tenant_id, self._key_lifetime, commits_json(appends, hashes), guards_json(group, clock)]


@lru_cache(maxsize=1000)
def _rules(overrides: str | None) -> JourneyRules:
    """A tenant's numbers: the defaults but for what its reference row says. (By text: they change once in years.)"""
    return JourneyRules.model_validate_json(overrides) if overrides is not None else DEFAULT_RULES
