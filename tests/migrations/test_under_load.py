"""A table of a million rows gets a column, an index and a backfill while commands go on: none fails."""

import asyncio
import shutil
import statistics
import time
from pathlib import Path

import httpx
from uuid_utils.compat import uuid7

from healz_db.apply import bring_up
from healz_db.migrations import read_tree
from healz_db.settings import DEPLOY_DB
from system import System, new_phone

ROWS = 1_000_000
COMMANDS_PER_SECOND = 50
SECONDS_BEFORE = 3
# The busiest table of small rows that there is: every command writes to it.
COLUMN = """
SET LOCAL lock_timeout = '5s';

ALTER TABLE event_store.streams ADD COLUMN kind text;
"""
INDEX = """-- transaction: none
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS event_store.streams_patient;

CREATE INDEX CONCURRENTLY streams_patient ON event_store.streams (tenant_id, patient_id);
"""
# A short transaction per two thousand rows, along the primary key, with a breath between: no row is held for long, and
# vacuum and the commands get their turn.
BACKFILL = """-- transaction: none
-- fills: event_store.streams.kind
SET lock_timeout = '5s';
-- Whatever the statistics say of a table that changes under it: along the key.
SET enable_seqscan = off;

DO $$
DECLARE
    v_tenant_id    uuid := '00000000-0000-0000-0000-000000000000';
    v_aggregate_id uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    LOOP
        WITH batch AS (
            SELECT tenant_id, aggregate_id FROM event_store.streams
             WHERE (tenant_id, aggregate_id) > (v_tenant_id, v_aggregate_id)
             ORDER BY tenant_id, aggregate_id LIMIT 2000
        ), filled AS (
            UPDATE event_store.streams AS s SET kind = lower(s.aggregate_type)
              FROM batch AS b
             WHERE s.tenant_id = b.tenant_id AND s.aggregate_id = b.aggregate_id AND s.kind IS NULL
        )
        SELECT tenant_id, aggregate_id INTO v_tenant_id, v_aggregate_id
          FROM batch ORDER BY tenant_id DESC, aggregate_id DESC LIMIT 1;
        EXIT WHEN NOT FOUND;
        COMMIT;
        PERFORM pg_sleep(0.005);
    END LOOP;
END
$$;
"""
FILES = {"expand__streams_kind": COLUMN, "expand__streams_by_patient": INDEX, "expand__fill_streams_kind": BACKFILL}


def grown(root: Path) -> Path:
    """The real tree and, in a phase of their own, the three files."""
    shutil.copytree(DEPLOY_DB, root, ignore=shutil.ignore_patterns("src", "*.env"))
    folder = root / "migrations" / "phase-900-later" / "event_store"
    folder.mkdir(parents=True)
    lines = ["  - name: phase-900-later", "    domains: [event_store]", "    migrations:"]
    for number, (slug, sql) in enumerate(FILES.items(), start=1):
        name = f"V90000{number}__event_store__{slug}.sql"
        (folder / name).write_text(sql)
        lines.append(f'      - {{file: event_store/{name}, release: "1.2"}}')
    manifest = root / "migration-manifest.yaml"
    manifest.write_text(manifest.read_text().rstrip() + "\n" + "\n".join([*lines, "    seeds: []"]) + "\n")
    return root


async def test_a_migration_of_a_million_rows_under_load(system: System, tmp_path: Path) -> None:
    tree = read_tree(grown(tmp_path / "db"))
    await system.database.admin.execute(
        "INSERT INTO event_store.streams (tenant_id, aggregate_id, aggregate_type, patient_id, version)"
        " SELECT $1, gen_random_uuid(), 'Patient', gen_random_uuid(), 1 FROM generate_series(1, $2::bigint)",
        uuid7(),
        ROWS,
    )
    system.start("command-api")
    await system.ready()
    done = asyncio.Event()
    async with system.client() as client:
        load = asyncio.create_task(send(client, done))
        # How long it takes without a migration, to compare with.
        await asyncio.sleep(SECONDS_BEFORE)
        began = time.monotonic()
        outcome = await bring_up(system.database.admin, tree, lambda _: None, lock_wait_seconds=10)
        ended = time.monotonic()
        done.set()
        answers = await load
    assert len(outcome.migrations) >= len(FILES)
    before = [waited for sent, waited, _ in answers if sent < began]
    during = [waited for sent, waited, _ in answers if began <= sent < ended]
    print(
        f"{ROWS:,} rows: column, index and backfill in {ended - began:.1f} s; {len(during)} commands meanwhile, "
        f"median {statistics.median(during) * 1000:.0f} ms, longest {max(during) * 1000:.0f} ms "
        f"(before: {statistics.median(before) * 1000:.0f} and {max(before) * 1000:.0f} ms)"
    )
    assert {status for _, _, status in answers} == {201}
    assert len(during) > COMMANDS_PER_SECOND, "too short to have been under load"
    assert (
        await system.database.admin.fetchval("SELECT count(*) FROM event_store.streams WHERE kind IS NOT NULL") >= ROWS
    )
    assert await system.database.admin.fetchval(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'event_store.streams_patient'::regclass"
    )


async def send(client: httpx.AsyncClient, done: asyncio.Event) -> list[tuple[float, float, int]]:
    """Registrations at a steady pace until ``done``: (when it was due, seconds until its answer, status) of each."""
    answers: list[tuple[float, float, int]] = []

    async def once(due: float) -> None:
        answer = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "João da Conceição"})
        answers.append((due, time.monotonic() - due, answer.status_code))

    started = time.monotonic()
    number = 0
    async with asyncio.TaskGroup() as tasks:
        while not done.is_set():
            due = started + number / COMMANDS_PER_SECOND
            number += 1
            # Until the next command is due.
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            tasks.create_task(once(due))
    return answers
