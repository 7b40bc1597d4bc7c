"""A phone, an e-mail address and a CPF are one patient's in a tenant, however they are written; and anybody's in
another. (What a phone, a CPF and a minor's guardian may be: tests/specs/test_patient.py.)"""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from always_true import log_holds
from command_api.append import Guards
from system import System, new_phone, register

PHONE, OTHER_PHONE = "+5527999990000", "+5527999990001"
CPF, OTHER_CPF = "52998224725", "11144477735"
EMAIL = "maria.conceição@example.com.br"
EMAIL_APART = unicodedata.normalize("NFD", EMAIL)
MARIA = {"full_name": "Maria", "phone": PHONE, "email": EMAIL, "cpf": CPF}
"""Who is there already."""


def child(**fields: Any) -> dict[str, Any]:
    """Ten years old."""
    day = datetime.now(UTC).date() - timedelta(days=3650)
    return {"full_name": "Rita", "birth_date": day.isoformat(), "guardian_phone": PHONE} | fields


def adult(**fields: Any) -> dict[str, Any]:
    return {"full_name": "Rita", "phone": OTHER_PHONE} | fields


REGISTERED: dict[str, tuple[dict[str, Any], str]] = {
    "nothing in common": (adult(email="rita@example.com", cpf=OTHER_CPF), "accepted"),
    "the same name": (adult(full_name="Maria"), "accepted"),
    "the phone": (adult(phone=PHONE), "phone_taken"),
    "the phone, spaced": (adult(phone="+55 27 99999-0000"), "phone_taken"),
    "the phone, in brackets": (adult(phone="+55 (27) 99999 0000"), "phone_taken"),
    "the phone of another country": (adult(phone="+351912345678"), "accepted"),
    "the phone, and a guardian, but of age": (adult(phone=PHONE, guardian_phone=PHONE), "phone_taken"),
    "the e-mail address": (adult(email=EMAIL), "email_taken"),
    "the e-mail address, in capitals": (adult(email=EMAIL.upper()), "email_taken"),
    "the e-mail address, its accents apart": (adult(email=EMAIL_APART), "email_taken"),
    "the e-mail address, copied from a chat": (adult(email=f" \u200b{EMAIL_APART.upper()}"), "email_taken"),
    "the e-mail address, in full width": (adult(email=EMAIL.replace("maria", "ｍａｒｉａ")), "email_taken"),
    "the CPF in full width": (adult(cpf="５２９９８２２４７２５"), "cpf_taken"),
    "an e-mail address without the accents": (adult(email="maria.conceicao@example.com.br"), "accepted"),
    "an e-mail address that begins like it": (adult(email="maria@example.com.br"), "accepted"),
    "the CPF": (adult(cpf=CPF), "cpf_taken"),
    "the CPF with its punctuation": (adult(cpf="529.982.247-25"), "cpf_taken"),
    "another CPF": (adult(cpf=OTHER_CPF), "accepted"),
    "a child on the phone": (child(phone=PHONE), "accepted"),
    "a child on the phone, with the e-mail address": (child(phone=PHONE, email=EMAIL), "email_taken"),
    "a child on the phone, with the CPF": (child(phone=PHONE, cpf=CPF), "cpf_taken"),
}
# What becomes of Maria, and whether another may have all that was hers then.
FREED: dict[str, tuple[str, str, dict[str, Any], dict[str, Any], str]] = {
    "she has another phone": ("PUT", "contact", {"phone": OTHER_PHONE}, {"phone": PHONE}, "accepted"),
    "she took that phone": ("PUT", "contact", {"phone": OTHER_PHONE}, {"phone": OTHER_PHONE}, "phone_taken"),
    "she has another e-mail address": ("PUT", "contact", {"email": "m@example.com"}, {"email": EMAIL}, "accepted"),
    "she has none any more": ("PUT", "contact", {"email": None}, {"email": EMAIL}, "accepted"),
    "she only writes it otherwise": ("PUT", "contact", {"email": EMAIL.title()}, {"email": EMAIL}, "email_taken"),
    "her CPF was cleared": ("PUT", "contact", {"cpf": None}, {"cpf": CPF}, "accepted"),
    "she is a child after all": (
        *("PUT", "contact", {"birth_date": child()["birth_date"], "guardian_phone": PHONE}),
        *({"phone": PHONE}, "accepted"),
    ),
    "she is anonymised": ("POST", "anonymize", {"reason": "patient_request"}, {"phone": PHONE, "cpf": CPF}, "accepted"),
    "she is inactive": ("PUT", "status", {"status": "inactive"}, {"phone": PHONE}, "phone_taken"),
    "she is suspended": ("PUT", "status", {"status": "suspended"}, {"cpf": CPF}, "cpf_taken"),
}


