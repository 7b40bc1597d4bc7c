"""What the other programs of examples/ make of a day: answers, pictures, FHIR resources, valid records."""

import ast
import asyncio
import json
import os
import struct
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class

from example_programs import EXAMPLES, run
from questions import (
    WEEKDAYS,
    ZONE,
    in_duckdb,
    in_polars,
    no_shows,
    no_shows_in_polars,
    retention,
    retention_in_polars,
)
from system import SCRIPTS, System, book, new_phone, put_clinic, register
from traffic import new_seed, traffic, write

SINKS = ("parquet_sink", "iceberg_sink")
STANDS = {"scheduled": "booked", "confirmed": "booked", "no_show": "noshow", "completed": "fulfilled"}


async def test_what_the_examples_make_of_a_day(system: System, tmp_path: Path) -> None:
    """Two organisations, of every kind of command; two records that were merged, and somebody who was anonymised."""
    for name in ("command-api", "relay", "projector-appointment", "projector-patient"):
        system.start(name)
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2) as day:
        await write(day, events=800)
        await merge_and_anonymize(day[0].client)
    await system.outbox_empty()
    await system.caught_up("appointment", "patient")
    await questions_are_answered_alike(system, tmp_path)
    await two_pictures_are_drawn(system, tmp_path)
    await all_resources_are_valid_and_say_what_the_read_models_say(system, tmp_path / "fhir")
    await a_clients_own_deserializer_reads_every_record(system)


async def merge_and_anonymize(client: httpx.AsyncClient) -> None:
    clinic = await put_clinic(client)
    goes_on, merged, forgotten = [
        await register(client, full_name=name) for name in ("Rita Alves", "Rita Alvez", "Otto Klein")
    ]
    await book(client, merged, clinic, days=3)
    await book(client, forgotten, clinic, days=4)
    (await client.post(f"/v1/patients/{goes_on}/merge", json={"other_patient_id": str(merged)})).raise_for_status()
    address = {"street": "Rua Sete", "number": "7", "neighborhood": "Centro", "city": "Vitória", "state": "ES"}
    address["zip_code"] = "29010000"
    told = {"address": address, "email": "rita@example.com", "phone": new_phone()}
    (await client.put(f"/v1/patients/{goes_on}/contact", json=told)).raise_for_status()
    answer = await client.post(f"/v1/patients/{forgotten}/anonymize", json={"reason": "patient_request"})
    answer.raise_for_status()


async def visits(system: System) -> Counter[str]:
    """How many appointments have which status, as the read model has it."""
    rows = await system.database.admin.fetch(
        "SELECT status, count(*) AS visits FROM appointment.appointment_view GROUP BY status"
    )
    return Counter({row["status"]: row["visits"] for row in rows})


async def questions_are_answered_alike(a_day: System, tmp_path: Path) -> None:
    """Over Parquet, Iceberg and an export of each tenant, in SQL and in Polars."""
    for sink in SINKS:
        await run(a_day, sink, tmp_path / sink, "--events", 300)
    (tmp_path / "exported").mkdir()
    for tenant_id in await a_day.database.heads():
        await exported(a_day, tenant_id, tmp_path / "exported" / f"{tenant_id}.parquet")
    answers = []
    for name in (*SINKS, "exported"):
        folder = tmp_path / name
        connection, frame = in_duckdb(folder, ZONE), in_polars(folder, ZONE)
        answers += [
            (no_shows(connection), retention(connection, "week"), retention(connection, "month")),
            (no_shows_in_polars(frame), retention_in_polars(frame, "week"), retention_in_polars(frame, "month")),
        ]
    assert all(answer == answers[0] for answer in answers)
    stand = await visits(a_day)
    rates, weeks, _ = answers[0]
    assert sum(seen for _, _, seen, _ in rates) == stand["no_show"] + stand["completed"] > 10
    assert sum(missed for _, _, _, missed in rates) == stand["no_show"] > 0
    patients = await a_day.database.admin.fetchval(
        "SELECT count(DISTINCT patient_id) FROM appointment.appointment_view WHERE status = 'completed'"
    )
    assert sum(size for _, later, size in weeks if later == 0) == patients > 3
    said = await run(a_day, "questions", tmp_path / "iceberg_sink", topic=None)
    assert said.count("visits") == len(rates)
    assert any(weekday in said for weekday in WEEKDAYS)


