"""Rows that the database refuses, and an event that can't be read, among the 2,000 events of one batch: each patient is
parked alone, and named by cause.
"""

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from always_true import nothing_lost_or_doubled
from faults.operators import Operators
from long_history import HELLO, Talker, new_talker
from system import System, eventually, put_clinic, register

BATCH = 2000
TO_OUTBOX = """
INSERT INTO event_store.outbox (tenant_id, id, first_position, last_position, created_at)
SELECT e.tenant_id, nextval('event_store.outbox_id_seq'), min(e.position), max(e.position), e.created_at
  FROM event_store.events AS e
 WHERE e.tenant_id = $1 AND e.position > $2
 GROUP BY e.tenant_id, e.created_at
"""
NARROW = """
ALTER TABLE patient.patient_view
    ALTER COLUMN full_name TYPE varchar(40),
    ALTER COLUMN version TYPE numeric(1, 0)
"""
WIDE = """
ALTER TABLE patient.patient_view
    ALTER COLUMN full_name TYPE varchar(255),
    ALTER COLUMN version TYPE integer
"""


async def talk(system: System, talker: Talker, messages: int) -> None:
    """So many messages, which the relay publishes as if they had come by commands."""
    async with system.client(tenant_id=talker.tenant_id) as client:
        (await client.post(talker.messages, json=HELLO)).raise_for_status()
    before = (await system.database.heads())[talker.tenant_id]
    await talker.go_on(system.database, messages, length=20)
    await system.database.admin.execute(TO_OUTBOX, talker.tenant_id, before)


async def test_three_causes_in_a_batch_of_two_thousand_park_three_patients_alone(system: System) -> None:
    admin = system.database.admin
    operators = Operators(system)
    system.start("command-api")
    await system.ready()
    talkers, named = [], set[str]()
    for tenant_id in (system.tenant_id, uuid7()):
        async with system.client(tenant_id=tenant_id) as client:
            talkers.append(await new_talker(client, tenant_id))
    async with system.client() as client:
        await put_clinic(client)

        async def rename(patient_id: UUID, name: str) -> None:
            answer = await client.put(f"/v1/patients/{patient_id}/contact", json={"full_name": name})
            answer.raise_for_status()
            named.update(event["event_id"] for event in answer.json()["events"])

        await talk(system, talkers[0], BATCH // 4)
        too_long, too_many, unreadable = [await register(client) for _ in range(3)]
        await rename(too_long, "Ana " + "Longa " * 10)
        for n in range(12):
            await rename(too_many, f"Ana {n}")
        await rename(unreadable, "Ana Rara")
    for talker in talkers:
        await talk(system, talker, BATCH // 2)
    whose = "tenant_id = $1 AND patient_id = $2 AND event_type = 'PatientContactUpdated'"
    key = (system.tenant_id, unreadable)
    kept = await admin.fetchval(f"SELECT event_data FROM event_store.events WHERE {whose}", *key)
    await admin.execute(f"UPDATE event_store.events SET event_data = '{{}}' WHERE {whose}", *key)
    await admin.execute(NARROW)
    system.start("relay")
    await system.outbox_empty()

    # Only Kafka brings anything, so much at a time as it has.
    system.settings |= {"HEALZ_RECONCILE_INTERVAL_MS": "600000", "HEALZ_BATCH_RECORDS_MAX": str(BATCH)}
    projector = system.start("projector-patient")
    await system.caught_up("patient")
    failed = [line for line in projector.said() if line["message"] == "a batch failed, its tenants go one by one"]
    # A poll may bring less than there is; but they were refused among hundreds of others.
    assert max(line["events"] for line in failed) > BATCH // 4
    parked: list[dict[str, Any]] = []

    async def all_are_told() -> bool:
        parked[:] = [line for line in projector.said() if line["message"] == "a patient is parked"]
        return len(parked) >= 3

    await eventually(all_are_told)
    assert len(parked) == 3, parked

    code, answer, _ = await operators.call("patient", "parked")
    assert code == 0
    assert len({group["cause"] for group in answer["groups"]}) == 3
    assert {(group["patients"], group["event_type"]) for group in answer["groups"]} == {(1, "PatientContactUpdated")}
    said = " | ".join(sorted(group["error"] for group in answer["groups"]))
    for word in ("StringDataRightTruncationError 22001", "NumericValueOutOfRangeError 22003", "can't be read"):
        assert word in said
    rows = await admin.fetch("SELECT patient_id FROM patient.parked_patient")
    assert {row[0] for row in rows} == {too_long, too_many, unreadable}
    found = await operators.verified("patient")
    assert (found["right"], found["parked"]) == (True, 3), "all the others are as the events say"

    await admin.execute(WIDE)
    await admin.execute(f"UPDATE event_store.events SET event_data = $3 WHERE {whose}", *key, kept)
    code, answer, _ = await operators.call("patient", "parked", "retry", "--all")
    assert (code, answer["freed"], answer["parked"]) == (0, 3, 0)
    for name in ("projector-appointment", "projector-journey"):
        system.start(name)
    await nothing_lost_or_doubled(system, named)
    assert projector.poll() is None, system.logs()
