"""Delivery statuses of a reminder through HTTP: a repeat makes no new version of the appointment."""

from typing import Any

import httpx

from always_true import log_holds, read_models_equal_fold
from system import System, book, put_clinic, register

REPEATS = 22


async def test_twenty_two_repeats_leave_a_receptionists_if_match_as_it_is(system: System) -> None:
    await system.start_all()
    async with system.client() as admin, system.client("bot") as bot:
        clinic, patient_id = await put_clinic(admin), await register(admin)
        appointment_id = await book(admin, patient_id, clinic)
        path = f"/v1/appointments/{appointment_id}"
        reminder = {"channel": "whatsapp", "reminder_id": "01900000-0000-7000-8000-0000000000b2"}

        async def told(client: httpx.AsyncClient, **said: Any) -> int:
            answer = await client.post(f"{path}/reminders", json=reminder | said)
            assert answer.status_code == 200, answer.text
            return len(answer.json()["events"])

        assert [await told(bot, delivery_status=said) for said in ("sent", "delivered")] == [1, 1]
        await system.caught_up("appointment")
        seen = (await admin.get(path)).headers["etag"]
        repeats = ["delivered", "sent", "failed"] * REPEATS
        assert sum([await told(bot, delivery_status=said) for said in repeats[:REPEATS]]) == 0
        assert await told(bot, error="131026") == 0, "it did arrive"
        moved = await admin.post(
            f"{path}/confirmation", json={"confirmation_method": "phone"}, headers={"If-Match": seen}
        )
        assert moved.status_code == 200, moved.text

        await system.caught_up()
        assert (await admin.get(path)).json()["reminder_delivery_status"] == "delivered"
        await log_holds(system.database)
        await read_models_equal_fold(system.database)
