"""One phone, several people: never one record, and it is known who writes on it."""

from typing import Any
from uuid import UUID

import httpx

from always_true import log_holds, read_models_equal_fold
from healz.events.patient import PatientRegistered
from past import counts, refusals, send, visit
from system import Clinic, System, new_phone, put_clinic, register


async def writing(client: httpx.AsyncClient, phone: str, position: int, **params: Any) -> Any:
    headers = {"Healz-Min-Position": str(position)}
    answer = await client.get("/v1/patients/writing", params={"phone": phone} | params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def start(client: httpx.AsyncClient, patient_id: UUID, clinic: Clinic) -> str:
    body = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
    answer = await client.post("/v1/conversations", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_family_shares_a_phone_and_it_is_known_who_writes(system: System) -> None:
    await system.start_all()
    phone = new_phone()
    async with system.client() as staff, system.client("bot") as bot, system.client("viewer") as viewer:
        clinic = await put_clinic(staff)
        helena = await register(staff, phone=phone, full_name="Helena Paixão")
        refused = await staff.post("/v1/patients", json={"phone": phone, "full_name": "Osvaldo Paixão"})
        osvaldo = await register(staff, phone=phone, full_name="Osvaldo Paixão", shares_phone=True)
        child = {"birth_date": "2019-05-05", "guardian_phone": phone}
        bebe = await register(staff, phone=phone, full_name="Bento Paixão", **child)
        position = await system.database.events()
        first = await writing(bot, phone, position)
        talk = await start(bot, osvaldo, clinic)
        his = await writing(bot, phone, position)
        elsewhere = await writing(bot, phone, position, clinic_id=str((await put_clinic(staff)).clinic_id))
        # It was she who wrote: the receptionist gives it to her.
        (await staff.post(f"/v1/conversations/{talk}/closure", json={"reason": "it was his wife"})).raise_for_status()
        hers = await start(staff, helena, clinic)
        after = await writing(bot, phone, position)
        nobody = await writing(bot, new_phone(), position)
        unread = await viewer.get("/v1/patients/writing", params={"phone": phone})
        await system.caught_up()

    assert (refused.status_code, refused.json()["rule"]) == (409, "phone_taken")
    assert "shares_phone" in refused.json()["detail"]
    everybody = [str(patient_id) for patient_id in (helena, osvaldo, bebe)]
    assert first == {
        "patient_id": str(helena),
        "because": "adult_registered_first",
        "conversation_id": None,
        "patient_ids": everybody,
    }
    assert (his["patient_id"], his["because"], his["conversation_id"]) == (str(osvaldo), "open_conversation", talk)
    assert elsewhere["patient_id"] == str(helena)
    assert (after["patient_id"], after["conversation_id"]) == (str(helena), hers)
    assert (nobody["patient_id"], nobody["patient_ids"]) == (None, [])
    assert unread.status_code == 403
    await log_holds(system.database)
    await read_models_equal_fold(system.database)


async def test_an_import_takes_nobody_for_another_by_the_phone(api: System) -> None:
    phone, other = new_phone(), new_phone()
    nothing_known = {"patient_phone": phone, "patient_birth_date": ""}
    async with api.client() as staff, api.client("import") as importing:
        clinic = await put_clinic(staff)
        rita = await register(staff, phone=other, full_name="Rita de Cássia", birth_date="1985-07-14")
        rows = [
            visit(clinic, 0, **nothing_known, patient_name="Helena Paixão"),
            visit(clinic, 1, **nothing_known, patient_name="Osvaldo Paixão"),
            visit(clinic, 2, **nothing_known, patient_name="Bebê Paixão", outcome="no_show"),
            visit(clinic, 3, **nothing_known, patient_name="HELENA PAIXAO"),
            visit(clinic, 4, patient_phone=other, patient_name="Osvaldo", patient_birth_date=""),
            visit(clinic, 5, patient_phone=other, patient_name="Rita Lima"),
        ]
        tally = await send(importing, rows)
        again = await send(importing, rows)
        for row in rows[1:3]:
            row["shares_phone"] = "sim"
        sharing = await send(importing, rows, "corrected")

    assert counts(tally) == (6, 3, 0, 3)
    assert refusals(tally) == [(n, "patient_phone", "phone_of_another") for n in (3, 4, 6)]
    messages = [refusal["message"] for refusal in tally["refusals"]]
    assert "the patient of row 2 has this phone under another name" in messages[0]
    assert f"the patient {rita} has this phone" in messages[2]
    assert all("CPF" in message and "shares_phone" in message for message in messages)
    assert counts(again) == (6, 0, 3, 3)
    assert (counts(sharing), refusals(sharing)) == ((6, 2, 3, 1), [(6, "patient_phone", "phone_of_another")])
    log = [event.event_data for event in await api.database.log(api.tenant_id)]
    people = {data.full_name: data.shares_phone for data in log if isinstance(data, PatientRegistered)}
    assert people == {"Rita de Cássia": False, "Helena Paixão": False, "Osvaldo Paixão": True, "Bebê Paixão": True}
    await log_holds(api.database)
