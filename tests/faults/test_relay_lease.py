"""Leading is the relay's alone to take; a standby says that it stands by, and everybody can see whether one leads."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest

from healz_db.ask.ask import ask
from system import System, eventually, register

LEASE = "SELECT * FROM event_store.relay_lease"
NOT_THE_RELAYS = ("healz_command", "healz_reader", "healz_sweeper", "healz_analyst", "healz_projector_patient")


def lines(system: System, name: str, message: str) -> list[dict[str, str]]:
    """What this process said of that."""
    process = system.processes[int(name.partition("-")[2])]
    return [line for line in process.said() if line["message"] == message]


async def says(system: System, name: str, message: str, *, times: int = 1) -> None:
    async def said() -> bool:
        return len(lines(system, name, message)) >= times

    await eventually(said)


async def test_no_advisory_lock_that_somebody_holds_stops_relay_or_imports(system: System) -> None:
    # An administrator's: other logins can't even take one (tests/integration/test_reach.py).
    other = await asyncpg.connect(system.database.url("healz_admin"))
    try:
        for name in ("healz.relay", f"healz import {system.tenant_id}"):
            await other.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", name)
        system.start("command-api")
        system.start("relay")
        await system.ready()
        async with system.client() as client:
            await register(client)
            await system.outbox_empty()
            transaction = "SELECT * FROM event_store.take_imported_times($1, '[]')"
            importing = await asyncpg.connect(system.database.url("healz_command"))
            assert await importing.fetch(transaction, system.tenant_id) == []
            await importing.close()
    finally:
        await other.close()


async def test_nobody_else_can_take_change_or_lock_the_lease(system: System) -> None:
    for role in NOT_THE_RELAYS:
        connection = await asyncpg.connect(system.database.url("healz_admin"))
        await connection.execute(f"SET SESSION AUTHORIZATION {role}")
        for statement in (
            "UPDATE event_store.relay_lease SET expires_at = 'infinity'",
            f"{LEASE} FOR SHARE",
            f"{LEASE} FOR UPDATE",
            "LOCK TABLE event_store.relay_lease IN ACCESS SHARE MODE",
            "LOCK TABLE event_store.relay_lease IN ACCESS EXCLUSIVE MODE",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with connection.transaction():
                    await connection.execute(statement)
        await connection.close()


async def test_a_standby_says_once_who_leads_and_takes_over_at_once_from_who_stops(system: System) -> None:
    system.start("command-api")
    await system.ready()
    async with system.client() as client:
        await system.readiness(relay="none")
        (row,) = await ask(system.database.admin, "outbox")
        assert row["leader"] is None
        assert "no relay leads" in row["verdict"]
        leader = system.start("relay")
        await says(system, "relay-1", "leading")
        standby = system.start("relay")
        await says(system, "relay-2", "standing by")
        (told,) = lines(system, "relay-2", "standing by")
        assert str(leader.pid) in told["leader"]
        await system.readiness(relay="leading")
        (row,) = await ask(system.database.admin, "outbox")
        assert (row["leader"], row["verdict"]) == (told["leader"], "ok")

        await system.end(leader)
        await says(system, "relay-2", "leading")
        assert len(lines(system, "relay-2", "standing by")) == 1
        await register(client)
        await system.outbox_empty()
        await system.end(standby, signal.SIGTERM)
        await system.readiness(relay="none")


@asynccontextmanager
async def held_by_another(system: System, lasts: timedelta) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else, with this session, took the lease, lives, and never renews it."""
    other = await asyncpg.connect(system.database.url("healz_relay"))
    try:
        await other.execute(
            "UPDATE event_store.relay_lease"
            " SET holder = 'another', fence = fence + 1, expires_at = clock_timestamp() + $1,"
            " session_pid = pg_backend_pid(),"
            " session_since = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())",
            lasts,
        )
        yield other
    finally:
        await other.close()


async def test_a_lease_from_a_clock_that_was_far_ahead_holds_up_nobody(system: System) -> None:
    async with held_by_another(system, timedelta(days=200)):
        system.start("relay")
        await says(system, "relay-0", "leading")


async def test_who_lost_the_lease_stands_by_until_it_is_free(system: System) -> None:
    system.settings["HEALZ_RELAY_LEASE_SECONDS"] = "5"
    system.start("relay")
    await says(system, "relay-0", "leading")
    # Long enough to be met at a renewal; not as long as no lease can be, twice its time.
    async with held_by_another(system, timedelta(seconds=9)) as another:
        await says(system, "relay-0", "standing by")
        assert [line["leader"] for line in lines(system, "relay-0", "standing by")] == ["another"]
        await another.execute("UPDATE event_store.relay_lease SET expires_at = clock_timestamp()")
        await says(system, "relay-0", "leading", times=2)


async def test_a_lease_whose_holders_session_has_ended_is_free_at_once(system: System) -> None:
    system.settings["HEALZ_RELAY_LEASE_SECONDS"] = "600"
    async with held_by_another(system, timedelta(minutes=10)):
        system.start("relay")
        await says(system, "relay-0", "standing by")
    await says(system, "relay-0", "leading")
