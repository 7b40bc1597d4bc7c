"""What changes as the log grows: appends, each query, and replay, at a small size and at a large one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from statistics import median
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.copies import Copies
from benchmarks.histories import IDENTITY_KEY, KEY_LIFETIME, clinics_of, fill
from benchmarks.load import Plan, load
from benchmarks.read_models import until
from benchmarks.registrations import rate, registrations
from benchmarks.sizes import SIZES
from command_api.event_store import EventStore
from free_ports import free_port
from healz.read_models import READ_MODELS
from system import Database, System, put_clinic

pytestmark = pytest.mark.benchmark

TENANTS = 4
WRITERS = 8
HOURS = 3600.0
APPEND_RATIO_MIN = 0.2
QUERY_RATIO_MAX = 30.0
REPLAY_RATIO_MAX = 5.0
TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
 WHERE schemaname = 'patient' AND (SELECT bool_or(attname = 'tenant_id') FROM pg_attribute
        WHERE attrelid = format('%I.%I', schemaname, tablename)::regclass)
"""

Measured = dict[str, tuple[str, float]]
"""{what: (unit, figure)}"""


async def test_growth(system: System, database: Database, pool: asyncpg.Pool, tell: Tell) -> None:
    """As the log grows"""
    tenants = [uuid7() for _ in range(TENANTS)]
    system.start("command-api")
    await system.ready()
    async with system.client(tenant_id=tenants[0]) as client:
        await put_clinic(client, clinics_of(tenants[0])[0])
        token = client.headers["authorization"].removeprefix("Bearer ")
    store = EventStore(pool, IDENTITY_KEY, KEY_LIFETIME)
    measured: list[Measured] = []
    sizes = []
    decided = await fill(pool, tenants, SIZES.decided_events)
    copies = [await Copies.of(database.admin, tenant_id) for tenant_id in tenants]
    for size in SIZES.growth_events:
        for tenant in copies:
            await tenant.grow(size // decided - 1)
        events = sum((await database.heads()).values())
        async with following(system):
            await system.caught_up(seconds=HOURS)
        await database.admin.execute("VACUUM ANALYZE")
        paths = await queries(database, tenants[0])
        found: Measured = {name: ("ms", await p50(system, token, path)) for name, path in paths.items()}
        found["replay, of one tenant, patient"] = "µs an event", await replayed(system, tenants[1])
        given = registrations([uuid7()], round(5000 * SIZES.seconds))
        appended = await rate(store.append, given, WRITERS, SIZES.seconds)
        sizes.append(events)
        measured.append(found | {"append, 1 tenant × 8 writers": ("commits/s", appended)})
    small, large = measured
    name = f"at {sizes[0]:,} events"
    for what, (unit, figure) in large.items():
        more = unit == "commits/s"
        bound = APPEND_RATIO_MIN if more else REPLAY_RATIO_MAX if what.startswith("replay") else QUERY_RATIO_MAX
        tell(f"{what}, at {events:,}", unit, [figure], bound, name, [small[what][1]], at_most=not more)


@asynccontextmanager
async def following(system: System) -> AsyncIterator[None]:
    """With relay and projectors."""
    names = ("relay", *(f"projector-{schema}" for schema in READ_MODELS))
    processes = [system.start(name) for name in names]
    yield
    for process in processes:
        await system.end(process)


async def queries(database: Database, tenant_id: UUID) -> dict[str, str]:
    """Each query of the API, by what it asks; of a patient in the middle of the log."""
    middle = """
    SELECT e.patient_id, e.correlation_id FROM event_store.events AS e
      JOIN event_store.tenant_log AS l USING (tenant_id)
     WHERE e.tenant_id = $1 AND e.position = l.position / 2"""
    ((patient_id, operation),) = await database.admin.fetch(middle, tenant_id)
    rows = """
    SELECT a.appointment_id, a.doctor_id, j.journey_id, substr(p.phone, 2)
      FROM patient.patient_view AS p
      JOIN appointment.appointment_view AS a USING (tenant_id, patient_id)
      JOIN journey.journey_view AS j USING (tenant_id, patient_id)
     WHERE tenant_id = $1 AND patient_id = $2 LIMIT 1"""
    ((appointment_id, doctor_id, journey_id, phone),) = await database.admin.fetch(rows, tenant_id, patient_id)
    clinic_id = clinics_of(tenant_id)[0]
    return {
        "a patient": f"/v1/patients/{patient_id}",
        "patients by name": "/v1/patients?name=conceicao",
        "patients by phone": f"/v1/patients?phone=%2B{phone}",
        "a patient's history": f"/v1/patients/{patient_id}/history",
        "a patient as of a day": f"/v1/patients/{patient_id}/as-of?at={datetime.now(UTC):%Y-%m-%d}",
        "an appointment": f"/v1/appointments/{appointment_id}",
        "a clinic's day": f"/v1/appointments?clinic_id={clinic_id}",
        "a doctor's day": f"/v1/appointments?doctor_id={doctor_id}",
        "who is not confirmed": "/v1/appointments/unconfirmed",
        "a journey": f"/v1/journeys/{journey_id}",
        "journeys": "/v1/journeys",
        "journeys at risk": "/v1/journeys/at-risk",
        "a clinic's dashboard": f"/v1/clinics/{clinic_id}/dashboard?period=month",
        "clinics": "/v1/clinics",
        "doctors": "/v1/doctors",
        "one operation's events": f"/v1/events?correlation_id={operation}",
    }


async def p50(system: System, token: str, path: str) -> float:
    """Milliseconds, asked by one after the other."""
    seen = await load(
        Plan(port=system.api_port, seconds=SIZES.seconds / 2, tokens=[token], connections=1, paths=[path])
    )
    assert not seen.refused, f"{path}: {seen.refused}"
    return median(seen.answered)


async def replayed(system: System, tenant_id: UUID) -> float:
    """Microseconds an event, from the store, with no Kafka."""
    admin = system.database.admin
    for (table,) in await admin.fetch(TABLES):
        await admin.execute(f"DELETE FROM {table} WHERE tenant_id = $1", tenant_id)
    before = system.settings | {}
    system.settings["KAFKA_BOOTSTRAP_SERVERS"] = f"127.0.0.1:{free_port()}"
    projector = system.start("projector-patient")
    head = sum((await system.database.heads()).values())
    made = await until(system, projector, "patient", head)
    await system.end(projector)
    system.settings = before
    return made.seconds * 1e6 / made.events
