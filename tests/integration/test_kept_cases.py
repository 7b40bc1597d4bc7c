"""Commands are decided on the case that a process has kept: accepted in one statement, refused on a fresh load alone.

Two handlers, each with a pool and a cache of its own, are two processes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from always_true import log_holds
from command_api.assembly import create_handler
from command_api.decide.appointment.commands import BookAppointment
from command_api.decide.command import Command
from command_api.decide.conversation.commands import StartConversation
from command_api.decide.conversation.message_commands import RecordMessage
from command_api.decide.patient.commands import (
    AnonymizePatient,
    ChangePatientStatus,
    RegisterPatient,
    UpdatePatientContact,
)
from command_api.decide.rejected import Rejected
from command_api.handle import Handler, VersionDiffers
from command_api.reference.commands import PutClinic, PutDoctor
from command_api.scope import Asked, KeyReused
from command_api.settings import CommandSettings
from healz.events.patient import PatientContactUpdated
from healz.postgres import create_pool
from system import System, in_days, new_phone

# The tenant's log ends with this position again, as after a restore to an earlier moment.
REWIND = """
WITH gone AS (DELETE FROM event_store.events WHERE tenant_id = $1 AND position > $2 RETURNING patient_id, aggregate_id),
     aggregates AS (SELECT aggregate_id, count(*) AS versions FROM gone GROUP BY aggregate_id),
     emptied AS (DELETE FROM event_store.streams AS s USING aggregates AS a
                  WHERE s.tenant_id = $1 AND s.aggregate_id = a.aggregate_id AND s.version = a.versions),
     streams AS (UPDATE event_store.streams AS s SET version = s.version - a.versions FROM aggregates AS a
                  WHERE s.tenant_id = $1 AND s.aggregate_id = a.aggregate_id AND s.version > a.versions),
     facts AS (UPDATE event_store.patient_log AS p
                  SET facts = p.facts - g.lost,
                      last_at = (SELECT max(e.created_at) FROM event_store.events AS e
                                  WHERE e.tenant_id = $1 AND e.patient_id = p.patient_id AND e.position <= $2)
                 FROM (SELECT patient_id, count(*) AS lost FROM gone GROUP BY patient_id) AS g
                WHERE p.tenant_id = $1 AND p.patient_id = g.patient_id)
UPDATE event_store.tenant_log SET position = $2 WHERE tenant_id = $1
"""


class CountingPool:
    """A pool that counts its statements."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.statements = 0

    async def fetch(self, statement: str, *arguments: Any) -> list[Any]:
        self.statements += 1
        rows: list[Any] = await self._pool.fetch(statement, *arguments)
        return rows


@dataclass
class Process:
    """One process of the API, as far as it handles commands; as a manager of the whole tenant."""

    tenant_id: UUID
    handler: Handler
    pool: CountingPool

    async def does(self, command: Command, target: UUID | None = None, **asked: Any) -> dict[str, Any]:
        about = Asked(self.tenant_id, "manager", None, None, command_id=uuid7(), correlation_id=uuid7())
        return await self.handler.handle(command, target, replace(about, **asked))

    async def statements_of(self, command: Command, target: UUID | None = None, **asked: Any) -> int:
        before = self.pool.statements
        await self.does(command, target, **asked)
        return self.pool.statements - before

    async def register(self) -> UUID:
        return UUID((await self.does(RegisterPatient(phone=new_phone(), full_name="Rita da Penha")))["id"])


@asynccontextmanager
async def process(system: System, shared_seconds: float = 0.0) -> AsyncIterator[Process]:
    """``shared_seconds`` 0: it decides on what is kept whenever it can."""
    # The rules are kept throughout, however slow the machine is: to read them anew is a statement more.
    kept = {"healz_cases_shared_seconds": shared_seconds, "healz_rules_kept_seconds": 600}
    settings = system.settings_of(CommandSettings, "command-api", **kept)
    async with await create_pool(settings, "command-api") as pool:
        counting = CountingPool(pool)
        # It fetches, and nothing else, but where reference data is put.
        handler = create_handler(settings, cast(asyncpg.Pool, counting))
        yield Process(system.tenant_id, handler, counting)