async def hears(client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]) -> str:
    """ "accepted", or the rule that refuses it."""
    answer = await client.request(method, path, json=body)
    if answer.is_success:
        return "accepted"
    assert answer.status_code == 409, answer.text
    assert not any(value in answer.text for value in (PHONE, EMAIL, CPF)), "a refusal tells nobody's data"
    rule: str = answer.json()["rule"]
    return rule


async def maria(client: httpx.AsyncClient) -> UUID:
    answer = await client.post("/v1/patients", json=MARIA)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def test_what_another_patient_has_is_taken(api: System) -> None:
    wrong = []
    for what, (body, expected) in REGISTERED.items():
        async with api.client(tenant_id=uuid7()) as client:
            await maria(client)
            heard = await hears(client, "POST", "/v1/patients", body)
        async with api.client(tenant_id=uuid7()) as client:
            # Whoever is there with something else, and changes to it, hears the same.
            await maria(client)
            rita = await register(client)
            changed = await hears(client, "PUT", f"/v1/patients/{rita}/contact", body)
        if (heard, changed) != (expected, expected):
            wrong.append(f"{what}: {heard} and {changed} instead of {expected}")
    assert not wrong, "\n".join(wrong)
    await log_holds(api.database)


async def test_nothing_is_taken_by_another_tenants_patient(api: System) -> None:
    for _ in range(3):
        async with api.client(tenant_id=uuid7()) as client:
            await maria(client)


async def test_what_a_patient_no_longer_has_is_free(api: System) -> None:
    wrong = []
    for what, (method, path, body, wanted, expected) in FREED.items():
        async with api.client(tenant_id=uuid7()) as client:
            patient_id = await maria(client)
            assert await hears(client, method, f"/v1/patients/{patient_id}/{path}", body) == "accepted", what
            heard = await hears(client, "POST", "/v1/patients", {"full_name": "Rita", "phone": new_phone()} | wanted)
            if heard != expected:
                wrong.append(f"{what}: {heard} instead of {expected}")
    assert not wrong, "\n".join(wrong)
    await log_holds(api.database)


@pytest.mark.parametrize(("field", "value"), [("email", EMAIL), ("cpf", CPF)])
async def test_an_identity_is_not_stored_as_it_is(api: System, field: str, value: str) -> None:
    async with api.client() as client:
        await maria(client)
    held = await api.database.admin.fetch("SELECT i::text FROM event_store.patient_identities AS i")
    assert len(held) == 5, "e-mail address and phone in two forms each"
    assert not any(value in row[0] for row in held)


async def test_an_email_address_that_was_recorded_in_another_form_is_found(api: System) -> None:
    admin, guards = api.database.admin, Guards(b"an-identity-key-for-tests")
    async with api.client() as client:
        patient_id = await maria(client)
        # As a release left it that took the address as it came.
        await admin.execute(
            "UPDATE event_store.events SET event_data = event_data || jsonb_build_object('email', $1::text)",
            EMAIL_APART,
        )
        digest = guards.digest(api.tenant_id, ("email", EMAIL))["digest"]
        assert await admin.execute(
            "DELETE FROM event_store.patient_identities WHERE digest = decode($1, 'hex')", digest
        ) == ("DELETE 1")
        assert await hears(client, "POST", "/v1/patients", adult(email=EMAIL)) == "email_taken"
        assert (
            await hears(client, "PUT", f"/v1/patients/{patient_id}/contact", {"email": "m@example.com"}) == "accepted"
        )
        assert await hears(client, "POST", "/v1/patients", adult(email=EMAIL)) == "accepted"
