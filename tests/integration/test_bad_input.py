"""What can't be done is refused with the right status, a problem document, and nothing written."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from healz_local.tokens import issue_token
from system import SECRET, Clinic, System, book, in_days, new_phone, put_clinic, register

INTERNAL = ("traceback", "asyncpg", "postgres", "event_store", "select ", "litestar", "pydantic", "127.0.0.1", ".py")


@dataclass(frozen=True)
class Bad:
    """A request and what it must hear. {…} in path and body stand for what the test has made."""

    status: int
    method: str
    path: str
    body: Any = None
    rule: str | None = None
    role: str = "admin"
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    elsewhere: bool = False
    """As somebody of another tenant."""
    token: str | None = None


PATIENT = {"phone": "+5527999990000", "full_name": "Rita"}
BOOKING = {
    "patient_id": "{patient}",
    "clinic_id": "{clinic}",
    "doctor_id": "{doctor}",
    "scheduled_for": in_days(2),
    "appointment_type": "first_visit",
}
CONFIRM = {"confirmation_method": "phone"}
CONFIRMATION = "/v1/appointments/{appointment}/confirmation"

REFUSED = {
    "no token": Bad(401, "POST", "/v1/patients", PATIENT, token=""),
    "not a token": Bad(401, "POST", "/v1/patients", PATIENT, token="nonsense"),
    "signed by another": Bad(401, "POST", "/v1/patients", PATIENT, token=issue_token("x" * 40, UUID(int=1), "admin")),
    "expired": Bad(401, "POST", "/v1/patients", PATIENT, token=issue_token(SECRET, UUID(int=1), "admin", hours=-1)),
    "unknown role": Bad(401, "POST", "/v1/patients", PATIENT, token=issue_token(SECRET, UUID(int=1), "root")),
    "a viewer writes": Bad(403, "POST", "/v1/patients", PATIENT, role="viewer"),
    "a bot anonymises": Bad(403, "POST", "/v1/patients/{patient}/anonymize", {"reason": "x"}, role="bot"),
    "a bot puts a clinic": Bad(403, "PUT", "/v1/clinics/{clinic}", {"name": "x"}, role="bot"),
    "unknown parameter of a command": Bad(422, "POST", "/v1/patients?dry_run=true", PATIENT),
    "unknown field": Bad(422, "POST", "/v1/patients", PATIENT | {"tenant_id": str(UUID(int=1))}),
    "no phone": Bad(422, "POST", "/v1/patients", {"full_name": "Rita"}),
    "phone without country code": Bad(422, "POST", "/v1/patients", PATIENT | {"phone": "27999990000"}),
    "wrong check digits": Bad(422, "POST", "/v1/patients", PATIENT | {"cpf": "12345678901"}),
    "name with NUL": Bad(422, "POST", "/v1/patients", PATIENT | {"full_name": "Ri\0ta"}),
    "name of nothing that is seen": Bad(422, "POST", "/v1/patients", PATIENT | {"full_name": "\u200b\u200b"}),
    "name with lost letters": Bad(422, "POST", "/v1/patients", PATIENT | {"full_name": "Jos\ufffd"}),
    "name without a letter": Bad(422, "POST", "/v1/patients", PATIENT | {"full_name": "(27) 99999 \U0001f338"}),
    "renamed to a dot": Bad(422, "PUT", "/v1/patients/{patient}/contact", {"full_name": "."}),
    "a doctor without a letter": Bad(422, "PUT", f"/v1/doctors/{UUID(int=9)}", {"full_name": "1", "clinic_ids": []}),
    "a clinic of another address": Bad(
        422, "PUT", "/v1/clinics/{clinic}", {"name": "Centro", "clinic_id": str(UUID(int=9))}
    ),
    "endless name": Bad(422, "POST", "/v1/patients", PATIENT | {"full_name": "R" * 256}),
    "time without offset": Bad(422, "POST", "/v1/appointments", BOOKING | {"scheduled_for": "2030-01-01T10:00:00"}),
    "time that is a number": Bad(422, "POST", "/v1/appointments", BOOKING | {"scheduled_for": 1893456000}),
    "time that is digits": Bad(422, "POST", "/v1/appointments", BOOKING | {"scheduled_for": "1893456000"}),
    "birth date that is a number": Bad(422, "POST", "/v1/patients", PATIENT | {"birth_date": 86400}),
    "birth date that is digits": Bad(422, "POST", "/v1/patients", PATIENT | {"birth_date": "86400"}),
    "endless visit": Bad(422, "POST", "/v1/appointments", BOOKING | {"duration": 24 * 60 + 1}),
    "in the past": Bad(
        409, "POST", "/v1/appointments", BOOKING | {"scheduled_for": in_days(-1)}, rule="appointment_in_the_past"
    ),
    "time that is not theirs to say": Bad(
        409, "POST", "/v1/patients", PATIENT | {"occurred_at": in_days(-1)}, rule="time_is_not_yours_to_say"
    ),
    "unknown doctor": Bad(
        409, "POST", "/v1/appointments", BOOKING | {"doctor_id": str(UUID(int=7))}, rule="doctor_unknown"
    ),
    "a minor without guardian": Bad(
        409, "POST", "/v1/patients", PATIENT | {"birth_date": in_days(-3650)[:10]}, rule="guardian_needed"
    ),
    "born in the year 1": Bad(
        409, "POST", "/v1/patients", PATIENT | {"birth_date": "0001-01-01"}, rule="born_too_long_ago"
    ),
    "a megabyte": Bad(413, "POST", "/v1/patients", PATIENT | {"full_name": "R" * 2**20}),
    "not JSON": Bad(400, "POST", "/v1/patients", content=b'{"phone": '),
    "not UTF-8": Bad(400, "POST", "/v1/patients", content=b'{"phone": "\xff"}'),
    "a list": Bad(422, "POST", "/v1/patients", []),
    "bad id": Bad(404, "GET", "/v1/patients/not-a-uuid"),
    "bad id of a command": Bad(404, "POST", "/v1/appointments/42/confirmation", CONFIRM),
    "unknown path": Bad(404, "GET", "/v1/nothing"),
    "unknown patient": Bad(404, "GET", f"/v1/patients/{UUID(int=7)}"),
    "unknown appointment": Bad(404, "POST", f"/v1/appointments/{UUID(int=7)}/confirmation", CONFIRM),
    "a patient as an appointment": Bad(404, "POST", "/v1/appointments/{patient}/confirmation", CONFIRM),
    "an appointment as a patient": Bad(404, "PUT", "/v1/patients/{appointment}/contact", {"full_name": "x"}),
    "another tenant reads a patient": Bad(404, "GET", "/v1/patients/{patient}", elsewhere=True),
    "another tenant reads a history": Bad(404, "GET", "/v1/patients/{patient}/history", elsewhere=True),
    "another tenant reads an appointment": Bad(404, "GET", "/v1/appointments/{appointment}", elsewhere=True),
    "another tenant renames": Bad(404, "PUT", "/v1/patients/{patient}/contact", {"full_name": "x"}, elsewhere=True),
    "another tenant confirms": Bad(404, "POST", CONFIRMATION, CONFIRM, elsewhere=True),
    "another tenant books": Bad(404, "POST", "/v1/appointments", BOOKING, elsewhere=True),
    "another clinic's receptionist reads": Bad(404, "GET", "/v1/appointments/{appointment}", role="receptionist"),
    "another clinic's receptionist confirms": Bad(404, "POST", CONFIRMATION, CONFIRM, role="receptionist"),
    "another clinic's receptionist books": Bad(404, "POST", "/v1/appointments", BOOKING, role="receptionist"),
    "another clinic's calendar": Bad(404, "GET", "/v1/appointments?clinic_id={clinic}", role="receptionist"),
    "If-Match nonsense": Bad(422, "POST", CONFIRMATION, CONFIRM, headers={"If-Match": "nonsense"}),
    "If-Match of another version": Bad(412, "POST", CONFIRMATION, CONFIRM, headers={"If-Match": '"7"'}),
    "endless key": Bad(422, "POST", "/v1/patients", PATIENT, headers={"Idempotency-Key": "k" * 256}),
    "Healz-Min-Position nonsense": Bad(422, "GET", "/v1/patients/{patient}", headers={"Healz-Min-Position": "-1"}),
    "Healz-Min-Position empty": Bad(422, "GET", "/v1/patients/{patient}", headers={"Healz-Min-Position": ""}),
    "Healz-Min-Position to come": Bad(503, "GET", "/v1/patients/{patient}", headers={"Healz-Min-Position": "999"}),
    "a cursor of their own": Bad(422, "GET", "/v1/patients?after=eyJ9"),
    "a method that it does not take": Bad(405, "DELETE", "/v1/patients/{patient}"),
}


@dataclass(frozen=True)
class Made:
    patient: UUID
    appointment: UUID
    clinic: UUID
    doctor: UUID

    def put_into(self, text: str) -> str:
        for name, value in vars(self).items():
            text = text.replace("{" + name + "}", str(value))
        return text


async def made(client: httpx.AsyncClient) -> Made:
    clinic: Clinic = await put_clinic(client)
    patient_id = await register(client, phone=new_phone())
    return Made(patient_id, await book(client, patient_id, clinic), clinic.clinic_id, clinic.doctor_id)


async def send(system: System, there: Made, bad: Bad) -> httpx.Response:
    tenant_id = uuid7() if bad.elsewhere else system.tenant_id
    async with system.client(
        bad.role, tenant_id=tenant_id, clinics=[uuid7()] if bad.role == "receptionist" else None
    ) as client:
        headers = dict(bad.headers)
        if bad.token is not None:
            headers["Authorization"] = f"Bearer {bad.token}" if bad.token else ""
        content = bad.content
        if bad.body is not None:
            content = there.put_into(json.dumps(bad.body)).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        return await client.request(bad.method, there.put_into(bad.path), content=content, headers=headers)


async def test_what_cannot_be_done_is_refused_and_nothing_is_written(system: System) -> None:
    system.settings["HEALZ_MIN_POSITION_WAIT_SECONDS"] = "0.2"
    for name in ("command-api", "relay", "projector-patient", "projector-appointment"):
        system.start(name)
    await system.ready()
    async with system.client() as client:
        there = await made(client)
    await system.caught_up("patient", "appointment")
    before = await system.database.events()
    wrong: list[str] = []
    for what, bad in REFUSED.items():
        answer = await send(system, there, bad)
        wrong += [f"{what}: {complaint}" for complaint in complaints(answer, bad)]
        if await system.database.events() != before:
            pytest.fail(f"{what}: an event was written")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["Idempotency-Key", "Healz-Min-Position", "Authorization"])
async def test_a_header_that_says_one_thing_is_sent_once(api: System, name: str) -> None:
    async with api.client() as client:
        said = {"Authorization": client.headers["Authorization"]}.get(name, "1")
        client.headers.pop(name, None)
        twice = [(name, said), (name, "2")]
        if name == "Healz-Min-Position":
            answer = await client.get("/v1/clinics", headers=twice)
        else:
            answer = await client.post("/v1/patients", json=PATIENT, headers=twice)
    assert not complaints(answer, Bad(422, "", ""))
    assert name in answer.json()["detail"]
    assert await api.database.events() == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "text/csv"])
async def test_a_body_that_says_it_is_no_json_is_not_read(api: System, kind: str) -> None:
    async with api.client() as client:
        headers = {"Content-Type": kind}
        answer = await client.post("/v1/patients", content=json.dumps(PATIENT), headers=headers)
        assert not complaints(answer, Bad(415, "", ""))
        clinic = await client.put(f"/v1/clinics/{uuid7()}", content=b'{"name": "x"}', headers=headers)
        assert not complaints(clinic, Bad(415, "", ""))
        assert await api.database.events() == 0
        for fine in ({"Content-Type": "application/json; charset=utf-8"}, {}):
            body = json.dumps(PATIENT | {"phone": new_phone()}).encode()
            assert (await client.post("/v1/patients", content=body, headers=fine)).status_code == 201


def complaints(answer: httpx.Response, bad: Bad) -> list[str]:
    """What is not right with this refusal."""
    if answer.status_code != bad.status:
        return [f"{answer.status_code} instead of {bad.status}: {answer.text[:200]}"]
    found: list[str] = []
    if answer.headers["content-type"] != "application/problem+json":
        return [f"it is {answer.headers['content-type']}: {answer.text[:200]}"]
    document = answer.json()
    if not {"type", "title", "status", "detail"} <= document.keys() or document["status"] != bad.status:
        found.append(f"no problem document: {document}")
    if not document["type"].startswith("urn:healz:problem:") or not document["detail"]:
        found.append(f"a type or detail that helps nobody: {document}")
    if document.get("rule") != bad.rule:
        found.append(f"rule {document.get('rule')} instead of {bad.rule}")
    leaks = [word for word in INTERNAL if word in answer.text.lower()]
    if leaks:
        found.append(f"it tells {leaks}: {answer.text[:200]}")
    if bad.status == 503 and "retry-after" not in answer.headers:
        found.append("no Retry-After")
    if "x-correlation-id" not in answer.headers:
        found.append("no X-Correlation-Id")
    return found
