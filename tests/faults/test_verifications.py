"""What a verify says and keeps: where the database takes nothing, of samples, and until when a finding is shown."""

import asyncio
from typing import Any
from uuid import UUID

from faults.operators import Operators
from system import System, register

READ_ONLY = "ALTER ROLE healz_projector_patient SET default_transaction_read_only = on"
READ_WRITE = "ALTER ROLE healz_projector_patient RESET default_transaction_read_only"
NAME = "João da Conceição"
SPOIL = "UPDATE patient.patient_view SET full_name = 'Nobody'"


async def with_patients(system: System, count: int) -> Operators:
    for name in ("command-api", "relay", "projector-patient"):
        system.start(name)
    await system.ready()
    async with system.client() as client:
        for _ in range(count):
            await register(client)
    await system.caught_up("patient")
    return Operators(system)


async def test_what_was_found_is_told_where_it_cannot_be_kept(system: System) -> None:
    operators = await with_patients(system, 3)
    admin = system.database.admin
    await admin.execute(SPOIL)
    await admin.execute(READ_ONLY)
    try:
        code, answer, complained = await operators.call("patient", "verify")
        said = await operators.said("patient", "verify")
    finally:
        await admin.execute(READ_WRITE)
    assert (code, answer["wrong"]) == (3, {"differs": 3})
    assert "the result was not kept" in complained
    assert "ReadOnlySQLTransactionError" in complained
    assert "3 differs rows" in said
    assert await admin.fetchval("SELECT count(*) FROM patient.verification") == 0


async def test_one_patient_is_compared_whole_and_an_event_of_a_newer_release_is_no_refusal(system: System) -> None:
    operators = await with_patients(system, 1)
    admin = system.database.admin
    [(tenant_id, patient_id)] = await admin.fetch("SELECT tenant_id, patient_id FROM patient.patient_view")
    own = "--tenant", str(tenant_id), "--patient", str(patient_id)
    answer = await operators.verified("patient", *own, "--share", "0.01")
    assert (answer["share"], answer["seed"], answer["patients"]) == (1, None, 1)
    await admin.execute("UPDATE event_store.events SET event_type = 'TomorrowsEvent' WHERE patient_id = $1", patient_id)
    for words in (["verify", *own], ["rebuild", *own], ["rebuild", *own, "--dry-run"]):
        code, answer, complained = await operators.call("patient", *words)
        assert (code, "TomorrowsEvent" in answer["error"], "TomorrowsEvent" in complained) == (4, True, True), words


async def test_who_stops_reading_leaves_no_traceback_and_the_exit_code_stays(system: System) -> None:
    operators = await with_patients(system, 3)
    await system.database.admin.execute(SPOIL)
    for words in (["verify", "--json"], ["verify"]):
        process = operators.begin("patient", *words)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        with process.stderr:
            complained = await asyncio.to_thread(process.stderr.read)
        code = await asyncio.to_thread(process.wait)
        assert (code, "Traceback" in complained, "BrokenPipe" in complained) == (3, False, False), complained
    assert await system.database.admin.fetchval("SELECT count(*) FROM patient.verification") == 2


async def test_a_finding_is_shown_until_as_much_was_found_right_or_rebuilt(system: System) -> None:
    operators = await with_patients(system, 12)
    admin = system.database.admin
    seed = "--share", "0.5", "--seed", "1"

    async def shown() -> dict[str, Any]:
        code, answer, complained = await operators.call("patient", "status")
        assert code == 0, complained
        return answer

    assert ((await shown())["last_verified_patients"], (await shown())["finding"]) == (None, None)
    assert (await operators.verified("patient", *seed))["patients"] == 12, "of a small installation all are compared"
    assert (await shown())["last_verified_share"] == 1
    await admin.execute(SPOIL)
    assert (await operators.call("patient", "verify"))[0] == 3
    # Only what the sample below looks at is put right, by hand.
    system.settings["HEALZ_VERIFY_PATIENTS_MIN"] = "1"
    sample = await operators.verified("patient", *seed)
    assert 0 < sample["patients"] < 12
    own = [UUID(row["key"]["patient_id"]) for row in sample["rows"]]
    await admin.execute("UPDATE patient.patient_view SET full_name = $2 WHERE patient_id = ANY ($1)", own, NAME)
    system.settings["HEALZ_VERIFICATIONS_KEPT"] = "2"
    for _ in range(3):
        assert (await operators.verified("patient", *seed))["right"]
    answer = await shown()
    assert (answer["last_verified_wrong"], answer["finding"]["patients"], answer["finding"]["share"]) == (12, 12, 1)
    assert (answer["last_verified_share"], answer["last_verified_patients"]) == (0.5, sample["patients"])
    said = await operators.said("patient", "status")
    assert "50 %, " in said
    assert "and before: verified" in said
    assert "100 %, 12 patients, 12 rows wrong" in said
    assert await admin.fetchval("SELECT count(*) FROM patient.verification") == 3, "the finding besides the last two"

    tenant = "--tenant", str(system.tenant_id)
    assert (await operators.call("patient", "rebuild", *tenant))[0] == 0
    assert (await shown())["last_verified_wrong"] == 12, "other tenants may be wrong"
    assert (await operators.call("patient", "rebuild"))[0] == 0
    answer = await shown()
    assert (answer["last_verified_wrong"], answer["finding"], answer["last_verified_share"]) == (0, None, 1)
    await admin.execute(SPOIL)
    assert (await operators.call("patient", "verify"))[0] == 3
    await admin.execute("UPDATE patient.patient_view SET full_name = $1", NAME)
    assert (await operators.verified("patient"))["right"]
    assert (await shown())["finding"] is None


async def test_a_verify_that_compared_nobody_keeps_nothing(system: System) -> None:
    operators = await with_patients(system, 0)
    assert (await operators.verified("patient"))["patients"] == 0
    assert (await operators.call("patient", "status"))[1]["last_verified_seconds"] is None
