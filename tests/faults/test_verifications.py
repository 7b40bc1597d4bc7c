"""What a verify says and keeps: where the database takes nothing, of samples, and until when a finding is shown."""

import asyncio

from faults.operators import Operators
from system import System, register

READ_ONLY = "ALTER ROLE healz_projector_patient SET default_transaction_read_only = on"
READ_WRITE = "ALTER ROLE healz_projector_patient RESET default_transaction_read_only"
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
    assert "the result was not kept" in complained and "ReadOnlySQLTransactionError" in complained
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
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        with process.stderr:
            complained = await asyncio.to_thread(process.stderr.read)
        assert (await asyncio.to_thread(process.wait), complained) == (3, "")
    assert await system.database.admin.fetchval("SELECT count(*) FROM patient.verification") == 2


