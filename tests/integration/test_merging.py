"""Two records of one person become one, through HTTP: one history, one set of rows, nothing left under the other id."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx

from always_true import log_holds, read_models_equal_fold, topic_equals_log
from command_api.decide.merging.retold import told_id
from counted import read_models_agree_with_counts
from system import Clinic, System, book, in_days, new_phone, put_clinic, register

CPF = "529.982.247-25"


async def done(client: httpx.AsyncClient, path: str, method: str = "POST", **body: Any) -> Any:
    answer = await client.request(method, f"/v1/{path}", json=body)
    assert answer.status_code in (200, 201), f"{path}: {answer.text}"
    return answer.json()


async def merged(client: httpx.AsyncClient, into: UUID, other: UUID, **headers: str) -> httpx.Response:
    return await client.post(f"/v1/patients/{into}/merge", json={"other_patient_id": str(other)}, headers=headers)


async def visited(importing: httpx.AsyncClient, patient_id: UUID, clinic: Clinic, days: float) -> UUID:
    """A visit so many days ago."""
    visit = await book(importing, patient_id, clinic, days=-days, occurred_at=in_days(-days - 2))
    await done(importing, f"appointments/{visit}/completion", occurred_at=in_days(-days + 0.1), notes="retorno")
    return visit


async def wrote(client: httpx.AsyncClient, patient_id: UUID, clinic: Clinic, content: str) -> UUID:
    body = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
    talk = UUID((await done(client, "conversations", **body))["id"])
    message = {"direction": "inbound", "content": content, "whatsapp_message_id": f"wamid.{uuid4()}"}
    await done(client, f"conversations/{talk}/messages", **message)
    return talk


async def shown(client: httpx.AsyncClient, path: str, position: int, **params: Any) -> Any:
    headers = {"Healz-Min-Position": str(position)}
    answer = await client.get(f"/v1/{path}", params=params, headers=headers)
    assert answer.status_code == 200, f"{path}: {answer.text}"
    return answer.json()


async def everything_holds(system: System) -> None:
    await system.caught_up()
    await system.outbox_empty()
    await log_holds(system.database)
    await topic_equals_log(system)
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def test_two_records_are_one_person_from_then_on(system: System) -> None:
    await system.start_all()
    phones = [new_phone(), new_phone()]
    async with system.client() as admin, system.client("import") as importing, system.client("bot") as bot:
        here, there = await put_clinic(admin), await put_clinic(admin)
        keeps = await register(admin, phone=phones[0], full_name="Rosângela Prates")
        again = await register(
            admin, phone=phones[1], full_name="Rosangela Prates Lima", cpf=CPF, email="rosangela@example.com.br"
        )
        await visited(importing, keeps, here, 30)
        await visited(importing, again, here, 20)
        await visited(importing, again, there, 10)
        missed = await book(importing, again, here, days=-5, occurred_at=in_days(-9))
        await done(importing, f"appointments/{missed}/no-show", occurred_at=in_days(-4.9))
        mistaken = {"outcome": "completed", "reason": "clicou errado"}
        await done(admin, f"appointments/{missed}/correction", **mistaken)
        ahead = await book(admin, again, there, days=3)
        mine = await wrote(bot, keeps, here, "Bom dia")
        theirs = await wrote(bot, again, here, "Oi, sou a Rosângela, mudei de telefone")
        await done(admin, f"conversations/{theirs}/escalation", reason="complaint")
        await done(admin, f"patients/{again}/medical-history", "PUT", medical_history={"allergies": ["látex"]})
        await system.caught_up()
        before = await shown(admin, f"patients/{again}", 0)

        answer = await merged(admin, keeps, again)
        assert answer.status_code == 200, answer.text
        position = answer.json()["position"]
        head = await system.database.events()
        one, other = [await shown(admin, f"patients/{key}", head) for key in (keeps, again)]
        by_other = await shown(admin, "patients", head, phone=phones[1])
        by_cpf = await shown(admin, "patients", head, cpf=CPF)
        writes = await shown(bot, "patients/writing", head, phone=phones[1], clinic_id=str(here.clinic_id))
        inbox = await shown(admin, "conversations", head, clinic_id=str(here.clinic_id))
        history = await shown(admin, f"patients/{keeps}/history", head, limit=200)
        old = await shown(admin, f"patients/{again}/history", head, limit=200)
        why = await admin.get(f"/v1/patients/{keeps}/why")
        then = await shown(admin, f"patients/{keeps}/as-of", head, at=in_days(0))
        taken = await admin.post("/v1/patients", json={"phone": phones[1], "full_name": "Outra"})
        refused = [
            await admin.put(f"/v1/patients/{again}/contact", json={"full_name": "Rosa"}),
            await admin.post(f"/v1/appointments/{ahead}/cancellation", json={}),
            await bot.post(f"/v1/conversations/{theirs}/messages", json={"direction": "inbound", "content": "Oi"}),
            await merged(admin, keeps, again),
            await merged(admin, again, keeps),
        ]
        gone = [await admin.get(f"/v1/appointments/{key}") for key in (missed, ahead)]
        # Life goes on where it went on.
        booked = await shown(admin, f"appointments/{told_id(ahead, keeps)}", head)
        await done(admin, f"appointments/{booked['appointment_id']}/confirmation", confirmation_method="phone")
        await everything_holds(system)

    assert before["total_appointments"] == 4
    assert one["completed_appointments"] == 4
    assert (one["total_appointments"], one["no_show_count"], one["cancelled_appointments"]) == (5, 0, 0)
    assert (one["phone"], one["other_phone"], one["cpf"], one["email"]) == (
        *phones,
        "52998224725",
        "rosangela@example.com.br",
    )
    assert (other["merged_into"], other["phone"], other["total_appointments"]) == (str(keeps), "", 0)
    assert other["full_name"] == "Anonymized patient"
    assert [row["patient_id"] for row in by_other["items"]] == [row["patient_id"] for row in by_cpf["items"]]
    assert [row["patient_id"] for row in by_other["items"]] == [str(keeps)]
    (open_talk,) = inbox["items"]
    assert (open_talk["patient_id"], open_talk["status"]) == (str(keeps), "escalated")
    assert open_talk["conversation_id"] not in (str(mine), str(theirs))
    assert (writes["patient_id"], writes["conversation_id"]) == (str(keeps), open_talk["conversation_id"])
    kinds = [event["event_type"] for event in history["items"]]
    assert kinds.count("AppointmentScheduled") == 5
    assert kinds.count("MessageReceived") == 2
    assert "Oi, sou a Rosângela, mudei de telefone" in str(history)
    assert old["items"][-1]["event_type"] == "PatientMerged"
    assert old["items"][-1]["event_data"]["merged_into"] == str(keeps)
    assert not any(secret in str(old) for secret in ("Rosangela", phones[1], "52998224725", "mudei de telefone"))
    assert why.status_code == 200
    assert then["total_appointments"] == 5
    assert (taken.status_code, taken.json()["rule"]) == (409, "phone_taken")
    assert {answer.json()["rule"] for answer in refused} == {"patient_merged"}
    assert all(str(keeps) in answer.json()["detail"] for answer in refused)
    assert {answer.status_code for answer in gone} == {404}
    assert position <= head


async def test_both_directions_at_once_and_a_request_that_comes_again(system: System) -> None:
    await system.start_all()
    async with system.client() as admin:
        clinic = await put_clinic(admin)
        pairs: list[list[UUID]] = []
        for _ in range(5):
            pair = [await register(admin, phone=new_phone(), full_name="Ana Luz") for _ in range(2)]
            for n, patient_id in enumerate(pair):
                await book(admin, patient_id, clinic, days=2 + len(pairs) + n / 2)
            pairs.append(pair)
        raced = await asyncio.gather(
            *(merged(admin, into, other) for one, two in pairs for into, other in ((one, two), (two, one)))
        )
        # a → b → c: each points on to the next.
        a, b, c = [await register(admin, phone=new_phone(), full_name="Bia Reis") for _ in range(3)]
        await book(admin, a, clinic, days=20)
        key = {"Idempotency-Key": str(uuid4())}
        first = await merged(admin, b, a, **key)
        again = await merged(admin, b, a, **key)
        onwards = await merged(admin, c, b)
        await system.caught_up()
        ends = [await shown(admin, f"patients/{key}", 0) for key in (a, b, c)]
        await done(admin, f"patients/{c}/anonymize", reason="patient_request")
        await everything_holds(system)
        rows = await system.database.admin.fetch("SELECT patient_id, phone, other_phone FROM patient.patient_view")

    for n in range(0, len(raced), 2):
        assert sorted(answer.status_code for answer in raced[n : n + 2]) == [200, 409], [r.text for r in raced]
    assert first.json() == again.json()
    assert onwards.status_code == 200
    assert [end["merged_into"] for end in ends] == [str(b), str(c), None]
    assert [end["total_appointments"] for end in ends] == [0, 0, 1]
    assert all((row["phone"], row["other_phone"]) == ("", None) for row in rows if row["patient_id"] in (a, b, c))


async def test_who_may_merge_and_whom(api: System) -> None:
    async with api.client() as admin, api.client("receptionist") as desk:
        here, there = await put_clinic(admin), await put_clinic(admin)
        one, two = [await register(admin, phone=new_phone(), full_name="Caio Melo") for _ in range(2)]
        await book(admin, two, there)
        by_the_desk = await merged(desk, one, two)
        unknown = await merged(admin, one, uuid4())
        itself = await merged(admin, one, one)
        async with api.client(tenant_id=uuid4()) as stranger:
            strange = await merged(stranger, one, two)
        version = await merged(admin, one, two, **{"If-Match": '"7"'})
        same_time = await book(admin, one, here, days=1)
        overlapping = await merged(admin, one, two)
        await done(admin, f"appointments/{same_time}/cancellation")
        good = await merged(admin, one, two)

    assert by_the_desk.status_code == 403
    assert unknown.status_code == 404
    assert (itself.status_code, itself.json()["rule"]) == (409, "same_record")
    assert strange.status_code == 404
    assert version.status_code == 412
    assert (overlapping.status_code, overlapping.json()["rule"]) == (409, "patient_overlap")
    assert good.status_code == 200, good.text
