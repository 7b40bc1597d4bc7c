"""What the topic or a read model has, and the store has not: the store is the truth, tenant by tenant."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from always_true import read_models_equal_fold
from command_api.decide.patient.commands import UpdatePatientContact
from examples import HOUR
from healz.events import Recorded
from healz.projection.engine import Engine
from healz.projection.projector import Projector
from healz.projection.reconcile import Reconcile
from healz.projection.settings import ProjectorSettings
from healz_db.ask.ask import ask
from projections import PROJECTIONS
from properties.histories import REGISTERED, Step, play
from system import WAIT_SECONDS, Database, eventually
from written_log import record

HOLE_EVENTS_MAX = 10
RENAMED = [
    Step(UpdatePatientContact(full_name=f"Maria {n} da Silva"), "receptionist", HOUR, 0, None, 0) for n in range(15)
]
LOG = play([REGISTERED, *RENAMED]).recorded
PATIENT = PROJECTIONS["patient"]


@dataclass
class Pair:
    """Two tenants with a log each, and the engine of the patient read model. ``bad`` is who gets into trouble."""

    database: Database
    pool: asyncpg.Pool
    engine: Engine[Any]
    bad: UUID
    good: UUID
    logs: dict[UUID, list[Recorded]]

    @property
    def all(self) -> list[Recorded]:
        return [event for log in self.logs.values() for event in log]

    async def halted(self) -> dict[UUID, int]:
        rows = await self.database.admin.fetch("SELECT tenant_id, position FROM ops.halted_tenants")
        return {row["tenant_id"]: row["position"] for row in rows}

    async def checkpoints(self) -> dict[UUID, int]:
        return await self.database.checkpoints("patient")

    async def reconcile(self, engine: Engine[Any] | None = None, looks: int = 2) -> None:
        """As a process does it, begun anew."""
        reconcile = Reconcile(engine or self.engine, self.pool, asyncio.Lock())
        for _ in range(looks):
            await reconcile.look()

    async def wrong(self) -> dict[str, int]:
        """What ``data_quality`` finds about checkpoints."""
        answer = await ask(self.database.admin, "data_quality")
        return {row["check_name"]: row["found"] for row in answer if row["found"] and "checkpoint" in row["check_name"]}


class Consumer:
    """What a projector asks of a consumer, when all partitions have gone to another instance."""

    def assignment(self) -> set[Any]:
        return set()


def of(tenant_id: UUID, log: Sequence[Recorded] = LOG) -> list[Recorded]:
    return [event.model_copy(update={"tenant_id": tenant_id, "event_id": uuid7()}) for event in log]


@pytest.fixture
async def pair(database: Database) -> AsyncIterator[Pair]:
    # Whose turn comes first is the one in trouble.
    bad, good = sorted(uuid7() for _ in range(2))
    logs = {tenant_id: of(tenant_id) for tenant_id in (bad, good)}
    for log in logs.values():
        await record(database, log)
    async with asyncpg.create_pool(database.url("healz_projector_patient"), min_size=1, max_size=2) as pool:
        yield Pair(database, pool, Engine(pool, PATIENT, HOLE_EVENTS_MAX), bad, good, logs)


@pytest.mark.parametrize("ahead", [1, 10**6, 2**63 - 1 - len(LOG)])
async def test_an_event_ahead_of_the_log_is_passed_over_and_stops_nobody(pair: Pair, ahead: int) -> None:
    forged = pair.logs[pair.bad][-1].model_copy(update={"position": len(LOG) + ahead, "event_id": uuid7()})
    half = [event for log in pair.logs.values() for event in log[:8]]
    folded = await pair.engine.fold([forged, *half])
    assert folded.unconfirmed == {pair.bad: [forged.position]}
    # A hole that the forged one shows is filled up to where the log really ends.
    assert await pair.checkpoints() == {pair.bad: len(LOG), pair.good: 8}

    folded = await pair.engine.fold([*pair.all, forged])
    assert (folded.left_out, folded.unconfirmed) == (frozenset(), {pair.bad: [forged.position]})
    await read_models_equal_fold(pair.database, "patient")
    assert await pair.halted() == {}


async def test_an_event_that_the_store_has_otherwise_is_not_shown_wherever_it_stands_in_the_batch(pair: Pair) -> None:
    forged = [
        pair.logs[pair.bad][n].model_copy(update={"event_id": uuid7(), "event_data": LOG[1].event_data})
        for n in (0, 7, len(LOG) - 1)
    ]
    folded = await pair.engine.fold([*forged[:2], *pair.all, forged[2]])
    assert folded.unconfirmed == {pair.bad: [1, 8, len(LOG)]}
    assert folded.left_out == frozenset()
    await read_models_equal_fold(pair.database, "patient")
    # The genuine one doesn't come: the store has it.
    await pair.database.admin.execute("TRUNCATE patient.checkpoint, patient.patient_view")
    await Engine(pair.pool, PATIENT, HOLE_EVENTS_MAX).fold([*forged, *pair.logs[pair.good], *pair.logs[pair.bad][1:7]])
    await pair.reconcile()
    await read_models_equal_fold(pair.database, "patient")


async def test_a_tenant_whom_the_store_does_not_know_leaves_no_trace(pair: Pair) -> None:
    await pair.engine.fold([*of(uuid7()), *pair.all])
    assert await pair.checkpoints() == dict.fromkeys(pair.logs, len(LOG))
    await read_models_equal_fold(pair.database, "patient")


async def test_a_gap_in_the_store_halts_its_tenant_alone_until_it_is_closed(pair: Pair) -> None:
    admin = pair.database.admin
    await admin.execute("CREATE TABLE lost AS SELECT * FROM event_store.events WHERE false")
    await admin.execute(
        "WITH gone AS (DELETE FROM event_store.events WHERE tenant_id = $1 AND position = 5 RETURNING *)"
        " INSERT INTO lost SELECT * FROM gone",
        pair.bad,
    )
    folded = await pair.engine.fold(pair.all)
    assert folded.left_out == {pair.bad}
    assert await pair.checkpoints() == {pair.good: len(LOG)}
    assert await pair.halted() == {pair.bad: 1}
    await admin.execute("INSERT INTO event_store.events SELECT * FROM lost; DROP TABLE lost")
    await pair.reconcile()
    assert await pair.halted() == {}
    await read_models_equal_fold(pair.database, "patient")


@pytest.mark.parametrize("written_since", [0, 3, 9], ids=["nothing", "less", "more"])
async def test_a_read_model_of_a_log_that_was_restored_to_before_is_halted_and_skips_nothing(
    pair: Pair, written_since: int
) -> None:
    await pair.engine.fold(pair.all)
    admin = pair.database.admin
    kept = 10
    await admin.execute("DELETE FROM event_store.events WHERE tenant_id = $1 AND position > $2", pair.bad, kept)
    await admin.execute("DELETE FROM event_store.tenant_log WHERE tenant_id = $1", pair.bad)
    # Other events at the same positions; as far as the read model, or not as far.
    anew = of(pair.bad, [*LOG[kept:], *LOG[-3:]])[:written_since]
    anew = [event.model_copy(update={"position": kept + 1 + n}) for n, event in enumerate(anew)]
    if anew:
        await record(pair.database, anew)
    else:
        head = "INSERT INTO event_store.tenant_log (tenant_id, position, last_at) VALUES ($1, $2, now())"
        await admin.execute(head, pair.bad, kept)

    assert sum((await pair.wrong()).values()) == 1
    folded = await pair.engine.fold([*anew, *pair.logs[pair.good]])
    assert folded.left_out == ({pair.bad} if anew else set())
    await pair.reconcile()
    assert await pair.halted() == {pair.bad: len(LOG)}
    assert await pair.checkpoints() == dict.fromkeys(pair.logs, len(LOG))

    # The operator's way out: that tenant's read model anew.
    for table in ("checkpoint", "patient_view"):
        await admin.execute(f"DELETE FROM patient.{table} WHERE tenant_id = $1", pair.bad)
    await pair.reconcile(looks=3)
    assert await pair.halted() == {}
    await read_models_equal_fold(pair.database, "patient")
    assert await pair.wrong() == {}


async def test_a_table_that_takes_no_row_of_a_tenant_holds_up_that_tenant_alone(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    admin = pair.database.admin
    await admin.execute(
        "CREATE FUNCTION public.broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$;"
        "CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON patient.patient_view FOR EACH ROW"
        f" WHEN (NEW.tenant_id = '{pair.bad}') EXECUTE FUNCTION public.broken()"
    )
    folded = await pair.engine.fold(pair.all)
    assert folded.left_out == {pair.bad}
    assert await pair.checkpoints() == {pair.good: len(LOG)}
    await pair.reconcile()
    assert await pair.halted() == {pair.bad: 1}
    assert "RaiseError P0001" in await admin.fetchval("SELECT reason FROM ops.halted_tenants")
    assert "Silva" not in "".join(str(vars(line)) for line in caplog.records), "a patient's name is in the log"
    await admin.execute("DROP TRIGGER broken ON patient.patient_view")
    await pair.reconcile()
    assert await pair.halted() == {}
    await read_models_equal_fold(pair.database, "patient")


async def test_an_event_that_can_not_be_read_parks_its_patient_and_what_comes_before_it_counts(pair: Pair) -> None:
    admin = pair.database.admin
    await admin.execute(
        "UPDATE event_store.events SET event_data = event_data - 'patient_id' WHERE tenant_id = $1 AND position = 6",
        pair.bad,
    )
    log = pair.logs[pair.bad]
    await pair.engine.fold([*log[:5], *pair.logs[pair.good]])
    await pair.reconcile()
    assert await pair.checkpoints() == dict.fromkeys(pair.logs, len(LOG))
    [parked] = await admin.fetch("SELECT tenant_id, position, event_type, error FROM patient.parked_patient")
    assert tuple(parked)[:3] == (pair.bad, 6, log[5].event_type)
    assert "can't be read" in parked["error"]
    assert "Maria" not in parked["error"]
    at = await admin.fetchval("SELECT updated_at FROM patient.patient_view WHERE tenant_id = $1", pair.bad)
    assert at == log[4].created_at
    assert await pair.halted() == {}


async def test_a_batch_that_can_not_get_on_is_told_with_its_tenants_and_ends_the_process(
    pair: Pair, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    monkeypatch.setattr("healz.projection.watchdog.end_process", ended.append)
    admin = pair.database.admin
    values = await admin.fetch("SELECT event_store.cloud_event(e) FROM event_store.events AS e ORDER BY position")
    records: list[Any] = [
        SimpleNamespace(topic="t", partition=0, offset=n, value=row[0].encode()) for n, row in enumerate(values)
    ]
    settings = ProjectorSettings(
        database_url=pair.database.url("healz_projector_patient"),
        kafka_bootstrap_servers="127.0.0.1:1",
        healz_retry_backoff_max_ms=100,
        healz_reconcile_interval_ms=50,
        healz_watchdog_seconds=2,
    )

    async def away(*_: Any) -> None:
        raise TimeoutError

    async def told() -> bool:
        return bool(ended)

    projector = Projector(settings, PATIENT)
    async with projector.running():
        with monkeypatch.context() as trouble:
            trouble.setattr(Engine, "fold", away)
            consuming = asyncio.create_task(projector.consume(records, Consumer()))
            await eventually(told)
            assert not consuming.done()
        await asyncio.wait_for(consuming, WAIT_SECONDS)
    # What the watchdog would not have seen: reconcile brought everything, and nothing was silent.
    await read_models_equal_fold(pair.database, "patient")
    assert "a batch has not got on" in ended[0]
    told_of = [line for line in caplog.records if line.message == "a batch can't get on"]
    assert told_of[0].levelname == "ERROR"
    assert vars(told_of[0])["some_tenants"] == [str(pair.bad), str(pair.good)]
