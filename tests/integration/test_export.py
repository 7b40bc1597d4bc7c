"""healz-export writes one tenant's log down, whole, and nothing that nobody may see."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from uuid_utils.compat import uuid7

from healz import contracts
from healz.export import log
from healz.export.cli import main
from healz.export.parquet import COLUMNS
from system import SCRIPTS, System, register
from traffic import new_seed, traffic, write

ENVELOPES = "SELECT event_store.envelope(e) FROM event_store.events AS e WHERE tenant_id = $1 ORDER BY position"


@pytest.fixture
async def written(api: System) -> tuple[System, UUID]:
    """Two organisations' day, and somebody who was anonymised: the system, and whom of the first."""
    async with traffic(api, seed=new_seed(), tenants=2) as day:
        forgotten = await register(day[0].client, full_name="Otto Klein")
        await write(day, events=2 * log.PAGE_EVENTS + 200)
        answer = await day[0].client.post(f"/v1/patients/{forgotten}/anonymize", json={"reason": "patient_request"})
        answer.raise_for_status()
    return api, forgotten


async def export(system: System, *asked: object, expect: int = 0) -> tuple[str, str]:
    """What it has said on standard output and standard error."""
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": system.database.url("healz_reader")}
    command = [str(SCRIPTS / "healz-export"), *map(str, asked)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == expect, done.stderr
    return done.stdout, done.stderr


async def logged(system: System, *, personal: bool, forgotten: UUID) -> list[dict[str, Any]]:
    """The log as it may be exported."""
    rows = await system.database.admin.fetch(ENVELOPES, system.tenant_id)
    envelopes = [json.loads(row[0]) for row in rows]
    for envelope in envelopes:
        if not personal or envelope["patient_id"] == str(forgotten):
            hidden = contracts.personal(envelope["event_type"], envelope["schema_version"])
            assert hidden is not None
            envelope["event_data"] |= dict.fromkeys(hidden & envelope["event_data"].keys())
    return envelopes


async def test_a_log_as_ndjson_and_as_parquet(written: tuple[System, UUID], tmp_path: Path) -> None:
    system, forgotten = written
    masked = await logged(system, personal=False, forgotten=forgotten)
    whole = await logged(system, personal=True, forgotten=forgotten)
    assert masked != whole
    assert len(masked) > log.PAGE_EVENTS

    said, told = await export(system, system.tenant_id, "-")
    assert [json.loads(line) for line in said.splitlines()] == masked
    assert told == f"{len(masked):,} events, positions 1 to {len(masked):,}\n"
    assert "João" not in said
    said, _ = await export(system, system.tenant_id, "-", "--personal")
    assert [json.loads(line) for line in said.splitlines()] == whole
    assert "João" in said
    assert "Otto" not in said

    for file, personal in (("log.parquet", False), ("all.parquet", True)):
        await export(system, system.tenant_id, tmp_path / file, *(["--personal"] if personal else []))
        rows = pq.read_table(tmp_path / file).to_pylist()
        for row in rows:
            row["created_at"] = row["created_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            row["event_data"] = json.loads(row["event_data"])
            row["metadata"] = row["metadata"] and json.loads(row["metadata"])
        assert rows == (whole if personal else masked)
    await export(system, system.tenant_id, tmp_path / "part.ndjson", "--from", 11, "--to", 20)
    assert [json.loads(line) for line in (tmp_path / "part.ndjson").read_text().splitlines()] == masked[10:20]
    assert COLUMNS.keys() == masked[0].keys()


async def test_what_can_not_be_exported_leaves_no_file(
    written: tuple[System, UUID], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, _ = written
    folder = tmp_path / "exported"
    folder.mkdir()
    nobody = uuid7()
    _, told = await export(system, nobody, folder / "log.ndjson", expect=1)
    assert told == f"healz-export: the log of tenant {nobody} ends at position 0: there is nothing to export\n"
    for wrong in (["nobody", "-"], [nobody, "log.csv"], [nobody, "-", "--from", 0]):
        await export(system, *wrong, expect=2)
    await somebody_is_anonymised_meanwhile(system, folder, monkeypatch)

    position = log.PAGE_EVENTS + 7
    deleted = "DELETE FROM event_store.events WHERE tenant_id = $1 AND position = $2"
    await system.database.admin.execute(deleted, system.tenant_id, position)
    for file in ("log.parquet", "log.ndjson"):
        _, told = await export(system, system.tenant_id, folder / file, expect=1)
        assert told == f"healz-export: position {position} is not in the log\n"
    head = (await system.database.heads())[system.tenant_id]
    await system.database.admin.execute(deleted, system.tenant_id, head)
    _, told = await export(system, system.tenant_id, folder / "log.ndjson", "--from", position + 1, expect=1)
    assert told == f"healz-export: position {head} is not in the log\n"
    assert os.listdir(folder) == []


async def somebody_is_anonymised_meanwhile(system: System, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, so that it happens just after the last page was read."""
    patient_id = (await system.database.log(system.tenant_id))[0].patient_id
    file = folder / "log.ndjson"
    pages = log.pages

    async def and_then(*asked: Any) -> AsyncIterator[list[str]]:
        async for page in pages(*asked):
            yield page
        async with system.client() as client:
            answer = await client.post(f"/v1/patients/{patient_id}/anonymize", json={"reason": "patient_request"})
            answer.raise_for_status()

    monkeypatch.setenv("DATABASE_URL", system.database.url("healz_reader"))
    monkeypatch.setattr(log, "pages", and_then)
    asked = [str(system.tenant_id), str(file), "--personal"]
    assert await asyncio.to_thread(main, asked) == 1
    assert os.listdir(folder) == []
    monkeypatch.setattr(log, "pages", pages)
    assert await asyncio.to_thread(main, asked) == 0
    file.unlink()


async def test_what_can_not_be_written_is_named_and_not_the_database(
    written: tuple[System, UUID], tmp_path: Path
) -> None:
    system, _ = written
    for name in ("log.ndjson", "log.parquet"):
        nowhere = tmp_path / "nowhere" / name
        _, told = await export(system, system.tenant_id, nowhere, expect=1)
        assert told == f"healz-export: {nowhere} can't be written: No such file or directory\n"
    _, told = await export(system, system.tenant_id, "-", "--from", 10, "--to", 5, expect=2)
    assert told.endswith("--to 5 lies before --from 10\n")
    command = f"{SCRIPTS / 'healz-export'} {system.tenant_id} -"
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": system.database.url("healz_reader")}
    for into, said in (("> /dev/full", "No space left on device"), ("| head -1 > /dev/null", "not all was written")):
        line = f"set -o pipefail; {command} {into}"
        shell = ["bash", "-c", line]
        done = await asyncio.to_thread(subprocess.run, shell, capture_output=True, text=True, env=environment)
        assert (done.returncode, done.stderr.count("\n"), said in done.stderr) == (1, 1, True), done.stderr
