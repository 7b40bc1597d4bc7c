"""Refolding on a real database: what differs from the events is found and put right, while all else goes on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from always_true import read_models_equal_fold
from healz.events import Recorded, UnknownEvent
from healz.projection import Projection, Table
from healz.projection.engine import Engine
from healz.projection.metrics import ProjectionMetrics
from healz.projection.moves import Moves
from healz.projection.operate import groups
from healz.projection.reconcile import Reconcile
from healz.projection.refold.mend import Refold, Refolded
from healz.projection.refold.span import FIRST, LAST, Span, of_one, spans
from projections import PROJECTIONS
from system import System
from traffic import new_seed, traffic, write

HOLE_EVENTS_MAX = 100


@dataclass
class Model:
    """One read model of two tenants, whose logs the API has written."""

    system: System
    projection: Projection[Any]
    pool: asyncpg.Pool
    logs: dict[UUID, list[Recorded]]

    def __post_init__(self) -> None:
        self.engine = self.engine_of(self.projection)
        self.admin: Any = self.system.database.admin

    def engine_of(self, projection: Projection[Any]) -> Engine[Any]:
        return Engine(self.pool, projection, HOLE_EVENTS_MAX)

    async def folded(self) -> None:
        for log in self.logs.values():
            await self.engine.fold(log)

    async def each_span(self, work: str, projection: Projection[Any] | None = None) -> Refolded:
        done, refold = Refolded(), Refold(projection or self.projection)
        async with self.pool.acquire() as connection:
            for tenant_id in self.logs:
                for span in [span async for span in spans(connection, tenant_id, FIRST, 20)]:
                    done.add(await getattr(refold, work)(connection, span))
        return done

    async def verify(self) -> Refolded:
        return await self.each_span("verify")

    async def mend(self) -> Refolded:
        return await self.each_span("mend")

    async def reconciled(self, engine: Engine[Any] | None = None) -> None:
        reconcile = Reconcile(engine or self.engine, self.pool, asyncio.Lock())
        for _ in range(3):
            await reconcile.look()

    async def parked(self) -> list[groups.ParkedPatient]:
        async with self.pool.acquire() as connection:
            return await groups.parked(connection, self.projection.schema, groups.Which())

    async def is_right(self) -> None:
        assert (await self.verify()).wrong == []
        await read_models_equal_fold(self.system.database, self.projection.schema)


@pytest.fixture(params=list(PROJECTIONS))
async def model(system: System, request: pytest.FixtureRequest) -> AsyncIterator[Model]:
    name: str = request.param
    system.start("command-api")
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2, patients=6, clinics=2) as day:
        await write(day, events=160)
    logs = {tenant_id: await system.database.log(tenant_id) for tenant_id in await system.database.heads()}
    async with asyncpg.create_pool(system.database.url(f"healz_projector_{name}"), min_size=1, max_size=4) as pool:
        yield Model(system, PROJECTIONS[name], pool, logs)


def failing(projection: Projection[Any], at: set[tuple[UUID, int]], error: str = "broken") -> Projection[Any]:
    """Whose fold raises at these (tenant_id, position)."""

    def evolve(rows: Any, event: Recorded) -> Any:
        if (event.tenant_id, event.position) in at:
            raise ZeroDivisionError(error)
        return projection.evolve(rows, event)

    return replace(projection, evolve=evolve)


async def test_what_is_right_is_left_as_it_is(model: Model) -> None:
    await model.folded()
    found = await model.verify()
    patients = {event.patient_id for log in model.logs.values() for event in log}
    assert (found.wrong, found.parked) == ([], {})
    assert (found.patients, found.events) == (len(patients), sum(map(len, model.logs.values())))
    assert (await model.mend()).wrong == []
    assert await model.admin.fetchval(f"SELECT sum(refolds) FROM {model.projection.schema}.checkpoint") == 0


async def test_each_wrong_row_is_named_by_key_and_column_and_mended(model: Model) -> None:
    await model.folded()
    expected = set()
    for table in model.projection.all_tables:
        expected |= await corrupt(model, table)
    found = await model.verify()
    assert {(one.table.name, one.what, one.key, *one.columns) for one in found.wrong} == expected
    assert {one.what for one in found.wrong} == {"differs", "missing", "extra"}
    assert len((await model.mend()).wrong) == len(expected)
    await model.is_right()


async def corrupt(model: Model, table: Table[Any]) -> set[tuple[Any, ...]]:
    """One cell, one row too few, one row of nobody who is in the log; returns what verify should say."""
    rows = await model.admin.fetch(f"SELECT * FROM {table.name} ORDER BY {', '.join(table.key)} LIMIT 2")
    keys = [tuple(row[name] for name in table.key) for row in rows]
    if len(keys) < 2:
        return set()  # nobody talked, by chance
    one = " AND ".join(f"t.{name} = ${n}" for n, name in enumerate(table.key, 1))
    ids = [name for name in ("patient_id", *table.rest_of_key) if table.columns[name] == "uuid"]
    nobody = dict.fromkeys(ids, UUID(int=7 << 64))
    values = ", ".join(f"'{nobody[name]}'" if name in nobody else name for name in table.columns)
    names = ", ".join(table.columns)
    await model.admin.execute(
        f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} AS t WHERE {one}", *keys[0]
    )
    await model.admin.execute(f"DELETE FROM {table.name} AS t WHERE {one}", *keys[1])
    said: set[tuple[Any, ...]] = {
        (table.name, "extra", tuple(nobody.get(name, own) for name, own in zip(table.key, keys[0], strict=True))),
        (table.name, "missing", keys[1]),
    }
    others = [name for name in table.columns if name not in {*table.key, "patient_id"}]
    text = next((name for name in others if table.columns[name] == "text"), None)
    if text is not None:
        await model.admin.execute(f"UPDATE {table.name} AS t SET {text} = 'wrong' WHERE {one}", *keys[0])
        said.add((table.name, "differs", keys[0], text))
    return said


async def test_what_was_lost_altogether_is_made_anew(model: Model) -> None:
    await model.folded()
    for table in model.projection.all_tables:
        await model.admin.execute(f"TRUNCATE {table.name}")
    assert {one.what for one in (await model.verify()).wrong} == {"missing"}
    await model.mend()
    await model.is_right()


async def test_a_projector_that_kept_rows_reads_them_anew_once_they_were_mended(model: Model) -> None:
    """It would fold onto what it wrote last, and bring back what was mended."""
    for log in model.logs.values():
        await model.engine.fold(log[:-20])
    for table in model.projection.all_tables:
        await model.admin.execute(f"TRUNCATE {table.name}")
    await model.mend()
    for log in model.logs.values():
        await model.engine.fold(log[-20:])
    await model.is_right()


async def test_who_has_newer_events_than_were_read_is_taken_anew(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """The projector goes on between the look and the write, each time, until the refold holds it up."""
    tenant_id, log = next(iter(model.logs.items()))
    await model.engine.fold(log[:-30])
    for table in model.projection.all_tables:
        await model.admin.execute(f"DELETE FROM {table.name} WHERE tenant_id = $1", tenant_id)
    refold = Refold(model.projection)
    read, rest = refold._sight.read, list(log[-30:])  # to come in between

    async def then_an_event(*asked: Any) -> Any:
        seen = await read(*asked)
        if rest:
            moved = asyncio.create_task(model.engine.fold([rest.pop(0)]))
            await asyncio.wait([moved], timeout=1)
        return seen

    monkeypatch.setattr(refold._sight, "read", then_an_event)
    async with model.pool.acquire() as connection:
        await refold.mend(connection, Span(tenant_id))
    await model.engine.fold(log)
    for other in model.logs.values():
        await model.engine.fold(other)
    await model.reconciled()
    await model.is_right()


async def test_a_poisoned_patient_is_parked_and_the_others_go_on_until_a_retry(
    model: Model, caplog: pytest.LogCaptureFixture
) -> None:
    tenant_id, log = next(iter(model.logs.items()))
    poison = log[30]
    broken = failing(model.projection, {(tenant_id, poison.position)}, error="Maria")
    engine = model.engine_of(broken)
    for other in model.logs.values():
        for n in range(0, len(other), 17):
            assert (await engine.fold(other[n : n + 17])).left_out == frozenset()
    [parked] = await model.parked()
    assert (parked.patient_id, parked.position, parked.event_type) == (
        poison.patient_id,
        poison.position,
        poison.event_type,
    )
    assert "Maria" not in parked.error
    assert "Maria" not in "".join(str(vars(line)) for line in caplog.records)
    assert [line.message for line in caplog.records].count("a patient is parked") == 1
    # Their rows are those of before the event, everybody else's of the head; nothing is wrong, and it is said.
    found = await model.each_span("verify", broken)
    assert (found.wrong, list(found.parked)) == ([], [poison.patient_id])
    assert (await model.verify()).wrong == []

    async with model.pool.acquire() as connection:
        again, _ = await groups.retry(connection, Refold(broken), [parked], lambda _: None)
        assert (again.freed, list(again.parked)) == (0, [poison.patient_id])
        done, _ = await groups.retry(connection, Refold(model.projection), [parked], lambda _: None)
    assert (done.freed, done.parked) == (1, {})
    assert await model.parked() == []
    await model.is_right()


async def test_a_dropped_event_is_left_out_for_ever_and_by_every_way(model: Model) -> None:
    tenant_id, log = next(iter(model.logs.items()))
    poison = next(event for event in log if event.event_type == "PatientContactUpdated")
    left_out = replace(
        model.projection,
        evolve=lambda rows, event: rows if event is poison or event == poison else model.projection.evolve(rows, event),
    )
    engine = model.engine_of(failing(model.projection, {(tenant_id, poison.position)}))
    for other in model.logs.values():
        await engine.fold(other)
    async with model.pool.acquire() as connection:
        schema = model.projection.schema
        assert await groups.drop(connection, schema, await model.parked(), "ana", "a wrong name") == 1
        done, _ = await groups.retry(connection, Refold(model.projection), await model.parked(), lambda _: None)
    assert done.freed == 1
    assert (await model.each_span("verify", left_out)).wrong == []
    await model.mend()
    assert (await model.each_span("verify", left_out)).wrong == []
    # From nothing, by the projector itself.
    for name in ("checkpoint", *(table.name.partition(".")[2] for table in model.projection.all_tables)):
        await model.admin.execute(f"TRUNCATE {model.projection.schema}.{name}")
    await model.reconciled(model.engine_of(model.projection))
    assert (await model.each_span("verify", left_out)).wrong == []
    # From the topic, onto what it wrote last, without a read.
    for name in ("checkpoint", *(table.name.partition(".")[2] for table in model.projection.all_tables)):
        await model.admin.execute(f"TRUNCATE {model.projection.schema}.{name}")
    engine = model.engine_of(model.projection)
    for other in model.logs.values():
        for event in other:
            await engine.fold([event])
    assert (await model.each_span("verify", left_out)).wrong == []
    [dropped] = await model.admin.fetch(f"SELECT * FROM {model.projection.schema}.dropped_event")
    assert (dropped["position"], dropped["dropped_by"], dropped["reason"]) == (poison.position, "ana", "a wrong name")


async def test_a_drop_between_a_refolds_look_and_its_write_is_not_undone(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant_id, log = next(iter(model.logs.items()))
    poison = next(event for event in log if event.event_type == "PatientContactUpdated")
    broken = failing(model.projection, {(tenant_id, poison.position)})
    for other in model.logs.values():
        await model.engine_of(broken).fold(other)
    for table in model.projection.all_tables:
        await model.admin.execute(f"DELETE FROM {table.name} WHERE tenant_id = $1", tenant_id)
    refold, parked = Refold(broken), await model.parked()
    read = refold._sight.read

    async def then_a_drop(*asked: Any) -> Any:
        seen = await read(*asked)
        monkeypatch.setattr(refold._sight, "read", read)
        async with model.pool.acquire() as other:
            assert await groups.drop(other, model.projection.schema, parked, "ana", "a wrong name") == 1
            done, _ = await groups.retry(other, Refold(broken), parked, lambda _: None)
        assert done.freed == 1
        return seen

    monkeypatch.setattr(refold._sight, "read", then_a_drop)
    async with model.pool.acquire() as connection:
        await refold.mend(connection, Span(tenant_id))
    assert await model.parked() == []
    assert (await model.each_span("verify", broken)).wrong == []


async def test_a_row_that_the_database_refuses_parks_its_patient_alone(model: Model) -> None:
    """Findings among all the others of its batch; the retry finds the same event, and once it is mended the rest."""
    table = model.projection.all_tables[0]
    tenant_id, log = next(iter(model.logs.items()))
    victim = log[-1].patient_id
    refused = f"patient_id = '{victim}'"
    if "updated_at" in table.columns:
        refused += f" AND updated_at > '{log[40].created_at}'"
    await model.admin.execute(f"ALTER TABLE {table.name} ADD CONSTRAINT broken CHECK (NOT ({refused})) NOT VALID")
    for other in model.logs.values():
        assert (await model.engine.fold(other)).left_out == frozenset()
    await model.reconciled()
    [parked] = await model.parked()
    assert (parked.tenant_id, parked.patient_id) == (tenant_id, victim)
    assert "CheckViolationError 23514" in parked.error
    assert (await model.verify()).wrong == []
    again = await model.mend()
    assert (again.wrong, [why.position for why in again.parked.values()]) == ([], [parked.position])
    await model.admin.execute(f"ALTER TABLE {table.name} DROP CONSTRAINT broken")
    assert (await model.mend()).freed == 1
    await model.is_right()


async def test_who_is_parked_is_forgotten_all_the_same(model: Model) -> None:
    """Whatever waits for a retry: nothing personal stays in a row of somebody who was anonymised meanwhile."""
    tenant_id, log = next(iter(model.logs.items()))
    poison = next(event for event in log if event.event_type == "PatientContactUpdated")
    patient_id = poison.patient_id
    async with model.system.client(tenant_id=tenant_id) as client:
        answer = await client.post(f"/v1/patients/{patient_id}/anonymize", json={"reason": "patient_request"})
        answer.raise_for_status()
    model.logs[tenant_id] = await model.system.database.log(tenant_id)
    registered = next(event for event in log if event.patient_id == patient_id)
    phone = registered.event_data.phone  # type: ignore[attr-defined]  # a registration
    broken = failing(model.projection, {(tenant_id, poison.position)})
    for parts in (1000, 7):
        for name in ("checkpoint", "parked_patient", *(t.name.partition(".")[2] for t in model.projection.all_tables)):
            await model.admin.execute(f"TRUNCATE {model.projection.schema}.{name}")
        engine = model.engine_of(broken)
        for other in model.logs.values():
            for n in range(0, len(other), parts):
                await engine.fold(other[n : n + parts])
        assert [one.patient_id for one in await model.parked()] == [patient_id]
        for table in model.projection.all_tables:
            rows = await model.admin.fetch(
                f"SELECT to_jsonb(t)::text FROM {table.name} AS t WHERE patient_id = $1", patient_id
            )
            assert not any(phone in row[0] for row in rows), table.name
        assert (await model.each_span("verify", broken)).wrong == []
        assert (await model.each_span("mend", broken)).wrong == []
    await model.mend()
    await model.is_right()


async def test_of_two_who_meet_a_refused_row_the_second_parks_nobody_else(model: Model) -> None:
    table = model.projection.all_tables[0]
    tenant_id, log = next(iter(model.logs.items()))
    await model.admin.execute(
        f"ALTER TABLE {table.name} ADD CONSTRAINT broken CHECK (patient_id <> '{log[0].patient_id}') NOT VALID"
    )
    moves: Moves[Any] = Moves(model.projection, 0, ProjectionMetrics(model.projection))
    async with model.pool.acquire() as connection:
        for _ in range(5):
            assert await moves.next_or_park(connection, tenant_id) == 1
    assert {one.patient_id for one in await model.parked()} == {log[0].patient_id}


async def test_an_event_of_a_newer_release_stops_a_refold_and_parks_nobody(model: Model) -> None:
    await model.folded()
    tenant_id = next(iter(model.logs))
    await model.admin.execute(
        "UPDATE event_store.events SET event_type = 'TomorrowsEvent' WHERE tenant_id = $1 AND position = 3", tenant_id
    )
    with pytest.raises(UnknownEvent, match="TomorrowsEvent version 1 is not known to this release"):
        await model.mend()
    assert await model.parked() == []


@pytest.mark.parametrize("turn", range(3))
async def test_whatever_comes_in_between_the_read_model_ends_as_one_event_at_a_time(model: Model, turn: int) -> None:
    """Batches cut anywhere, repeated, with holes, folds that fail and then don't, rebuilds and retries."""
    del turn
    seed = new_seed()
    chance = Random(seed)
    poison = {
        (tenant_id, event.position)
        for tenant_id, log in model.logs.items()
        for event in chance.sample(log, k=chance.randint(0, 3))
    }
    broken = failing(model.projection, poison)
    engines = [model.engine_of(broken), model.engine_of(broken), model.engine_of(model.projection)]
    for _ in range(60):
        projection = chance.choice([broken, model.projection])
        match chance.choice(["batch", "batch", "batch", "batch", "mend", "retry", "fill", "lost"]):
            case "batch":
                batch = []
                for log in model.logs.values():
                    begin = chance.randrange(len(log))
                    batch += [event for event in log[begin : begin + chance.randint(1, 60)] if chance.random() > 0.05]
                await chance.choice(engines).fold(batch * chance.choice([1, 1, 2]))
            case "mend":
                tenant_id, log = chance.choice(list(model.logs.items()))
                ids = sorted([FIRST, LAST, *(event.patient_id for event in log)])
                after, until = sorted(chance.sample(ids, k=2))
                async with model.pool.acquire() as connection:
                    await Refold(projection).mend(connection, Span(tenant_id, after, until))
            case "retry":
                async with model.pool.acquire() as connection:
                    await groups.retry(connection, Refold(projection), await model.parked(), lambda _: None)
            case "fill":
                await chance.choice(engines).fill(chance.choice(list(model.logs)))
            case "lost":
                patient = chance.choice([event.patient_id for log in model.logs.values() for event in log])
                for table in model.projection.all_tables:
                    await model.admin.execute(f"DELETE FROM {table.name} WHERE patient_id = $1", patient)
                await model.mend()
    for log in model.logs.values():
        await model.engine.fold(log)
    await model.reconciled()
    async with model.pool.acquire() as connection:
        await groups.retry(connection, Refold(model.projection), await model.parked(), lambda _: None)
    await model.is_right()


async def test_rows_of_a_tenant_without_a_checkpoint_are_too_many(model: Model) -> None:
    await model.folded()
    tenant_id = next(iter(model.logs))
    await model.admin.execute(f"DELETE FROM {model.projection.schema}.checkpoint WHERE tenant_id = $1", tenant_id)
    async with model.pool.acquire() as connection:
        found = await Refold(model.projection).verify(connection, Span(tenant_id))
        assert {one.what for one in found.wrong} == {"extra"}
        await Refold(model.projection).mend(connection, Span(tenant_id))
        assert (await Refold(model.projection).verify(connection, Span(tenant_id))).wrong == []
        assert (await Refold(model.projection).verify(connection, of_one(tenant_id, uuid7()))).patients == 0
    await model.reconciled()
    await model.is_right()
