"""What is kept of a request, so that it is known again, tells nobody whose it was: no key's text, nothing to guess by.

What the release before kept in the clear still counts while it is there.
"""

import hashlib
from typing import Any

from command_api.decide.conversation.message_commands import RecordMessage
from command_api.decide.patient.commands import RegisterPatient
from past import counts, post, send, visit, written
from system import System, new_phone, put_clinic, register

PHONE = "+5527981234777"
MARIA = {"phone": PHONE, "full_name": "Maria da Silva"}
MESSAGE = {"direction": "inbound", "content": f"Meu número novo é {PHONE}"}


def plain_hash(command: Any, target: object) -> bytes:
    """As the release before kept it, and as anybody can reckon it for each phone that there is."""
    said = f"{type(command).__name__} {target} {command.model_dump_json(exclude_unset=True)}"
    return hashlib.sha256(said.encode()).digest()


async def kept(system: System, table: str) -> list[str]:
    """The table's rows as texts; there must be some."""
    rows = [row[0] for row in await system.database.admin.fetch(f"SELECT t::text FROM event_store.{table} AS t")]
    assert rows
    return rows


async def test_neither_a_key_nor_what_was_asked_for_can_be_told_from_what_is_kept(api: System) -> None:
    async with api.client() as client:
        answer = await client.post("/v1/patients", json=MARIA, headers={"Idempotency-Key": f"crm {PHONE}"})
        assert answer.status_code == 201, answer.text
        reserved = {"Idempotency-Key": f"seed:{PHONE}"}  # keys of seeds are never purged
        answer = await client.put(
            f"/v1/patients/{answer.json()['id']}/preferences", json={"communication_channel": "sms"}, headers=reserved
        )
        assert answer.status_code == 200, answer.text

    guesses = (PHONE, plain_hash(RegisterPatient.model_validate(MARIA), None).hex())
    for row in await kept(api, "idempotency_keys"):
        assert not [guess for guess in guesses if guess in row], row


async def test_nor_from_what_is_kept_of_a_file(api: System) -> None:
    async with api.client() as admin, api.client("import") as client:
        clinic = await put_clinic(admin)
        file = written([visit(clinic, patient_phone=PHONE)])
        tally = await send(client, file, f"agenda de {PHONE}")
        again = await send(client, file, f"agenda de {PHONE}")
        other = await post(client, written([visit(clinic, 1)]), f"agenda de {PHONE}")

    assert tally["import_key"] == f"agenda de {PHONE}", "they get their own word back"
    assert (counts(tally), counts(again)) == ((1, 1, 0, 0), (1, 0, 1, 0))
    assert (other.status_code, other.json()["rule"]) == (422, "key_reused")
    header, row = file.splitlines()
    guesses = (PHONE, hashlib.sha256(header + b"\n" + row).hexdigest())
    commands_of_rows = [
        hashlib.sha256(command.model_dump_json(exclude_unset=True).encode()).hexdigest()
        for command in [
            RegisterPatient.model_validate(
                {
                    "phone": PHONE,
                    "full_name": "Paciente Número 0",
                    "birth_date": "1985-07-14",
                    "occurred_at": "2019-02-14T12:30:00Z",
                }
            )
        ]
    ]
    for table in ("import_batches", "idempotency_keys"):
        for text in await kept(api, table):
            assert not [guess for guess in (*guesses, *commands_of_rows) if guess in text], (table, text)


async def test_no_key_of_a_client_tells_what_an_import_recorded(api: System) -> None:
    """Imports keep keys of their own, by the ids of what they recorded, which another clinic may not know of."""
    async with api.client() as admin, api.client("import") as client:
        await send(client, written([visit(await put_clinic(admin))]), "agenda")
        other = await put_clinic(admin)
    (own,) = await api.database.admin.fetch(
        "SELECT idempotency_key FROM event_store.idempotency_keys WHERE idempotency_key LIKE 'import:%:booked'"
    )
    async with api.client("receptionist", clinics=[other.clinic_id]) as elsewhere:
        answer = await elsewhere.post(
            "/v1/patients", json={"phone": new_phone(), "full_name": "Rita"}, headers={"Idempotency-Key": own[0]}
        )
    assert answer.status_code == 201, answer.text


async def test_what_the_release_before_answered_is_answered_again_and_done_once(api: System) -> None:
    """A message says nothing that refuses a second one: under an unknown key it would be recorded twice."""
    admin = api.database.admin
    async with api.client() as client:
        clinic = await put_clinic(client)
        patient_id = await register(client)
        begins = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
        talk = (await client.post("/v1/conversations", json=begins)).json()["id"]
        path, key = f"/v1/conversations/{talk}/messages", {"Idempotency-Key": f"m1 {PHONE}"}
        first = await client.post(path, json=MESSAGE, headers=key)
        assert first.is_success, first.text
        before = await api.database.events()
        await admin.execute(
            "UPDATE event_store.idempotency_keys SET idempotency_key = $1, request_hash = $2",
            key["Idempotency-Key"],
            plain_hash(RecordMessage.model_validate(MESSAGE), talk),
        )
        again = await client.post(path, json=MESSAGE, headers=key)
        other = await client.post(path, json=MESSAGE | {"content": "outra"}, headers=key)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (other.status_code, other.json()["rule"]) == (422, "key_reused")
    assert await api.database.events() == before


async def test_keys_of_files_that_the_release_before_kept_go_and_nothing_is_imported_twice(api: System) -> None:
    admin = api.database.admin
    async with api.client() as client, api.client("import") as importing:
        clinic = await put_clinic(client)
        file = [visit(clinic, patient_phone=new_phone())]
        await send(importing, file, "agenda")
        before = await api.database.events()
        in_the_clear = f"agenda de {PHONE}"
        await admin.execute("UPDATE event_store.import_batches SET import_key = $1", in_the_clear)
        await admin.execute(
            "INSERT INTO event_store.idempotency_keys SELECT tenant_id, 'seed:' || $1, '', '{}', now()"
            "  FROM event_store.import_batches",
            PHONE,
        )
        await admin.execute("CALL ops.forget_anonymized()")
        assert not [row for row in await kept(api, "import_batches") if PHONE in row]
        assert not [row for row in await kept(api, "idempotency_keys") if PHONE in row]
        tally = await send(importing, file, in_the_clear)

    assert counts(tally) == (1, 0, 1, 0)
    assert await api.database.events() == before