@pytest.fixture
async def first(system: System) -> AsyncIterator[Process]:
    async with process(system) as first:
        yield first


@pytest.fixture
async def second(system: System) -> AsyncIterator[Process]:
    async with process(system) as second:
        yield second


@dataclass(frozen=True)
class Place:
    """A clinic and its doctor."""

    clinic_id: UUID
    doctor_id: UUID

    def booking(self, patient_id: UUID, days: float = 2) -> BookAppointment:
        return BookAppointment.model_validate(
            {
                "patient_id": patient_id,
                "clinic_id": self.clinic_id,
                "doctor_id": self.doctor_id,
                "scheduled_for": in_days(days),
                "appointment_type": "first_visit",
            }
        )


@pytest.fixture
async def place(system: System) -> Place:
    place = Place(uuid7(), uuid7())
    settings = system.settings_of(CommandSettings, "command-api")
    async with await create_pool(settings, "reference") as pool:
        reference = create_handler(settings, pool).reference
        await reference.put_clinic(system.tenant_id, place.clinic_id, PutClinic(name="Clínica Goiabeiras"))
        doctor = PutDoctor(full_name="Dra. Ana Conceição", clinic_ids=[place.clinic_id])
        await reference.put_doctor(system.tenant_id, place.doctor_id, doctor)
    return place


def named(full_name: str) -> UpdatePatientContact:
    return UpdatePatientContact(full_name=full_name)


async def test_a_command_on_what_this_process_has_written_is_one_statement(first: Process) -> None:
    await first.register()  # brings the tenant's rules
    registering = RegisterPatient(phone=new_phone(), full_name="Ana")
    assert await first.statements_of(registering, idempotency_key="a", idempotency_key_before="A") == 1
    patient_id = await first.register()
    assert [await first.statements_of(named(f"Ana {n}"), patient_id, idempotency_key=f"{n}") for n in "xyz"] == [1] * 3


async def test_processes_that_alternate_on_one_patient_are_all_accepted_and_keep_what_the_store_holds(
    system: System, first: Process, second: Process, place: Place
) -> None:
    patient_id = await first.register()
    talk = UUID((await first.does(StartConversation(patient_id=patient_id, clinic_id=place.clinic_id)))["id"])
    for n in range(6):
        turn = (first, second)[n % 2]
        await turn.does(RecordMessage(direction="inbound", content=f"oi {n}"), talk)
        await turn.does(named(f"Rita {n}"), patient_id)
        await turn.does(place.booking(patient_id, days=n + 2), None)

    assert await second.statements_of(named("Rita da Penha"), patient_id) == 1
    kept = second.handler.store.kept(system.tenant_id, patient_id)
    loaded = await first.handler.store.load(system.tenant_id, patient_id, None)
    log = await system.database.log(system.tenant_id)
    assert kept is not None
    assert (kept.case, kept.facts, kept.last_at) == (loaded.case, len(log), log[-1].created_at)
    await log_holds(system.database)


async def test_a_patient_of_whom_two_processes_write_is_looked_at_first(system: System) -> None:
    async with process(system, 60) as first, process(system, 60) as second:
        patient_id, own = await first.register(), await first.register()
        await second.does(named("Rita 0"), patient_id)
        # Each finds out by an append that is refused, once: append, load, append.
        found_out = [await turn.statements_of(named("Rita 1"), patient_id) for turn in (first, second)]
        then = [await turn.statements_of(named("Rita 2"), patient_id) for turn in (first, second) * 3]
        assert (found_out, then) == ([3, 3], [2] * 6)
        assert await first.statements_of(named("Ana"), own) == 1
    await log_holds(system.database)


async def test_once_nobody_else_writes_it_is_decided_on_what_is_kept_again(system: System) -> None:
    async with process(system, 0.5) as first, process(system) as second:
        patient_id = await first.register()
        await second.does(named("Rita 0"), patient_id)
        assert await first.statements_of(named("Rita 1"), patient_id) == 3
        await asyncio.sleep(0.6)  # as long as that is held against it
        assert await first.statements_of(named("Rita 2"), patient_id) == 1


