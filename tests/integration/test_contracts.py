"""The contracts are served to anybody, and what is in the topic keeps them."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from jsonschema import Draft202012Validator, ValidationError

from contract_records import schemas_here, validated
from healz import contracts
from healz.events import EVENTS
from system import System
from traffic import answered, new_seed, traffic, write


async def test_a_record_leads_to_its_schema_and_validates_against_it(system: System) -> None:
    """A day of two organisations, of every kind of command; the schemas are asked for as a reader asks for them."""
    for name in ("command-api", "relay"):
        system.start(name)
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2) as day:
        for own in day:
            await own.one_of_each()
        await write(day, events=1500)
    await system.outbox_empty()
    records = await system.records()
    named = {json.loads(record.value or b"")["dataschema"] for record in records}
    schemas: dict[str, Any] = {}
    async with system.client() as anybody:
        del anybody.headers["Authorization"]
        for urn in named:
            schemas[urn] = (await anybody.get(f"/contracts/{urn}")).json()
            assert schemas[urn]["$id"] == urn
            Draft202012Validator.check_schema(schemas[urn])
    counted = validated(records, schemas)
    assert counted.total() == len(answered(day))
    assert len(counted) >= 15, counted
    spoiled = json.loads(records[-1].value or b"")
    del spoiled["data"]["event_data"]["patient_id"]
    records[-1].value = json.dumps(spoiled).encode()
    with pytest.raises(ValidationError, match="patient_id"):
        validated(records, schemas)


async def test_contracts_are_listed_and_may_be_kept(api: System) -> None:
    async with api.client() as anybody:
        del anybody.headers["Authorization"]
        listed = (await anybody.get("/contracts")).json()
        assert listed["schemas"].keys() == schemas_here().keys()
        assert len(listed["schemas"]) >= len(EVENTS)
        paths = [*listed["documents"], *listed["schemas"].values()]
        for path in ["/contracts", *paths]:
            answer, told = await anybody.get(path), await anybody.head(path)
            assert (answer.status_code, told.status_code, told.content) == (200, 200, b"")
            assert answer.headers["cache-control"] == "public, max-age=3600"
            assert answer.headers["etag"] == told.headers["etag"]
            if path != "/contracts":
                assert answer.content == contracts.read(path.removeprefix("/contracts/"))
            again = await anybody.get(path, headers={"If-None-Match": f'"x", {answer.headers["etag"]}'})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
            assert again.headers["cache-control"] == "public, max-age=3600"
            other = await anybody.get(path, headers={"If-None-Match": '"x"'})
            assert other.content == answer.content
        for nothing in ("/contracts/urn:healz:event:Nothing:1", "/contracts/../app.py", "/contracts/events"):
            answer = await anybody.get(nothing)
            assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


async def test_a_registrys_client_finds_every_schema(api: System) -> None:
    await asyncio.to_thread(ask_as_a_registry, f"http://127.0.0.1:{api.api_port}/contracts")


def ask_as_a_registry(url: str) -> None:
    with SchemaRegistryClient({"url": url}) as client:
        found = {}
        for subject in client.get_subjects():
            versions = client.get_versions(subject)
            for version in versions:
                registered = client.get_version(subject, version)
                assert registered.schema_id is not None
                assert client.get_schema(registered.schema_id).schema_str == registered.schema.schema_str
                found[f"urn:healz:event:{subject.removeprefix('healz.')}:{version}"] = json.loads(
                    registered.schema.schema_str or ""
                )
            assert client.get_latest_version(subject).version == max(versions)
        assert found == schemas_here()
        assert client.get_compatibility() == "NONE"
        refusals: list[tuple[Callable[[], object], int]] = [
            (lambda: client.get_version("healz.Nothing", 1), 40401),
            (lambda: client.get_versions("healz.Nothing"), 40401),
            (lambda: client.get_latest_version("healz.Nothing"), 40401),
            (lambda: client.get_version("healz.MessageSent", 99), 40402),
            (lambda: client.get_schema(1), 40403),
        ]
        for ask, code in refusals:
            with pytest.raises(SchemaRegistryError) as refusal:
                ask()
            assert (refusal.value.http_status_code, refusal.value.error_code) == (404, code)
        assert client.get_compatibility("healz.MessageSent") == "NONE"


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("config/healz.MessageSent", 200, {"compatibilityLevel": "NONE"}),
        ("config/healz.Nothing", 404, {"error_code": 40401, "message": "Subject 'healz.Nothing' not found."}),
        ("mode", 200, {"mode": "READONLY"}),
        ("mode/healz.MessageSent", 200, {"mode": "READONLY"}),
        ("schemas/ids/62685894/versions", 200, [{"subject": "healz.MessageSent", "version": 2}]),
        ("schemas/ids/62685894/subjects", 200, ["healz.MessageSent"]),
        ("schemas/ids/1/versions", 404, {"error_code": 40403, "message": "Schema 1 not found."}),
        (
            "subjects/healz.MessageSent/versions/99/schema",
            404,
            {"error_code": 40402, "message": "Version 99 not found."},
        ),
    ],
)
async def test_a_registry_answers_in_its_own_form(api: System, path: str, status: int, body: Any) -> None:
    async with api.client() as client:
        answer = await client.get(f"/contracts/{path}")
    assert (answer.status_code, answer.json()) == (status, body)
    assert answer.headers["content-type"] == "application/vnd.schemaregistry.v1+json"
    assert answer.headers["cache-control"] == ("public, max-age=3600" if status == 200 else "no-store")
