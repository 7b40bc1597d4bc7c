"""What is applied, what is missing, and what is wrong, at a glance and for programs."""

import json
import re

from example_tree import ExampleTree, HealzDb
from healz_db.settings import DEPLOY_DB
from system import Database


async def test_before_the_first_apply_all_is_missing(
    healz_db: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    done = await healz_db.run("status", "--json")
    assert done.exit_code == 0
    (migration,) = done.answer["migrations"]
    assert migration["state"] == "missing"
    assert migration["version"] == "100001"
    assert await empty_database.admin.fetchval("SELECT to_regclass('ops.schema_migrations')") is None


async def test_who_applied_what_and_when(healz_db: HealzDb, tree: ExampleTree) -> None:
    tree.add("100002", "SELECT 1")
    await healz_db.run("apply", "--to", "100001")
    answer = (await healz_db.run("status", "--json")).answer
    applied, missing = answer["migrations"]
    assert (applied["phase"], applied["domain"], applied["change"]) == ("phase-100-mvp", "clinic", "expand")
    assert applied["state"] == "applied"
    assert applied["applied_by"] == "healz_admin"
    assert applied["applied_at"]
    assert applied["duration_ms"] >= 0
    assert missing["state"] == "missing"
    assert answer["deployer"] is None


async def test_people_get_a_table(healz_db: HealzDb, tree: ExampleTree) -> None:
    tree.seed("S100001__clinic__runs.sql", "SELECT 1")
    await healz_db.run("apply")
    out = (await healz_db.run("status")).out
    assert re.search(r"version +phase +domain +change +state +when +by +ms", out)
    assert re.search(r"V100001 +phase-100-mvp +clinic +expand +applied +20\d\d-\d\d-\d\d .+healz_admin", out)
    assert re.search(r"S100001__clinic__runs.sql +phase-100-mvp +missing", out)


async def test_missing_partitions_are_told_and_made(database: Database) -> None:
    real = HealzDb(database.url("healz_admin"), DEPLOY_DB)
    assert (await real.run("status", "--json")).answer["partitions_missing"] == []
    month = await database.admin.fetchval("SELECT max(month) FROM ops.missing_partitions(4) AS month")
    assert (await real.run("partitions", "--months", "4", "--json")).answer["made"] == [str(month)]
    assert "nothing to do" in (await real.run("partitions", "--months", "4")).out
    this = await database.admin.fetchval("SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date")
    name = f"event_store.events_{this:%Y_%m}"
    await database.admin.execute(f"ALTER TABLE event_store.events DETACH PARTITION {name}; DROP TABLE {name}")
    assert (await real.run("status", "--json")).answer["partitions_missing"] == [str(this)]
    assert f"the partition of {this:%Y-%m} is missing" in (await real.run("status")).out


async def test_without_an_address_one_sentence(healz_db: HealzDb) -> None:
    done = await HealzDb("nonsense://", healz_db.root).run("status", "--json")
    assert done.exit_code == 1
    assert json.loads(done.out)["error"]
    assert len(done.err.splitlines()) == 1
