"""An earlier answer is given again to whoever may see all of it, and to nobody else; a refusal tells nothing of it."""

from typing import Any
from uuid import UUID

import httpx

from past import counts, refusals, send, visit
from system import System, book, in_days, new_phone, put_clinic, register

Asker = tuple[str, str]
"""The role, and its clinics: h(ere), t(here); none named: the whole tenant."""
ASKERS: tuple[Asker, ...] = (
    *(("admin", ""), ("manager", ""), ("receptionist", "ht"), ("receptionist", "h"), ("receptionist", "t")),
    *(("doctor", "ht"), ("doctor", "h"), ("bot", ""), ("bot", "h"), ("import", ""), ("viewer", "")),
)
AGAIN, NOT_HERE, NOT_ALL, NOT_THIS_ROLE, NOT_TO_SAY = "again", "404", "422 key_reused", "403", "409"


def expected(kind: str, asker: Asker) -> str:
    """What somebody hears who repeats a manager's (or the bot's) request under its key."""
    role, clinics = asker
    may = {"status": ("admin", "manager", "receptionist", "doctor", "import"), "anonymize": ("admin", "manager")}
    if role == "viewer" or (kind in may and role not in may[kind]):
        return NOT_THIS_ROLE
    match kind:
        case "register" | "contact":
            return AGAIN
        case "status" | "anonymize":  # cancels an appointment here and one there
            return AGAIN if clinics in ("", "ht") else NOT_ALL
        case "spoken for":  # a conversation here, begun by the bot for the patient
            return NOT_HERE if clinics == "t" else AGAIN if role == "bot" else NOT_TO_SAY
        case _:  # here
            return NOT_HERE if clinics == "t" else AGAIN


def heard(answer: httpx.Response, first: httpx.Response) -> str:
    if answer.is_success:
        assert answer.content == first.content
        assert answer.headers["healz-position"] == first.headers["healz-position"]
        return AGAIN
    return (
        f"{answer.status_code} {answer.json().get('rule', '')}".strip()
        if answer.status_code == 422
        else str(answer.status_code)
    )


def told(first: httpx.Response, path: str) -> list[str]:
    """What stands in the answer and not in the question."""
    ids = [first.json()["id"]]
    for event in first.json()["events"]:
        ids += [event["event_id"], event["aggregate_id"], event["event_type"]]
    return [value for value in ids if value not in path]


async def test_an_answer_is_given_again_to_who_may_see_all_of_it(api: System) -> None:
    async with api.client() as admin:
        here, there = await put_clinic(admin), await put_clinic(admin)
        maria, leaving, gone = [await register(admin) for _ in range(3)]
        for days, patient_id in enumerate((leaving, gone), start=2):
            await book(admin, patient_id, here, days=days)
            await book(admin, patient_id, there, days=days + 2)
    begins = {"patient_id": str(maria), "clinic_id": str(here.clinic_id)}
    booking = {"doctor_id": str(here.doctor_id), "scheduled_for": in_days(9), "appointment_type": "first_visit"}
    asked: dict[str, tuple[str, str, str, dict[str, Any]]] = {
        "register": ("manager", "POST", "/v1/patients", {"phone": new_phone(), "full_name": "Rita"}),
        "contact": ("manager", "PUT", f"/v1/patients/{maria}/contact", {"full_name": "Maria José"}),
        "book": ("manager", "POST", "/v1/appointments", begins | booking),
        "spoken for": ("bot", "POST", "/v1/conversations", begins | {"on_behalf_of_patient": True}),
        "status": ("manager", "PUT", f"/v1/patients/{leaving}/status", {"status": "inactive"}),
        "anonymize": ("manager", "POST", f"/v1/patients/{gone}/anonymize", {"reason": "patient_request"}),
    }
    first: dict[str, httpx.Response] = {}
    for kind, (role, method, path, body) in asked.items():
        async with api.client(role) as client:
            first[kind] = await client.request(method, path, json=body, headers={"Idempotency-Key": kind})
        assert first[kind].is_success, first[kind].text
    visit_path = f"/v1/appointments/{first['book'].json()['id']}/confirmation"
    asked["confirm"] = ("manager", "POST", visit_path, {"confirmation_method": "phone"})
    async with api.client("manager") as client:
        first["confirm"] = await client.post(
            visit_path, json=asked["confirm"][3], headers={"Idempotency-Key": "confirm"}
        )
    before = await api.database.events()
    wrong = []
    for asker in ASKERS:
        scope = [{"h": here, "t": there}[letter].clinic_id for letter in asker[1]]
        async with api.client(asker[0], clinics=scope or None) as client:
            for kind, (_, method, path, body) in asked.items():
                answer = await client.request(method, path, json=body, headers={"Idempotency-Key": kind})
                if heard(answer, first[kind]) != expected(kind, asker):
                    wrong.append(f"{asker} {kind}: {heard(answer, first[kind])}, not {expected(kind, asker)}")
                leaked = (
                    [] if answer.is_success else [value for value in told(first[kind], path) if value in answer.text]
                )
                wrong += [f"{asker} {kind}: the refusal tells {leaked}"] if leaked else []
    assert not wrong, "\n".join(wrong)
    assert await api.database.events() == before


async def test_a_file_that_others_have_imported_is_known_in_the_clinics_in_scope_alone(api: System) -> None:
    async with api.client() as admin:
        here, there = await put_clinic(admin), await put_clinic(admin)
    rows = [visit(here, 1), visit(there, 2), visit(here, 3)]

    async def imported(clinics: list[UUID] | None, key: str) -> Any:
        async with api.client("import", clinics=clinics) as client:
            return await send(client, rows, key)

    whole = await imported(None, "agenda")
    before = await api.database.events()
    same_key, own_key = await imported([here.clinic_id], "agenda"), await imported([here.clinic_id], "another")
    again = await imported(None, "agenda")

    assert counts(whole) == (3, 3, 0, 0)
    assert (counts(same_key), refusals(same_key)) == (counts(own_key), refusals(own_key))
    assert [row for row, *_ in refusals(same_key)] == [3]
    assert counts(again) == (3, 0, 3, 0)
    assert await api.database.events() == before
