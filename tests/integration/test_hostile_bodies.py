"""Whatever the API accepts, every reader can read: hostile bodies through all command routes, then each reader; and
one patient whom nobody can read stops nobody else."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from always_true import log_holds
from hostile_json import NUMBERS, TEXTS, deep, deep_objects
from past import refusals, send, visit
from system import PROJECTORS, System, book, data_of, new_phone, put_clinic, register

HOSTILE = (
    *(deep(levels) for levels in (2, 100, 199, 200, 254, 255, 900, 5000)),
    *(f'{{"x":{deep(levels)}}}' for levels in (15, 16, 100, 199, 200, 253, 254, 900, 5000)),
    *(deep_objects(levels) for levels in (16, 17, 200, 254, 5000)),
    *("{" + ",".join(f'"{n}":0' for n in range(wide)) + "}" for wide in (1000, 1001)),
    '{"x":[' + ",".join(["5e-324"] * 900) + "]}",
    *(f'{{"x":{number}}}' for number in NUMBERS),
    *(f'{{"x":{text}}}' for text in TEXTS),
    *(f"{{{text}:1}}" for text in TEXTS),
    *('{"a":1,"a":2}', '{"__proto__":{"x":1},"":{"":[]}}', '{"a":1}{"b":2}', "{", "\ufeff{}", "[[1]]"),
)
"""For a free object."""
LEAVES = (
    *("1e400", "NaN", "-0.0", "5e-324", "9" * 400, '""', '"\\u0000"', '"\\ud800"', '"\\uffff"', '"e\\u0301"'),
    *(TEXTS[-1], deep(200), deep_objects(200), '["\\ud83d\\ude00"]', "{}", "null"),
)
"""For any other field."""


def but(body: dict[str, Any], name: str, raw: str) -> str:
    """``body`` as JSON, with raw text for one field."""
    members = [f"{json.dumps(key)}:{raw if key == name else json.dumps(value)}" for key, value in body.items()]
    return "{" + ",".join(members) + "}"


@pytest.fixture
async def admin(system: System) -> AsyncIterator[httpx.AsyncClient]:
    system.start("command-api")
    await system.ready()
    async with system.client() as client:
        yield client


async def talk_of(client: httpx.AsyncClient, patient_id: UUID, clinic_id: UUID) -> tuple[str, str]:
    """A conversation's address, and a message in it."""
    body = {"patient_id": str(patient_id), "clinic_id": str(clinic_id)}
    talk = f"/v1/conversations/{(await client.post('/v1/conversations', json=body)).json()['id']}"
    message_id = str(uuid7())
    said = {"direction": "inbound", "content": "oi", "message_id": message_id}
    (await client.post(f"{talk}/messages", json=said)).raise_for_status()
    return talk, message_id


def intent(message_id: str, extracted_data: Any = None) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "intent": "complaint",
        "confidence": 1,
        "extracted_data": extracted_data or {},
    }


async def test_what_is_accepted_is_read_by_every_reader(system: System, admin: httpx.AsyncClient) -> None:
    clinic = await put_clinic(admin)
    patient_id = await register(admin)
    talk, message_id = await talk_of(admin, patient_id, clinic.clinic_id)
    visit_path = f"/v1/appointments/{await book(admin, patient_id, clinic)}"
    maria = f"/v1/patients/{patient_id}"
    address = {
        "street": "Rua A",
        "number": "1",
        "neighborhood": "B",
        "city": "C",
        "state": "ES",
        "zip_code": "29075910",
    }
    history = {"allergies": ["a"], "chronic_conditions": [], "medications": []}
    window = {"weekday": 1, "opens_at": "08:00", "closes_at": "12:00"}
    routes: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/patients", {"phone": new_phone(), "full_name": "Rita", "email": "r@example.com"}),
        ("PUT", f"{maria}/contact", {"full_name": "Maria", "email": "m@example.com", "address": address}),
        (
            *("PUT", f"{maria}/preferences"),
            {"communication_channel": "sms", "reminder_enabled": True, "reminder_time_before": 60},
        ),
        ("PUT", f"{maria}/medical-history", {"medical_history": history}),
        ("POST", f"{talk}/messages", {"direction": "inbound", "content": "oi", "whatsapp_message_id": "w"}),
        ("POST", f"{talk}/intents", intent(message_id)),
        ("POST", f"{visit_path}/reschedule", {"scheduled_for": "2040-01-01T10:00:00Z", "reason": "r"}),
        ("POST", f"{visit_path}/reminders", {"channel": "sms", "error": "e"}),
        ("PUT", "/v1/tenant", {"name": "Clínicas", "journey_rules": {"score_high": 0.65}}),
        ("PUT", f"/v1/clinics/{uuid7()}", {"name": "Clínica", "opening_hours": [window]}),
        ("PUT", f"/v1/doctors/{uuid7()}", {"full_name": "Ana", "clinic_ids": [str(clinic.clinic_id)], "schedule": []}),
    ]
    bodies = [
        (method, path, but(body, name, raw))
        for method, path, body in routes
        for name in body
        for raw in (HOSTILE if name == "extracted_data" else LEAVES)
    ]
    bodies += [
        ("PUT", f"{maria}/medical-history", f'{{"medical_history":{but(history, "allergies", raw)}}}') for raw in LEAVES
    ]
    bodies += [("PUT", f"{maria}/contact", f'{{"address":{but(address, "street", raw)}}}') for raw in LEAVES]
    bodies += [("PUT", "/v1/tenant", f'{{"name":"C","journey_rules":{{"score_high":{raw}}}}}') for raw in LEAVES]
    taken = 0
    wrong = []
    for nth, (method, path, body) in enumerate(bodies):
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(nth)}
        answer = await admin.request(method, path, content=body.encode(), headers=headers)
        taken += answer.is_success
        if answer.status_code >= 500 or (not answer.is_success and "problem" not in answer.headers["content-type"]):
            wrong.append((answer.status_code, path, body[:200], answer.text[:200]))
    assert not wrong, wrong
    assert taken > 50, "what is only strange is taken"

    refused = await admin.post(f"{talk}/intents", json=intent(message_id, json.loads(deep_objects(17))))
    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert (error["field"], error["message"]) == ("extracted_data", "nest objects and lists at most 16 deep")
    await every_reader_reads(system, admin, patient_id)


