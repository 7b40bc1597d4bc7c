"""Newest first, agreed to, and never out from under what stands on it."""

import pytest

from example_tree import Done, ExampleTree, HealzDb
from system import Database

TABLE = "CREATE TABLE clinic.{0} (id integer PRIMARY KEY);"
DROP = "DROP TABLE clinic.{0};"


@pytest.fixture
async def applied(healz_db: HealzDb, tree: ExampleTree) -> HealzDb:
    """V100001 to V100004; each of the last three has a table."""
    for number, name in enumerate(("rooms", "beds", "keys"), start=2):
        tree.add(f"10000{number}", TABLE.format(name), DROP.format(name))
    done = await healz_db.run("apply")
    assert done.exit_code == 0, done.err
    return healz_db


async def tables(database: Database) -> set[str]:
    rows = await database.admin.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'clinic'")
    return {row[0] for row in rows} - {"runs", "slow"}


async def versions(database: Database) -> list[str]:
    rows = await database.admin.fetch("SELECT version FROM ops.schema_migrations ORDER BY version")
    return [row[0] for row in rows]


async def rolled_back(healz_db: HealzDb, *arguments: str) -> Done:
    done = await healz_db.run("rollback", *arguments, "--yes")
    assert done.exit_code == 0, done.out + done.err
    return done


async def test_the_newest_by_its_name(applied: HealzDb, tree: ExampleTree, empty_database: Database) -> None:
    await rolled_back(applied, tree.names[-1])
    assert await tables(empty_database) == {"rooms", "beds"}
    assert await versions(empty_database) == ["100001", "100002", "100003"]
    await rolled_back(applied, "R" + tree.names[-2][1:])
    assert await tables(empty_database) == {"rooms"}


async def test_not_the_newest_is_refused_and_told_how(
    applied: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    done = await applied.run("rollback", tree.names[1], "--yes")
    assert done.exit_code == 1
    assert "V100003, V100004 came after it" in done.err
    assert "healz-db rollback --to 100001" in done.err
    assert await tables(empty_database) == {"rooms", "beds", "keys"}


async def test_down_to_a_version_which_stays_newest_first(
    applied: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    done = await rolled_back(applied, "--to", "V100002", "--json")
    assert done.answer["rolled_back"] == [tree.names[3], tree.names[2]]
    assert await tables(empty_database) == {"rooms"}
    assert await versions(empty_database) == ["100001", "100002"]
    await rolled_back(applied, "--to", "000000")
    assert await versions(empty_database) == []


async def test_then_up_again(applied: HealzDb, empty_database: Database) -> None:
    await rolled_back(applied, "--to", "100001")
    assert (await applied.run("apply")).exit_code == 0
    assert await tables(empty_database) == {"rooms", "beds", "keys"}


async def test_nobody_is_rolled_back_by_accident(applied: HealzDb, empty_database: Database) -> None:
    done = await applied.run("rollback", "--to", "100002")
    assert done.exit_code == 1
    assert "--yes" in done.err
    assert await tables(empty_database) == {"rooms", "beds", "keys"}


async def test_without_the_rollback_file_nothing_begins(
    applied: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    (tree.root / "rollback" / "phase-100-mvp" / "clinic" / f"R{tree.names[1][1:]}").unlink()
    done = await applied.run("rollback", "--to", "100001", "--yes")
    assert done.exit_code == 1
    assert f"write R{tree.names[1][1:]}" in done.err
    assert await tables(empty_database) == {"rooms", "beds", "keys"}


async def test_a_failing_rollback_leaves_its_migration_whole(
    applied: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    tree.add("100005", "SELECT 1", "DROP TABLE clinic.rooms; SELECT clinic.nonsense()")
    assert (await applied.run("apply")).exit_code == 0
    done = await applied.run("rollback", "100005", "--yes")
    assert done.exit_code == 1
    assert "R100005" in done.err
    assert "nothing of it was kept" in done.err
    assert "rooms" in await tables(empty_database)
    assert (await versions(empty_database))[-1] == "100005"


async def test_one_that_stopped_halfway_shows_and_can_be_done_again(
    applied: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    build = "-- transaction: none\nCREATE INDEX CONCURRENTLY IF NOT EXISTS beds_again ON clinic.beds (id);"
    drop = "-- transaction: none\nDROP INDEX CONCURRENTLY IF EXISTS clinic.beds_again;"
    tree.add("100005", build, drop + "SELECT 1/0;")
    assert (await applied.run("apply")).exit_code == 0
    assert (await applied.run("rollback", "100005", "--yes")).exit_code == 1
    status = (await applied.run("status", "--json")).answer
    assert status["migrations"][-1]["state"] == "interrupted"
    (tree.root / "rollback" / "phase-100-mvp" / "clinic" / f"R{tree.names[-1][1:]}").write_text(drop)
    await rolled_back(applied, "100005")
    assert (await versions(empty_database))[-1] == "100004"


async def test_what_another_release_put_on_top_is_in_the_way(
    applied: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    tree.names.pop()
    tree.write_manifest()
    done = await applied.run("rollback", "--to", "100001", "--yes")
    assert done.exit_code == 1
    assert "V100004" in done.err
    assert await tables(empty_database) == {"rooms", "beds", "keys"}


async def test_what_is_not_applied_can_not_be_taken_back(applied: HealzDb, tree: ExampleTree) -> None:
    tree.add("100005", "SELECT 1")
    for arguments in (("100005",), ("--to", "100005")):
        done = await applied.run("rollback", *arguments, "--yes")
        assert done.exit_code == 1
        assert "is not applied" in done.err
