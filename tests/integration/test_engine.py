"""The projection engine on a real database: holes, locks held elsewhere, and events that it doesn't know."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiokafka import TopicPartition
from uuid_utils.compat import uuid7

from always_true import read_models_equal_fold
from counted import read_models_agree_with_counts
from healz.events import Recorded
from healz.postgres import create_pool
from healz.projection.engine import Engine
from healz.projection.hold import Hold
from healz.projection.metrics import ProjectionMetrics
from healz.projection.operate.place import RebuildPlaces
from healz.projection.projector import Projector
from healz.projection.reconcile import Reconcile, keep_reconciling
from healz.projection.refold.writing import Writing
from healz.projection.settings import ProjectorSettings
from healz.projection.tables import Tables
from projections import PROJECTIONS
from system import WAIT_SECONDS, System, eventually
from traffic import new_seed, traffic, write

HOLE_EVENTS_MAX = 10


@dataclass
class Bench:
    """An engine of the patient read model, in this process, on a log that the API has written."""

    system: System
    pool: asyncpg.Pool
    engine: Engine[Any]

    async def logs(self) -> dict[UUID, list[Recorded]]:
        database = self.system.database
        return {tenant_id: await database.log(tenant_id) for tenant_id in await database.heads()}

    async def checkpoint(self, tenant_id: UUID) -> int:
        return (await self.system.database.checkpoints("patient")).get(tenant_id, 0)

    async def reconciled(self) -> int:
        """As the process does it: the second look takes what has not moved since the first."""
        reconcile = Reconcile(self.engine, self.pool, asyncio.Lock())
        await reconcile.look()
        return (await reconcile.look()).applied


@pytest.fixture
async def bench(system: System) -> AsyncIterator[Bench]:
    system.start("command-api")
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2, patients=3, clinics=1) as day:
        await write(day, events=80)
    settings = system.settings_of(ProjectorSettings, "projector-patient", healz_hole_events_max=HOLE_EVENTS_MAX)
    pool = await create_pool(settings, "bench")
    try:
        yield Bench(system, pool, Engine(pool, PROJECTIONS["patient"], settings.healz_hole_events_max))
    finally:
        await pool.close()


async def test_a_small_hole_is_filled_from_the_store(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for log in (await bench.logs()).values():
        await bench.engine.fold(log[:5])
        folded = await bench.engine.fold(log[5 + HOLE_EVENTS_MAX : 20])
        assert (folded.applied, folded.left_out) == (15, frozenset())
        await bench.engine.fold([*log[20:], *log[:3]])

    counted = await bench.system.database.admin.fetch("SELECT holes_filled FROM patient.checkpoint")
    assert [row[0] for row in counted] == [HOLE_EVENTS_MAX, HOLE_EVENTS_MAX]
    told = [vars(line)["events"] for line in caplog.records if line.message == "filled holes from the store"]
    assert told == [HOLE_EVENTS_MAX, HOLE_EVENTS_MAX]
    await read_models_equal_fold(bench.system.database, "patient")


async def test_a_large_hole_is_left_out_and_reconcile_completes_it(bench: Bench) -> None:
    (tenant_id, log), (other, others_log) = (await bench.logs()).items()
    await bench.engine.fold(others_log[:-3])
    folded = await bench.engine.fold([*log[HOLE_EVENTS_MAX + 1 :], *others_log[-3:]])

    assert folded.left_out == {tenant_id}
    assert (await bench.checkpoint(tenant_id), await bench.checkpoint(other)) == (0, len(others_log))
    assert await bench.reconciled() == len(log)
    counted = "SELECT holes_filled FROM patient.checkpoint WHERE tenant_id = $1"
    assert await bench.system.database.admin.fetchval(counted, tenant_id) == len(log), "a tenant's first row counts too"
    await read_models_equal_fold(bench.system.database, "patient")
    await read_models_agree_with_counts(bench.system.database, "patient")


async def test_what_was_known_fills_no_hole(bench: Bench) -> None:
    tenant_id, log = next(iter((await bench.logs()).items()))
    await bench.engine.fold(log[:10])
    folded = await bench.engine.fold([*log[:10], *log[10 + HOLE_EVENTS_MAX + 1 :]])
    assert (folded.applied, folded.left_out) == (0, frozenset({tenant_id}))


async def test_the_same_batch_again_changes_nothing(bench: Bench) -> None:
    events = [event for log in (await bench.logs()).values() for event in log]
    assert (await bench.engine.fold(events)).applied == len(events)
    assert (await bench.engine.fold(events)).applied == 0
    assert (await bench.engine.fold(events[3:7])).applied == 0
    await read_models_equal_fold(bench.system.database, "patient")
    await read_models_agree_with_counts(bench.system.database, "patient")


async def test_a_tenant_whose_checkpoint_is_held_elsewhere_holds_up_no_other(bench: Bench) -> None:
    (held, log), (free, free_log) = (await bench.logs()).items()
    await bench.engine.fold([log[0], free_log[0]])
    other = await asyncpg.connect(bench.system.database.url("healz_admin"))
    try:
        async with other.transaction():
            await other.execute("SELECT FROM patient.checkpoint WHERE tenant_id = $1 FOR UPDATE", held)
            # It is held for good, and a lock is waited for five seconds.
            async with asyncio.timeout(4):
                folded = await bench.engine.fold([*log, *free_log])
                assert await bench.engine.fill(held) == 0
            assert folded.left_out == {held}
            assert (await bench.checkpoint(held), await bench.checkpoint(free)) == (1, len(free_log))
    finally:
        await other.close()
    await bench.reconciled()
    await read_models_equal_fold(bench.system.database, "patient")


async def test_who_comes_second_writes_nothing_and_takes_what_is_left_by_the_way_with_a_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tenant_id, log), (other, others_log) = (await bench.logs()).items()
    write, first = Tables.write, Engine(bench.pool, PROJECTIONS["patient"], HOLE_EVENTS_MAX)

    async def after_somebody_else(*asked: Any) -> Any:
        monkeypatch.setattr(Tables, "write", write)
        await first.fold(log[:7])
        moved = await write(*asked)
        assert tenant_id not in moved
        return moved

    monkeypatch.setattr(Tables, "write", after_somebody_else)
    folded = await bench.engine.fold([*log[:9], *others_log])
    assert (folded.applied, folded.left_out) == (len(others_log) + 2, frozenset())
    assert (await bench.checkpoint(tenant_id), await bench.checkpoint(other)) == (9, len(others_log))
    await bench.reconciled()
    await read_models_equal_fold(bench.system.database, "patient")
    await read_models_agree_with_counts(bench.system.database, "patient")


@pytest.mark.parametrize("name", PROJECTIONS)
@pytest.mark.parametrize(("patients_kept_max", "statements"), [(2000, 1), (0, 2)], ids=["kept", "not kept"])
async def test_a_batch_is_one_write_and_one_read_before_it_of_what_is_not_known(
    bench: Bench, name: str, patients_kept_max: int, statements: int
) -> None:
    logs = await bench.logs()
    settings = bench.system.settings_of(ProjectorSettings, f"projector-{name}")
    sent: list[str] = []
    async with await create_pool(settings, "counted", planned_once=True) as pool:
        engine = Engine(pool, PROJECTIONS[name], HOLE_EVENTS_MAX, patients_kept_max)
        await engine.fold([event for log in logs.values() for event in log[:10]])
        async with pool.acquire() as connection:
            # The pool lends the same one again.
            connection.add_query_logger(lambda query: sent.append(query.query))
        folded = await engine.fold([event for log in logs.values() for event in log[10:]])
    assert folded.applied == sum(len(log) - 10 for log in logs.values())
    assert len(sent) == statements, sent
    await read_models_equal_fold(bench.system.database, name)


async def test_what_was_written_last_is_not_folded_onto_once_somebody_else_has_written(bench: Bench) -> None:
    (tenant_id, log), *_ = (await bench.logs()).items()
    other = Engine(bench.pool, PROJECTIONS["patient"], HOLE_EVENTS_MAX)
    await bench.engine.fold(log[:5])
    await other.fold(log[5:12])
    # It believes to be at 5; the first finds out, and the second must not take rows of before for those of now.
    assert (await bench.engine.fold(log[5:8])).left_out == frozenset()
    assert (await bench.engine.fold(log[8:])).applied == len(log) - 12
    assert await bench.checkpoint(tenant_id) == len(log)
    await other.fold(log[12:])
    await bench.reconciled()
    await read_models_equal_fold(bench.system.database, "patient")
    await read_models_agree_with_counts(bench.system.database, "patient")


async def test_a_checkpoint_that_is_set_back_to_where_this_process_left_it_halts_all_the_same(bench: Bench) -> None:
    (tenant_id, log), *_ = (await bench.logs()).items()
    await bench.engine.fold(log[:4])
    await Engine(bench.pool, PROJECTIONS["patient"], HOLE_EVENTS_MAX).fold(log[4:10])
    admin = bench.system.database.admin
    await admin.execute("UPDATE patient.checkpoint SET position = 4 WHERE tenant_id = $1", tenant_id)
    folded = await bench.engine.fold([log[4]])
    assert (folded.applied, folded.left_out) == (0, frozenset({tenant_id}))
    [(reason,)] = await admin.fetch("SELECT reason FROM ops.halted_tenants WHERE tenant_id = $1", tenant_id)
    assert "set back to 4 by hand: the rows hold events up to 10" in reason


async def test_what_a_rebuild_sets_right_is_not_applied_twice_before_it_is_refolded(bench: Bench) -> None:
    (tenant_id, log), (_, others_log) = (await bench.logs()).items()
    await bench.engine.fold([*log[:-3], *others_log])
    admin = bench.system.database.admin
    await admin.execute("UPDATE patient.checkpoint SET position = position - 10 WHERE tenant_id = $1", tenant_id)
    assert await bench.engine.contradicting() == [tenant_id]
    projection = PROJECTIONS["patient"]
    places = RebuildPlaces(projection.schema, projection.version, lease_seconds=60)
    async with bench.pool.acquire() as connection, Writing(projection).held(connection, tenant_id):
        await places.set_right(connection, tenant_id)
    assert await bench.reconciled() == 3
    await read_models_equal_fold(bench.system.database, "patient")
    await read_models_agree_with_counts(bench.system.database, "patient")


async def test_a_batch_gets_its_turn_among_refolds_that_hand_the_checkpoint_to_each_other(bench: Bench) -> None:
    """Each asks for it while the other holds it: there is no moment at which it is free."""
    (tenant_id, log), (_, others_log) = (await bench.logs()).items()
    await bench.engine.fold(log[:-3])
    held = Hold(PROJECTIONS["patient"])
    turns = 0

    async def refolds() -> None:
        nonlocal turns
        async with bench.pool.acquire() as connection:
            while True:
                async with held(connection, tenant_id):
                    turns += 1
                    await asyncio.sleep(0.03)  # as long as one writes

    async with asyncio.TaskGroup() as group:
        both = [group.create_task(refolds()) for _ in range(2)]
        while turns < 2:
            await asyncio.sleep(0.01)
        folded = await bench.engine.fold([*log[-3:], *others_log])
        for one in both:
            one.cancel()
    assert (folded.applied, folded.left_out) == (3 + len(others_log), frozenset())
    await read_models_equal_fold(bench.system.database, "patient")


async def test_who_looks_knows_whether_somebody_elses_batches_bring_on_whom_it_found_behind(bench: Bench) -> None:
    """While nobody does, a process that gets events by reconcile alone, one by one, has a dead consumer."""
    (_, log), (other, others_log) = (await bench.logs()).items()
    await bench.engine.fold(log)
    await bench.engine.fold(others_log[:-3])
    reconcile = Reconcile(bench.engine, bench.pool, asyncio.Lock())
    looks = [await reconcile.look() for _ in range(4)]
    assert [(done.applied, done.moved_on) for done in looks] == [(0, False), (3, False), (0, False), (0, False)]
    back = "UPDATE patient.checkpoint SET position = 4, event_position = NULL, event_id = NULL WHERE tenant_id = $1"
    await bench.system.database.admin.execute(back, other)
    assert not (await reconcile.look()).moved_on
    await Engine(bench.pool, PROJECTIONS["patient"], HOLE_EVENTS_MAX).fold(others_log[4:9])
    done = await reconcile.look()
    assert (done.applied, done.moved_on) == (0, True)


async def test_what_is_left_out_or_passed_over_is_not_counted_as_applied(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant_id, log = next(iter((await bench.logs()).items()))
    dropped, poison = log[3], log[10]
    right = PROJECTIONS["patient"]

    def evolve(rows: Any, event: Recorded) -> Any:
        return right.evolve(rows, event if event != poison else None)  # type: ignore[arg-type]

    counted: list[int] = []
    metrics = ProjectionMetrics(right)
    monkeypatch.setattr(metrics, "applied", lambda _, events: counted.extend(event.position for event in events))
    await bench.system.database.admin.execute(
        "INSERT INTO patient.dropped_event (tenant_id, position, patient_id, dropped_by, reason)"
        " VALUES ($1, $2, $3, 'ana', 'a wrong name')",
        *(tenant_id, dropped.position, dropped.patient_id),
    )
    engine = Engine(bench.pool, replace(right, evolve=evolve), HOLE_EVENTS_MAX, metrics=metrics)
    for n in range(0, len(log), 9):
        assert (await engine.fold(log[n : n + 9])).left_out == frozenset()
    left_out = {dropped.position, *(event.position for event in log[10:] if event.patient_id == poison.patient_id)}
    assert sorted(counted) == [event.position for event in log if event.position not in left_out]


@pytest.mark.parametrize("change", ["event_id", "position"])
async def test_what_the_store_does_not_have_is_not_folded_onto_what_was_written_last(bench: Bench, change: str) -> None:
    (tenant_id, log), *_ = (await bench.logs()).items()
    await bench.engine.fold(log[:-2])
    forged = log[-2].model_copy(update={"event_id": uuid7()} if change == "event_id" else {})
    beyond = log[-1].model_copy(update={"event_id": uuid7(), "position": len(log) + 1})
    folded = await bench.engine.fold([forged, log[-1]] if change == "event_id" else [*log[-2:], beyond])
    assert folded.unconfirmed == {tenant_id: [forged.position if change == "event_id" else len(log) + 1]}
    assert await bench.checkpoint(tenant_id) == len(log)
    await bench.reconciled()
    await read_models_equal_fold(bench.system.database, "patient")


async def test_a_failed_save_leaves_rows_and_checkpoint_as_they_were(bench: Bench) -> None:
    logs = await bench.logs()
    admin = bench.system.database.admin
    await bench.engine.fold([event for log in logs.values() for event in log[:10]])
    before = await admin.fetch("SELECT * FROM patient.patient_view ORDER BY patient_id")
    # No row's fault: a trigger that fails for all.
    await admin.execute(
        "CREATE FUNCTION public.broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$;"
        "CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON patient.patient_view EXECUTE FUNCTION public.broken()"
    )
    with pytest.raises(asyncpg.RaiseError):
        await bench.engine.fold([event for log in logs.values() for event in log])
    await admin.execute("DROP TRIGGER broken ON patient.patient_view")

    assert await bench.system.database.checkpoints("patient") == dict.fromkeys(logs, 10)
    assert await admin.fetch("SELECT * FROM patient.patient_view ORDER BY patient_id") == before


async def test_a_read_model_that_was_lost_under_a_running_projector_comes_back(bench: Bench) -> None:
    logs = await bench.logs()
    await bench.engine.fold([event for log in logs.values() for event in log[:-1]])
    await bench.system.database.admin.execute("TRUNCATE patient.checkpoint, patient.patient_view")
    await bench.engine.fold([log[-1] for log in logs.values()])
    await bench.reconciled()
    await read_models_equal_fold(bench.system.database, "patient")
    await read_models_agree_with_counts(bench.system.database, "patient")


async def test_a_tenant_with_an_event_of_a_newer_release_waits_and_no_other_with_it(bench: Bench) -> None:
    logs = await bench.logs()
    admin = bench.system.database.admin
    # Whichever of the two comes first, it holds up neither the other nor the look-out.
    for waiting, other in (list(logs), list(reversed(logs))):
        await admin.execute("TRUNCATE patient.checkpoint, patient.patient_view")
        event = logs[waiting][24]
        rename = "UPDATE event_store.events SET event_type = $3 WHERE tenant_id = $1 AND position = $2"
        await admin.execute(rename, waiting, event.position, "PatientCloned")
        looking = asyncio.create_task(
            keep_reconciling(Reconcile(bench.engine, bench.pool, asyncio.Lock()), 20, lambda applied: None)
        )
        try:

            async def all_but_what_waits(
                waits: UUID = waiting, goes_on: UUID = other, before: int = event.position - 1
            ) -> bool:
                """All of the other's, and of this one's what comes before the event."""
                return (await bench.checkpoint(waits), await bench.checkpoint(goes_on)) == (before, len(logs[goes_on]))

            await eventually(all_but_what_waits)
            assert not looking.done()
            await admin.execute(rename, waiting, event.position, event.event_type)
            await bench.system.caught_up("patient")
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        await read_models_equal_fold(bench.system.database, "patient")


class Consumer:
    """What a projector asks of a consumer; remembers what was committed."""

    def __init__(self, partition: TopicPartition) -> None:
        self.partition = partition
        self.committed: list[dict[TopicPartition, int]] = []

    def assignment(self) -> set[TopicPartition]:
        return {self.partition}

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        assert offsets
        self.committed.append(offsets)


@pytest.mark.parametrize("unknown", [{"event_type": "PatientCloned"}, {"schema_version": 99}], ids=["type", "version"])
async def test_an_event_of_a_newer_release_is_never_skipped_and_lets_the_others_of_its_batch_go_on(
    bench: Bench, unknown: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    (waiting, log), (other, others_log) = (await bench.logs()).items()
    admin = bench.system.database.admin
    (name, value), *_ = unknown.items()
    rename = f"UPDATE event_store.events SET {name} = $1 WHERE tenant_id = $2 AND position = 8"
    await admin.execute(rename, value, waiting)
    values = [*await cloud_events(bench, waiting), *await cloud_events(bench, other)]
    records = [record(n, text.encode()) for n, text in enumerate(values)]
    consumer = Consumer(TopicPartition("t", 0))
    settings = bench.system.settings_of(
        ProjectorSettings,
        "projector-patient",
        healz_offset_commit_interval_ms=20,
        healz_reconcile_interval_ms=50,
    )
    projector = Projector(settings, PROJECTIONS["patient"])
    halted = "SELECT tenant_id, position FROM ops.halted_tenants WHERE component = 'projector-patient'"
    async with projector.running():
        await asyncio.wait_for(projector.consume(records, consumer), WAIT_SECONDS)
        assert await bench.checkpoint(waiting) == 7
        assert await bench.checkpoint(other) == len(others_log)

        async def told() -> bool:
            return [tuple(row) for row in await admin.fetch(halted)] == [(waiting, 8)] and bool(consumer.committed)

        await eventually(told)
        assert consumer.committed == [{consumer.partition: len(records)}]
        assert [line.levelname for line in caplog.records if line.message == "halted for a tenant"] == ["CRITICAL"]
        # The newer release is here.
        await admin.execute(rename, getattr(log[7], name), waiting)
        await bench.system.caught_up("patient")
    assert not await admin.fetch(halted)
    await read_models_equal_fold(bench.system.database, "patient")


async def cloud_events(bench: Bench, tenant_id: UUID) -> list[str]:
    rows = await bench.system.database.admin.fetch(
        "SELECT event_store.cloud_event(e) FROM event_store.events AS e WHERE tenant_id = $1 ORDER BY position",
        tenant_id,
    )
    return [row[0] for row in rows]


def record(offset: int, value: bytes) -> Any:
    return SimpleNamespace(topic="t", partition=0, offset=offset, value=value)
