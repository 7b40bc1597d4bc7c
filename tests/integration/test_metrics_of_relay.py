"""Each metric of the relay moves with what it measures."""

import asyncio
import operator
import signal
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from command_api.relay.app import observing
from command_api.relay.metrics import OutboxState
from command_api.relay.settings import RelaySettings
from free_ports import free_port
from integration.test_partitions import COPY_TO_MONTH, drop_newest, make_partitions
from scraped import OBSERVED_EVERY_SECONDS, Scraped, start_measured
from system import System, eventually, register


async def registers(system: System, patients: int) -> int:
    """How many events are in the store then."""
    async with system.client() as client:
        for _ in range(patients):
            await register(client)
    return await system.database.events()


async def shows(relay: Scraped, **wanted: float) -> None:
    for name, value in wanted.items():
        await relay.comes_to(name, partial(operator.eq, value))


async def test_while_the_leader_hangs_another_tells_how_much_waits_and_for_how_long(system: System) -> None:
    system.start("command-api")
    await system.ready()
    # Too long for the other to take over here.
    leading, leader = await start_measured(system, "relay", HEALZ_RELAY_LEASE_SECONDS="600")
    await shows(leader, relay_leader=1)
    _, standby = await start_measured(system, "relay", HEALZ_RELAY_LEASE_SECONDS="600")
    await shows(standby, relay_leader=0, outbox_depth=0, outbox_age_seconds=0)
    assert await leader.value("relay_publish_latency_seconds_count") is None

    await registers(system, 2)
    await system.outbox_empty()
    transactions = await leader.comes_to("relay_publish_latency_seconds_count", bool)
    sent = await system.database.events()

    leading.send_signal(signal.SIGSTOP)
    waiting = await registers(system, 3) - sent
    await shows(standby, outbox_depth=waiting)
    await standby.comes_to("outbox_age_seconds", lambda found: found is not None and found > 1)
    leading.send_signal(signal.SIGCONT)
    await shows(standby, outbox_depth=0, outbox_age_seconds=0, relay_leader=0)
    await leader.comes_to("relay_publish_latency_seconds_count", lambda found: (found or 0) > transactions)
    assert await standby.value("relay_publish_latency_seconds_count") is None


async def test_who_takes_over_says_that_it_leads(system: System) -> None:
    first, leader = await start_measured(system, "relay")
    await shows(leader, relay_leader=1)
    _, standby = await start_measured(system, "relay")
    await shows(standby, relay_leader=0)
    await system.end(first)
    await shows(standby, relay_leader=1)


async def test_a_halted_tenant_is_counted_and_waits_in_no_other_figure(system: System) -> None:
    system.start("command-api")
    await system.ready()
    await registers(system, 2)
    _, relay = await start_measured(system, "relay")
    await system.outbox_empty()
    await system.database.admin.execute(
        "INSERT INTO ops.halted_tenants (tenant_id, component, position, reason) VALUES ($1, 'relay', 1, 'a test')",
        system.tenant_id,
    )
    await registers(system, 1)
    # Three looks: one may have begun before, and would have seen an outbox that is empty anyway.
    await asyncio.sleep(3 * OBSERVED_EVERY_SECONDS)
    await shows(relay, relay_halted=1, outbox_depth=0, outbox_age_seconds=0)


async def test_the_size_of_the_events_grows_with_them(system: System) -> None:
    system.start("command-api")
    await system.ready()
    _, relay = await start_measured(system, "relay")

    async def of_the_database() -> float:
        size: float = await system.database.admin.fetchval(
            "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('event_store.events')"
        )
        return size

    async def is_told() -> bool:
        """However large it is by now: PostgreSQL itself adds to it when it has a look at the tables."""
        return await relay.value("events_table_size_bytes") == await of_the_database()

    await eventually(is_told)
    before = await of_the_database()
    await registers(system, 60)
    await relay.comes_to("events_table_size_bytes", lambda found: (found or 0) > before)
    await eventually(is_told)


async def test_a_look_for_metrics_that_fails_for_good_ends_the_process(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the relay would go on, and nobody would be told for how long the outbox waits."""
    ended: list[str] = []
    monkeypatch.setattr("healz.ending.end_process", ended.append)

    async def fails(_: OutboxState) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(OutboxState, "look", fails)
    async with observing(system.settings_of(RelaySettings, "relay", healz_metrics_port=free_port())):

        async def has_ended() -> bool:
            return bool(ended)

        await eventually(has_ended)


async def test_what_the_database_holds_and_lacks_is_told(system: System) -> None:
    database, admin = system.database, system.database.admin
    system.start("command-api")
    await system.ready()
    await registers(system, 1)
    _, relay = await start_measured(system, "relay", HEALZ_DATABASE_BYTES_MAX="7000000000")
    await shows(relay, events_partitions_missing=0, events_unplaced_bytes=0, database_capacity_bytes=7_000_000_000)
    size = await admin.fetchval("SELECT pg_database_size(current_database())")
    await relay.comes_to("database_size_bytes", lambda found: found is not None and abs(found / size - 1) < 0.1)
    assert await relay.value("read_model_view_age_seconds") is None

    await drop_newest(database)
    await shows(relay, events_partitions_missing=1)
    await make_partitions(database)
    await shows(relay, events_partitions_missing=0)
    await admin.execute(COPY_TO_MONTH, system.tenant_id, 1, datetime.now(UTC) + timedelta(days=400))
    await relay.comes_to("events_unplaced_bytes", bool)
    await admin.execute("CALL analytics.refresh('clinic_metrics_daily')")
    await relay.comes_to(
        "read_model_view_age_seconds", lambda age: age is not None and age < 60, view="clinic_metrics_daily"
    )


async def test_a_capacity_that_nobody_knows_is_not_told(system: System) -> None:
    _, relay = await start_measured(system, "relay")
    await relay.comes_to("database_size_bytes", bool)
    assert await relay.value("database_capacity_bytes") is None
