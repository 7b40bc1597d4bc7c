"""Statements that are planned once a session find their rows by an index, whatever the statistics say.

Each is planned on 200,000 events and 100,000 patients, by statistics of when there were next to none.
"""

import asyncio
import json
import re
from typing import Any

from uuid_utils.compat import uuid7

from command_api.relay import log, missing, outbox, strangers
from command_api.relay.lease import session
from command_api.relay.settings import RelaySettings
from healz.postgres import create_pool
from healz.projection.engine import Engine
from healz.projection.operate.settings import OperatorSettings
from healz.projection.operate.workers import connect
from healz.projection.reconcile import Reconcile
from healz.projection.refold.mend import Refold
from healz.projection.refold.span import of_one
from healz.projection.settings import ProjectorSettings
from healz.projection.tables import SHOWN
from plans import FILL, nodes
from projections import PROJECTIONS
from system import Database, System
from traffic import traffic, write

NARROW = re.compile(r"\b(patient_id|appointment_id|journey_id|conversation_id|position)\b\"? (=|>|<)")
"""A condition that few rows of a tenant meet."""
LARGE = ("patient_view", "journey_view", "appointment_view", "events")
RELAY = (
    *(outbox.READ, outbox.DELETE_AND_READ, outbox.PUBLISHED, strangers.STRANGERS),
    *(missing.TENANTS, missing.PUBLISHED, missing.STORED, log.READ),
)


async def test_no_projector_and_no_relay_reads_a_table_from_end_to_end(system: System) -> None:
    statements = await sent_by_all(system)
    await fill(system.database)

    wrong: list[str] = []
    for name, sent in statements.items():
        settings = system.settings_of(ProjectorSettings, f"projector-{name}")
        async with await create_pool(settings, "plans", planned_once=True) as pool, pool.acquire() as connection:
            wrong += [f"{name}: {found}" for sql in sent for found in await reads_all(connection, sql)]
    async with session(system.settings_of(RelaySettings, "relay"), "plans") as connection:
        wrong += [f"relay: {found}" for sql in RELAY for found in await reads_all(connection, sql)]
    assert not wrong, "\n".join(wrong)


async def test_a_projector_finds_by_more_than_the_tenant(system: System) -> None:
    """With statistics as autovacuum leaves them: where a policy is thought to let no row pass, any index will do."""
    statements = await sent_by_all(system)
    await fill(system.database)
    await system.database.admin.execute("ANALYZE")

    wrong: list[str] = []
    for name, sent in statements.items():
        settings = system.settings_of(ProjectorSettings, f"projector-{name}")
        async with await create_pool(settings, "plans", planned_once=True) as pool, pool.acquire() as connection:
            looked_at = [(node, sql) for sql in sent for node in await scans(connection, sql)]
        assert looked_at, f"{name} reads no large table"
        wrong += [
            f"{name}: {node['Relation Name']} by {node.get('Index Name')}, {node.get('Index Cond')}: {sql}"
            for node, sql in looked_at
            if not NARROW.search(node.get("Index Cond", ""))
        ]
    assert not wrong, "\n".join(wrong)


async def test_a_refold_reads_the_rows_and_events_of_its_patients_alone(system: System) -> None:
    """With statistics as autovacuum leaves them."""
    admin = system.database.admin
    await fill(system.database)
    await admin.execute("ANALYZE")
    [(tenant_id,)] = await admin.fetch("SELECT DISTINCT tenant_id FROM patient.patient_view")
    filled = {
        row[0] for row in await admin.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > 1000")
    }
    span = of_one(tenant_id, uuid7())
    wrong: list[str] = []
    for name, projection in PROJECTIONS.items():
        connection = await connect(system.settings_of(OperatorSettings, f"projector-{name}"), "plans")
        sent: list[str] = []
        with connection.query_logger(lambda query: sent.append(query.query)):  # noqa: B023  # called here
            await Refold(projection).verify(connection, span)
            await asyncio.sleep(0)  # the loop calls the logger
        [seen] = [sql for sql in sent if "event_store.envelope" in sql]
        found = [node for node in await scans(connection, seen) if node["Relation Name"] in filled]
        assert found
        wrong += [f"{name}: {node}" for node in found if "patient_id" not in node.get("Index Cond", "")]
        await connection.close()
    assert not wrong, "\n".join(wrong)


async def sent_by_all(system: System) -> dict[str, set[str]]:
    """{projector: what it asks}, of a few patients' traffic."""
    system.start("command-api")
    await system.ready()
    # The same commands each time, one after the other: which statements they lead to is no matter of chance.
    async with traffic(system, seed=1, tenants=2, patients=3, clinics=1) as day:
        await write(day, events=60, writers=2)
    return {name: await sent_by(system, name) for name in PROJECTIONS}


async def sent_by(system: System, name: str) -> set[str]:
    """What a projector asks for a batch, for a hole in one, and for a look around."""
    projection = PROJECTIONS[name]
    settings = system.settings_of(ProjectorSettings, f"projector-{name}")
    sent: set[str] = set()

    async def listen(connection: Any) -> None:
        connection.add_query_logger(lambda query: sent.add(query.query))

    async with await create_pool(settings, "plans", init=listen, planned_once=True) as pool:
        engine = Engine(pool, projection, hole_events_max=10)
        for tenant_id in await system.database.heads():
            log = await system.database.log(tenant_id)
            await engine.fold(log[:5])
            await engine.fold(log[10:15])
        reconcile = Reconcile(engine, pool, asyncio.Lock())
        await reconcile.look()
        await reconcile.look()
    asked = {sql for sql in sent if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", sql) and "pg_" not in sql}
    assert sum(sql.startswith(SHOWN) for sql in asked) >= 2, "a batch's read and its writes are not among them"
    return asked


async def fill(database: Database) -> None:
    """With the statistics of before."""
    for schema, table in (
        ("patient", "patient_view"),
        ("journey", "journey_view"),
        ("appointment", "appointment_view"),
    ):
        await database.admin.execute(f"ALTER TABLE {schema}.{table} SET (autovacuum_enabled = off)")
    for row in await database.admin.fetch(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = $1::text::regclass", "event_store.events"
    ):
        await database.admin.execute(f"ALTER TABLE {row[0]} SET (autovacuum_enabled = off)")
    await database.admin.execute("ANALYZE")
    await database.admin.execute(FILL)


async def reads_all(connection: Any, sql: str) -> list[str]:
    """The statement's scans of a large table by no index, or by one without a condition."""
    found = await scans(connection, sql)
    return [f"{node['Node Type']} of {node['Relation Name']}: {sql}" for node in found if "Index Cond" not in node]


async def scans(connection: Any, sql: str) -> list[dict[str, Any]]:
    """How the statement reads large tables."""
    parameters = max((int(number) for number in re.findall(r"\$(\d+)", sql)), default=0)
    await connection.execute(f"PREPARE asked AS {sql}")
    arguments = f"({', '.join(['NULL'] * parameters)})" if parameters else ""
    (told,) = await connection.fetch(f"EXPLAIN (FORMAT JSON) EXECUTE asked{arguments}")
    await connection.execute("DEALLOCATE asked")
    return [
        node
        for node in nodes(json.loads(told[0])[0]["Plan"])
        if node["Node Type"].endswith("Scan") and node.get("Relation Name", "").startswith(LARGE)
    ]
