"""Each metric of a projector moves with what it measures."""

from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from uuid_utils.compat import uuid7

from faults.operators import Operators
from scraped import Scraped, start_measured
from system import Clinic, System, book, eventually, put_clinic, register

READ_MODEL = {"read_model": "patient"}
NEVER_RECONCILED = {"HEALZ_RECONCILE_INTERVAL_MS": "600000"}


async def clinic_is_open(system: System) -> Clinic:
    system.start("command-api")
    await system.ready()
    async with system.client() as client:
        return await put_clinic(client)


async def registers(system: System, patients: int, tenant_id: UUID | None = None) -> list[UUID]:
    async with system.client(tenant_id=tenant_id) as client:
        return [await register(client) for _ in range(patients)]


async def lag_is(projector: Scraped, events: int) -> None:
    await projector.comes_to("projection_lag_events", lambda found: found == events, **READ_MODEL)


async def test_what_comes_without_kafka_is_counted_as_reconciled(system: System) -> None:
    await clinic_is_open(system)
    await registers(system, 3)
    _, projector = await start_measured(system, "projector-patient")
    await system.caught_up("patient")
    written = await system.database.events()
    await projector.comes_to("projection_reconciled_total", lambda found: found == written, **READ_MODEL)
    assert await projector.value("projection_processing_time_seconds_count") is None, "no batch came"
    await lag_is(projector, 0)


async def test_a_batch_has_its_time_and_while_it_can_not_go_on_the_lag_grows(system: System) -> None:
    await clinic_is_open(system)
    system.start("relay")
    settings = NEVER_RECONCILED | {"HEALZ_LOCK_TIMEOUT_SECONDS": "0.5"}
    _, projector = await start_measured(system, "projector-patient", **settings)
    await registers(system, 1)
    await system.caught_up("patient")
    batches = await projector.comes_to("projection_processing_time_seconds_count", bool, **READ_MODEL)
    assert await projector.value("projection_error_rate_total") == 0

    async with system.database.admin.transaction():
        await system.database.admin.execute("LOCK TABLE patient.patient_view")
        await registers(system, 2)
        await lag_is(projector, await system.database.events() - 1)
        await projector.comes_to("projection_lag_seconds", lambda found: found is not None and found > 1, **READ_MODEL)
        await projector.comes_to("projection_error_rate_total", bool, cause="tenant")
    await system.caught_up("patient")
    await lag_is(projector, 0)
    await projector.comes_to("projection_lag_seconds", lambda found: found == 0)
    await projector.comes_to(
        "projection_processing_time_seconds_count", lambda found: (found or 0) > batches, **READ_MODEL
    )


async def test_what_the_topic_lacks_is_counted_as_filled(system: System) -> None:
    await clinic_is_open(system)
    _, projector = await start_measured(system, "projector-patient", **NEVER_RECONCILED)
    await registers(system, 4)
    lost = await system.database.events()
    await system.database.admin.execute("DELETE FROM event_store.outbox")
    system.start("relay")
    await registers(system, 1)
    await system.caught_up("patient")
    await projector.comes_to("projection_holes_filled_total", lambda found: found == lost, **READ_MODEL)


async def test_who_is_parked_or_halted_is_counted_and_does_not_count_as_lag(system: System) -> None:
    await clinic_is_open(system)
    unreadable = await registers(system, 1)
    unknown = uuid7()
    await registers(system, 2, unknown)
    admin = system.database.admin
    await admin.execute(
        "UPDATE event_store.events SET event_data = event_data - 'full_name' WHERE patient_id = $1", unreadable[0]
    )
    await admin.execute("UPDATE event_store.events SET event_type = 'PatientCloned' WHERE tenant_id = $1", unknown)
    _, projector = await start_measured(system, "projector-patient")
    for name in ("projection_parked", "projection_halted"):
        await projector.comes_to(name, lambda found: found == 1, **READ_MODEL)
    await projector.comes_to("projection_error_rate_total", lambda found: found == 1, cause="patient")
    await lag_is(projector, 0)


async def test_a_record_that_is_not_ours_is_counted(system: System) -> None:
    await clinic_is_open(system)
    _, projector = await start_measured(system, "projector-patient")
    async with AIOKafkaProducer(bootstrap_servers=system.servers.bootstrap_servers) as producer:
        await producer.send_and_wait(system.topic, b"not JSON")
    await projector.comes_to("projection_error_rate_total", lambda found: found == 1, cause="record")


async def test_the_share_of_pages_in_memory_is_told_when_somebody_asked_for_some(system: System) -> None:
    await clinic_is_open(system)
    _, projector = await start_measured(system, "projector-patient")
    await registers(system, 5)
    await system.caught_up("patient")
    admin, told = system.database.admin, list[float]()

    async def is_told() -> bool:
        await admin.fetch("SELECT pg_stat_force_next_flush(), count(*) FROM patient.patient_view")
        share = await projector.value("read_model_cache_hit_rate", **READ_MODEL)
        told.extend([] if share is None else [share])
        return bool(told)

    await eventually(is_told)
    assert 0 <= told[0] <= 1
    await projector.comes_to("read_model_cache_hit_rate", lambda found: found is None)


async def test_how_long_ago_it_was_verified_is_told_once_somebody_has(system: System) -> None:
    await clinic_is_open(system)
    await registers(system, 1)  # where nobody is compared nothing is kept
    _, projector = await start_measured(system, "projector-patient")
    await system.caught_up("patient")
    assert await projector.value("projection_last_verified_seconds") is None
    await Operators(system).verified("patient")
    await projector.comes_to("projection_last_verified_seconds", lambda found: found is not None and found < 30)
    await projector.comes_to("projection_last_verified_seconds", lambda found: found is not None and found > 1)


async def test_while_the_database_takes_nobody_a_batch_fails_and_nothing_is_said_of_the_read_model(
    system: System,
) -> None:
    await clinic_is_open(system)
    system.start("relay")
    _, projector = await start_measured(system, "projector-patient")
    await registers(system, 1)
    # The relay has its sessions, and needs no new one.
    await system.outbox_empty()
    await system.caught_up("patient")
    admin, name = system.database.admin, system.database.name
    await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
    await admin.execute(
        # Until they have ended: one that has not heard of it yet would take the batch.
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = $1 AND usename = $2",
        name,
        "healz_projector_patient",
    )
    await registers(system, 1)
    await projector.comes_to("projection_error_rate_total", bool, cause="batch")
    for gauge in ("projection_lag_events", "projection_lag_seconds", "projection_parked", "projection_halted"):
        await projector.comes_to(gauge, lambda found: found is None)
    await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
    await lag_is(projector, 0)


@pytest.mark.parametrize("tenants_max", [0, 1])
async def test_the_clinics_figures_are_counted_once_and_name_no_more_tenants_than_allowed(
    system: System, tenants_max: int
) -> None:
    await clinic_is_open(system)
    others = uuid7()
    for tenant_id, appointments in ((system.tenant_id, 2), (others, 3)):
        async with system.client(tenant_id=tenant_id) as client:
            clinic, patient_id = await put_clinic(client), await register(client)
            for day in range(appointments):
                await book(client, patient_id, clinic, days=2 + day)
    _, projector = await start_measured(system, "projector-appointment", HEALZ_METRICS_TENANTS_MAX=str(tenants_max))
    await system.caught_up("appointment")
    name = "appointments_scheduled_total"
    await projector.comes_to(name, lambda found: found == 5)
    named = {sample.labels.get("tenant_id") for sample in await projector.samples() if sample.name == name}
    assert len(named) == tenants_max + 1
    assert named == {None} if not tenants_max else "others" in named
