"""What a verify says and keeps: where the database takes nothing, of samples, and until when a finding is shown."""

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
