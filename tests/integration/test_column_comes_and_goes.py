"""A migration adds a column to a read model, and takes it away, while its rows are asked for: every answer is one."""

import asyncio
from collections import Counter

from system import System, eventually, in_days, put_clinic, register
from system import book as book_appointment

ASKED_EACH = 3
"""So often at least, between two changes."""
TABLES = ("patient.patient_view", "appointment.appointment_view", "journey.journey_view")


async def test_statements_that_were_prepared_before_go_on_answering(system: System) -> None:
    for name in ("command-api", "projector-patient", "projector-appointment", "projector-journey"):
        system.start(name)
    await system.ready()
    answers: Counter[int] = Counter()
    ended = asyncio.Event()
    async with system.client() as client:
        clinic, patient_id = await put_clinic(client), await register(client)
        appointment_id = await book_appointment(client, patient_id, clinic)
        await system.caught_up()
        questions = [
            f"/v1/patients/{patient_id}",
            "/v1/patients?name=joao",
            f"/v1/appointments/{appointment_id}",
            f"/v1/appointments?doctor_id={clinic.doctor_id}&day={in_days(1)[:10]}",
            "/v1/appointments/unconfirmed",
            "/v1/journeys",
            "/v1/journeys/at-risk",
        ]

        async def keep_asking() -> None:
            while not ended.is_set():
                for question in questions:
                    answers[(await client.get(question)).status_code] += 1

        async def asked_again() -> None:
            enough = answers.total() + ASKED_EACH * len(questions)

            async def so_often() -> bool:
                return answers.total() >= enough

            await eventually(so_often)

        asking = [asyncio.create_task(keep_asking()) for _ in range(3)]
        await asked_again()
        for _ in range(3):
            for change in ("ADD COLUMN more integer NOT NULL DEFAULT 0", "DROP COLUMN more"):
                for table in TABLES:
                    await system.database.admin.execute(f"ALTER TABLE {table} {change}")
                await asked_again()
        ended.set()
        await asyncio.gather(*asking)
    assert answers.keys() == {200}, answers