async def exported(system: System, tenant_id: UUID, file: Path) -> None:
    """By healz-export."""
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": system.database.url("healz_reader")}
    command = (SCRIPTS / "healz-export", str(tenant_id), str(file))
    process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert process.returncode == 0, said


async def two_pictures_are_drawn(a_day: System, tmp_path: Path) -> None:
    await run(a_day, "pictures", tmp_path / "parquet_sink", "--to", tmp_path, topic=None)
    for name in ("no-shows.png", "retention.png"):
        picture = (tmp_path / name).read_bytes()
        assert picture.startswith(b"\x89PNG\r\n")
        width, height = struct.unpack(">II", picture[16:24])
        assert width > 400
        assert height > 200


def valid_resources(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """{type: {id: resource}}, of all tenants."""
    resources: dict[str, dict[str, dict[str, Any]]] = {}
    for file in folder.glob("*/*.ndjson"):
        for line in file.read_text().splitlines():
            get_fhir_model_class(file.stem).model_validate_json(line)
            resource = json.loads(line)
            resources.setdefault(file.stem, {})[resource["id"]] = resource
    return resources


async def all_resources_are_valid_and_say_what_the_read_models_say(a_day: System, tmp_path: Path) -> None:
    await run(a_day, "to_fhir", tmp_path)
    resources = valid_resources(tmp_path)
    patients, appointments, slots = resources["Patient"], resources["Appointment"], resources["Slot"]
    rows = await a_day.database.admin.fetch("SELECT * FROM appointment.appointment_view")
    assert appointments.keys() == {str(row["appointment_id"]) for row in rows}
    for row in rows:
        told = appointments[str(row["appointment_id"])]
        assert told["status"] == STANDS.get(row["status"], row["status"])
        assert told["start"][:19] == row["scheduled_for"].isoformat()[:19]
        assert told["participant"][0]["actor"]["reference"] == f"Patient/{row['patient_id']}"
        assert str(row["patient_id"]) in patients
    assert slots.keys() == {key for key, told in appointments.items() if told["status"] != "cancelled"}
    for slot in slots.values():
        assert slot["schedule"]["reference"].removeprefix("Schedule/") in resources["Schedule"]
    kept = await a_day.database.admin.fetch("SELECT * FROM patient.patient_view")
    assert patients.keys() == {str(row["patient_id"]) for row in kept}
    for row in kept:
        told = patients[str(row["patient_id"])]
        assert told["active"] == (row["status"] == "active")
        if row["phone"] == "":  # who was anonymised
            assert told.keys() <= {"resourceType", "id", "active", "link"}
        else:
            assert told["name"] == [{"text": row["full_name"]}]
            assert {"system": "phone", "value": row["phone"]} in told["telecom"]
    assert [told["link"][0]["type"] for told in patients.values() if "link" in told] == ["replaced-by"]
    (rita,) = (told for told in patients.values() if told.get("name") == [{"text": "Rita Alves"}])
    assert rita["address"][0]["line"] == ["Rua Sete, 7"]
    assert {"system": "email", "value": "rita@example.com"} in rita["telecom"]


async def a_clients_own_deserializer_reads_every_record(a_day: System) -> None:
    said = await run(a_day, "deserialized")
    told = Counter({" ".join(line.split()[1:]): int(line.split()[0].replace(",", "")) for line in said.splitlines()})
    rows = await a_day.database.admin.fetch(
        "SELECT event_type || ' ' || schema_version AS name, count(*) AS events FROM event_store.events GROUP BY 1"
    )
    assert told == {row["name"]: row["events"] for row in rows}
    assert len(told) > 15


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.py")), ids=lambda file: file.stem)
def test_an_example_needs_nothing_of_ours(file: Path) -> None:
    """A data team has the topic and the API, and none of our code."""
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(file.read_text()))
        for name in (
            [a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", "") or ""]
        )
    }
    assert not {name for name in imported if name.startswith(("healz", "command_api", "projector"))}