async def test_writers_at_two_processes_at_once_lose_and_double_nothing(system: System) -> None:
    async with process(system, 5) as first, process(system, 5) as second:
        patients = [await first.register() for _ in range(3)]

        async def write(number: int) -> None:
            for n in range(10):
                turn = (first, second)[(number + n) % 2]
                await turn.does(named(f"Rita {number} {n}"), patients[n % 3])

        await asyncio.gather(*(write(number) for number in range(6)))
        log = await system.database.log(system.tenant_id)
        changes = [event.event_data for event in log if isinstance(event.event_data, PatientContactUpdated)]
        written = [f"Rita {number} {n}" for number in range(6) for n in range(10)]
        assert sorted(str(change.new_full_name) for change in changes) == sorted(written)
        assert log[-1].position == len(log) == 63
    await log_holds(system.database)


async def test_what_a_kept_case_refuses_is_decided_on_what_the_store_holds(
    first: Process, second: Process, place: Place
) -> None:
    patient_id = await first.register()
    await first.does(ChangePatientStatus(status="inactive"), patient_id)
    with pytest.raises(Rejected):
        await first.does(place.booking(patient_id))
    version = (await second.does(ChangePatientStatus(status="active"), patient_id))["version"]
    assert (await first.does(place.booking(patient_id)))["version"] == 1

    await second.does(named("Rita"), patient_id)
    answer = await first.does(named("Ana"), patient_id, expected_versions=frozenset({version + 1}))
    assert answer["version"] == version + 2
    with pytest.raises(VersionDiffers):
        await second.does(named("Rita"), patient_id, expected_versions=frozenset({version + 1}))


async def test_a_key_that_another_process_has_answered_is_answered_again(
    system: System, first: Process, second: Process, place: Place
) -> None:
    patient_id = await first.register()
    talk = UUID((await first.does(StartConversation(patient_id=patient_id, clinic_id=place.clinic_id)))["id"])
    message = RecordMessage(direction="inbound", content="oi")
    answer = await first.does(message, talk, idempotency_key="one")
    await second.does(message, talk, idempotency_key="another")
    before = await system.database.events()

    assert second.handler.store.kept(system.tenant_id, talk) is not None
    assert await second.does(message, talk, idempotency_key="one") == answer
    with pytest.raises(KeyReused):
        await second.does(message, talk, idempotency_key="one", request_hash=b"of another request")
    registered = await first.does(RegisterPatient(phone=new_phone(), full_name="Ana"), idempotency_key="register")
    again = await second.does(RegisterPatient(phone=new_phone(), full_name="Ana"), idempotency_key="register")
    assert again == registered
    assert await system.database.events() == before + 1


async def test_who_was_anonymized_in_another_process_is_not_booked(
    system: System, first: Process, second: Process, place: Place
) -> None:
    patient_id = await first.register()
    await first.does(place.booking(patient_id))
    await second.does(AnonymizePatient(reason="patient_request"), patient_id)
    before = await system.database.events()
    for command, target in ((place.booking(patient_id, days=3), None), (named("Rita"), patient_id)):
        with pytest.raises(Rejected):
            await first.does(command, target)
    assert await system.database.events() == before


@pytest.mark.parametrize("since", [0, 2, 3])
async def test_a_store_that_was_restored_is_believed_though_it_has_come_to_as_many_facts(
    system: System, first: Process, second: Process, since: int
) -> None:
    """``since``: how many facts there are since the restore, where two were lost."""
    patient_id = await first.register()
    await first.does(ChangePatientStatus(status="inactive"), patient_id)
    await first.does(named("Rita"), patient_id)
    await system.database.admin.execute(REWIND, system.tenant_id, 1)
    for n in range(since):
        await second.does(named(f"Ana {n}"), patient_id)

    assert (await first.does(ChangePatientStatus(status="inactive"), patient_id))["version"] == since + 2
    assert [event.event_type for event in await system.database.log(system.tenant_id)] == [
        "PatientRegistered",
        *["PatientContactUpdated"] * since,
        "PatientStatusChanged",
    ]
    await log_holds(system.database)
