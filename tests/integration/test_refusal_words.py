"""What is wrong with a request is said by field: what is wrong, what is allowed there, and an example of it."""

import json
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from system import Clinic, System, put_clinic, register

NOBODY = UUID(int=7)
RITA = {"phone": "+5527999990001", "full_name": "Rita"}
BOOKING = {
    "patient_id": str(NOBODY),
    "clinic_id": str(NOBODY),
    "doctor_id": str(NOBODY),
    "scheduled_for": "2030-03-04T10:00:00-03:00",
    "appointment_type": "first_visit",
}
TYPES = "one of: first_visit, follow_up, return, emergency"
HALF = "half an emoji"
DAY = "a day, written YYYY-MM-DD"
DURATION = "a whole number from 1 to 1440"

BODIES: dict[str, tuple[str, dict[str, Any], str, str, str | None, Any]] = {
    # what: (path, body, field, a word of the message, allowed, example)
    "half an emoji": ("patients", RITA | {"full_name": "Ana \ud83d"}, "full_name", HALF, None, "Maria da Silva"),
    "the other half": ("appointments", BOOKING | {"notes": "\ude42 oi"}, "notes", HALF, None, None),
    "half of one deeper": (
        "patients",
        RITA | {"address": {"street": ["\ud83d"]}},
        "address.street.0",
        HALF,
        None,
        None,
    ),
    "half of one in a name": ("patients", RITA | {"a\ud83d": 1}, "body", HALF, None, None),
    "half of one as a word": (
        *("appointments", BOOKING | {"appointment_type": "\ud83d"}, "appointment_type"),
        *(HALF, TYPES, "first_visit"),
    ),
    "a word nobody knows": (
        *("appointments", BOOKING | {"appointment_type": "exame"}, "appointment_type"),
        *("must be one of", TYPES, "first_visit"),
    ),
    "true for a number": ("appointments", BOOKING | {"duration": True}, "duration", "whole number", DURATION, 30),
    "a text for a number": ("appointments", BOOKING | {"duration": "30"}, "duration", "whole number", DURATION, 30),
    "too small a number": ("appointments", BOOKING | {"duration": 0}, "duration", "must be", DURATION, 30),
    "a day the other way": ("patients", RITA | {"birth_date": "14/07/1985"}, "birth_date", "YYYY", DAY, "1985-07-14"),
    "no such day": ("patients", RITA | {"birth_date": "1985-02-30"}, "birth_date", "no such day", DAY, "1985-07-14"),
    "no such id": (
        *("appointments", BOOKING | {"doctor_id": "Dra. Ana"}, "doctor_id"),
        *("must be a UUID", "a UUID", "01900000-0000-7000-8000-0000000000d1"),
    ),
    "nothing": (
        *("patients", {"full_name": "Rita"}, "phone"),
        *("is needed", "a phone number with its country code", "+5527999990000"),
    ),
    "a field nobody knows": ("appointments", BOOKING | {"hora": "10:00"}, "hora", "is not known here", None, None),
    "a number for a name": (
        *("patients", RITA | {"full_name": 5}, "full_name"),
        *("must be a text", "a text of 1 to 255 characters", "Maria da Silva"),
    ),
    "a form that it must have": (
        *("patients", RITA | {"email": "rita"}, "email"),
        *("like maria.silva@example.com", "an e-mail address", "maria.silva@example.com"),
    ),
}
STATUS = {"whatsapp_message_id": "wamid.A", "status": "Read"}
PLACE = {"kind": "location", "latitude": 95, "longitude": -40.3}
TOLD: dict[str, tuple[str, dict[str, Any], str, str, str | None, Any]] = {
    # Of a conversation's messages: what: (path, body, field, a word of the message, allowed, example)
    "an unknown status": (
        "statuses",
        STATUS,
        "status",
        "must be one of: sent",
        "one of: sent, delivered, read, failed",
        None,
    ),
    "no status": ("statuses", {"whatsapp_message_id": "wamid.A"}, "status", "is needed", None, "delivered"),
    "true for a text": ("edits", STATUS | {"content": True}, "content", "must be", None, None),
    "a latitude beyond the pole": (
        *("messages", {"media_type": "location", "details": PLACE}, "details.latitude"),
        *("must be a number from -90 to 90", "a number from -90 to 90", None),
    ),
    "a kind nobody knows": (
        *("messages", {"media_type": "location", "details": {"kind": "poll"}}, "details"),
        *("must be an object with kind, one of:", None, None),
    ),
    "no kind": (
        *("messages", {"media_type": "location", "details": {"latitude": 1}}, "details"),
        *("must be an object with kind, one of:", None, None),
    ),
}
QUERIES: dict[str, tuple[str, str, str, str | None, Any]] = {
    # what: (path, field, a word of the message, allowed, example)
    "a plus as it is": ("patients?phone=+5527999990000", "phone", "%2B", None, "+5527999990000"),
    "a plus of an offset": (
        *("appointments?clinic_id={clinic}&from=2026-03-02T10:00:00+03:00&until=2026-03-03T10:00:00-03:00", "from"),
        *("%2B", None, "2026-03-02T08:00:00-03:00"),
    ),
    "a bad birth date": ("patients?birth_date=14/07/1985", "birth_date", "YYYY-MM-DD", None, "1985-07-14"),
    "a bad day": ("appointments?clinic_id={clinic}&day=02/03/2026", "day", "YYYY-MM-DD", None, "2026-03-02"),
    "a word nobody knows": (
        "appointments?clinic_id={clinic}&status=feita",
        "status",
        "scheduled, confirmed",
        None,
        "scheduled",
    ),
    "a number in words": ("patients?limit=muitos", "limit", "a whole number from 1", None, 1),
    "no id": ("appointments?clinic_id=centro", "clinic_id", "a UUID", "a UUID", "01900000-0000-7000-8000-0000000000c1"),
    "a parameter nobody knows": ("patients?telefone=1", "telefone", "is not known here", None, None),
}


