"""The database goes away in the middle of a file: whoever sent it hears so, and sends it again."""

import asyncio

from always_true import log_holds
from past import counts, post, send, visit
from system import WAIT_SECONDS, System, eventually, put_clinic

ROWS = 120


async def test_an_import_goes_on_after_the_database_was_away(system: System) -> None:
    system.settings["HEALZ_IMPORT_BATCH_ROWS_MAX"] = "20"
    process = system.start("command-api")
    await system.ready()
    async with system.client() as admin, system.client("import") as importing:
        clinic = await put_clinic(admin)
        rows = [visit(clinic, n) for n in range(ROWS)]
        sending = asyncio.create_task(post(importing, rows, "agenda"))

        async def begun() -> bool:
            return await system.database.events() > ROWS

        await eventually(begun)
        async with system.servers.without_postgres(crash=True):
            answer = await asyncio.wait_for(sending, WAIT_SECONDS)
        await system.database.reconnect()
        await system.ready()
        before = await system.database.events()
        tally = await send(importing, rows)

    assert (answer.status_code, answer.json()["type"]) == (503, "urn:healz:problem:unavailable")
    assert process.poll() is None
    assert counts(tally) == (ROWS, ROWS - tally["known"], tally["known"], 0)
    assert tally["known"] > 0
    assert await system.database.events() == before + tally["events"]
    log = [event.event_type for event in await system.database.log(system.tenant_id)]
    assert log.count("PatientRegistered") == log.count("AppointmentCompleted") == ROWS
    await log_holds(system.database)