async def every_reader_reads(system: System, client: httpx.AsyncClient, patient_id: UUID) -> None:
    """The fold of commands, history, as-of, the topic and the read models."""
    path = f"/v1/patients/{patient_id}"
    for name in ("relay", *PROJECTORS):
        system.start(name)
    log = await system.database.log(system.tenant_id)
    (await client.put(f"{path}/contact", json={"full_name": f"Maria {len(log)}"})).raise_for_status()
    items: list[Any] = []
    after: int | None = 0
    while after is not None:
        page = (await client.get(f"{path}/history", params={"after": after, "limit": 200})).raise_for_status().json()
        items, after = items + page["items"], page["next"]
    detected = next(item for item in reversed(items) if item["event_type"] == "IntentDetected")
    operation = await client.get("/v1/events", params={"correlation_id": detected["correlation_id"]})
    assert detected in operation.json()["items"]
    own = [event for event in await system.database.log(system.tenant_id) if event.patient_id == patient_id]
    assert [item["position"] for item in items] == [event.position for event in own]
    now = await client.get(f"{path}/as-of", params={"at": "2100-01-01"})
    assert now.json()["full_name"] == f"Maria {len(log)}"
    await system.outbox_empty(seconds=60)
    await system.caught_up(seconds=60)
    assert [data_of(record)["position"] for record in await system.records()] == list(range(1, len(log) + 2))
    shown = (await client.get(path)).raise_for_status().json()
    assert shown["full_name"] == f"Maria {len(log)}"
    await log_holds(system.database)


async def test_what_was_recorded_before_the_bound_is_read_and_what_nobody_can_read_stops_nobody_else(
    system: System, admin: httpx.AsyncClient
) -> None:
    clinic = await put_clinic(admin)
    patient_id, other_id = await register(admin), await register(admin)
    talk, message_id = await talk_of(admin, patient_id, clinic.clinic_id)
    (await admin.post(f"{talk}/intents", json=intent(message_id))).raise_for_status()
    # As a release without bounds left it there.
    data = f'{{"x":{deep(254)}}}'
    await system.database.admin.execute(
        "UPDATE event_store.events SET event_data = event_data || jsonb_build_object('extracted_data', $1::jsonb)"
        " WHERE event_type = 'IntentDetected'",
        data,
    )
    await every_reader_reads(system, admin, patient_id)

    # Not even that: somebody was at the table, or a disk.
    await system.database.admin.execute(
        "UPDATE event_store.events SET event_data = '{}' WHERE patient_id = $1 AND event_type = $2",
        patient_id,
        "PatientRegistered",
    )
    # A process that has folded this patient before knows what stood there.
    (api,) = (process for process in system.processes if process.name == "command-api")
    await system.end(api)
    system.start("command-api")
    await system.ready()
    path = f"/v1/patients/{patient_id}"
    for answer in (
        await admin.put(f"{path}/contact", json={"full_name": "Ana"}),
        await admin.get(f"{path}/as-of", params={"at": "2100-01-01"}),
        await admin.post(f"{talk}/messages", json={"direction": "inbound", "content": "oi"}),
    ):
        assert answer.status_code == 500
        assert answer.json()["detail"] == (
            "the records of this patient need a look by the operators; nothing was changed"
        )
    (await admin.put(f"/v1/patients/{other_id}/contact", json={"full_name": "Rita"})).raise_for_status()
    for listed in ("/v1/patients", "/v1/journeys", f"/v1/clinics/{clinic.clinic_id}/dashboard", path):
        assert (await admin.get(listed)).status_code == 200, listed
    phone = (await admin.get(path)).json()["phone"]
    rows = [visit(clinic, 1) | {"patient_phone": phone, "patient_name": "Maria"}, visit(clinic, 2)]
    async with system.client("import") as importing:
        tally = await send(importing, rows)
    assert refusals(tally) == [(2, None, "patient_unreadable")]
    assert tally["accepted"] == 1
    assert "can't be read" in system.logs()