@pytest.fixture
async def clinic(api: System) -> Clinic:
    async with api.client() as admin:
        return await put_clinic(admin)


async def test_each_refused_field_says_what_is_allowed_and_gives_an_example(api: System, clinic: Clinic) -> None:
    wrong = []
    async with api.client() as admin:
        patient = await register(admin)
        before = await api.database.events()
        for what, (path, body, *expected) in BODIES.items():
            content = json.dumps(body).encode()
            url = f"/v1/patients/{patient}/contact" if "address" in body else f"/v1/{path}"
            method = "PUT" if "address" in body else "POST"
            answer = await admin.request(method, url, content=content, headers={"Content-Type": "application/json"})
            wrong += complaints(what, answer.status_code, answer.json(), expected)
        for what, (path, body, *expected) in TOLD.items():
            said = {"direction": "inbound", "content": ""} | body if path == "messages" else body
            answer = await admin.post(f"/v1/conversations/{NOBODY}/{path}", json=said)
            errors = [error for error in answer.json().get("errors", ()) if error["field"] == expected[0]]
            wrong += complaints(what, answer.status_code, {"errors": errors}, expected)
        for what, (path, *expected) in QUERIES.items():
            answer = await admin.get(f"/v1/{path.replace('{clinic}', str(clinic.clinic_id))}")
            wrong += complaints(what, answer.status_code, answer.json(), expected)
        assert await api.database.events() == before
        whole = await admin.post(
            "/v1/patients",
            content=rb'{"phone":"+5527999990001","full_name":"Rita \ud83d\ude42"}',
            headers={"Content-Type": "application/json"},
        )
    assert not wrong, "\n".join(wrong)
    assert whole.status_code == 201, "a whole one is a character like any other"


async def test_what_the_body_names_and_nobody_knows_is_named_and_so_is_what_was_never_recorded(
    api: System, clinic: Clinic
) -> None:
    async with api.client() as admin, api.client("receptionist", clinics=[uuid7()]) as elsewhere:
        patient = await register(admin)
        visit = BOOKING | {"clinic_id": str(clinic.clinic_id), "doctor_id": str(clinic.doctor_id)}
        for client, whose, field in ((admin, NOBODY, "patient_id"), (elsewhere, patient, "clinic_id")):
            answer = await client.post("/v1/appointments", json=visit | {"patient_id": str(whose)})
            assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (404, [field]), answer.text
        changed = await admin.patch("/v1/tenant", json={"name": "Clínica Vitória"})
        assert (changed.status_code, "PUT" in changed.json()["detail"]) == (404, True)


def complaints(what: str, status: int, document: Any, expected: list[Any]) -> list[str]:
    field, word, allowed, example = expected
    [error] = document.get("errors") or [{}]
    said = (status, error.get("field"), word in error.get("message", ""))
    found = [] if said == (422, field, True) else [f"{what}: {status} {document}"]
    for name, wanted in (("allowed", allowed), ("example", example)):
        if wanted is not None and error.get(name) != wanted:
            found.append(f"{what}: {name} is {error.get(name)!r}")
    return found


OLD_NAMES = {
    "escalation": ("escalation_reason", "second complaint in a week"),
    "abandonment": ("abandonment_reason", "moved away"),
    "completion": ("completion_reason", "successful_treatment"),
}


@pytest.mark.parametrize("path", OLD_NAMES)
async def test_a_journeys_reason_is_called_reason_and_what_it_was_called_is_still_taken(
    api: System, clinic: Clinic, path: str
) -> None:
    old, said = OLD_NAMES[path]
    async with api.client() as admin:
        for name in ("reason", old):
            patient = await register(admin)
            body = {"patient_id": str(patient), "clinic_id": str(clinic.clinic_id)}
            journey = (await admin.post("/v1/journeys", json=body)).json()["id"]
            answer = await admin.post(f"/v1/journeys/{journey}/{path}", json={name: said})
            assert answer.status_code == 200, answer.text
            both = await admin.post(f"/v1/journeys/{uuid7()}/{path}", json={"reason": said, old: said})
            neither = await admin.post(f"/v1/journeys/{uuid7()}/{path}", json={})
            assert [error["field"] for error in both.json()["errors"]] == [old]
            assert [error["field"] for error in neither.json()["errors"]] == ["reason"]
    log = [event.event_data for event in await api.database.log(api.tenant_id)]
    assert [getattr(data, old) for data in log if hasattr(data, old)] == [said, said]
