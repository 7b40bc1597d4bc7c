"""The drill finds what a rollback forgets; and the migrations that there are pass it."""

from pathlib import Path

import pytest

from example_tree import Done, ExampleTree, HealzDb
from healz_db.settings import DEPLOY_DB
from system import Database, Servers

TABLE = """
CREATE TABLE clinic.rooms (id integer PRIMARY KEY, name text NOT NULL, floor integer);
"""


async def drilled(healz_db: HealzDb) -> Done:
    return await healz_db.run("drill", "--json")


def kinds(done: Done) -> set[tuple[str, str, str]]:
    """What differs in the first fault: kind, name, and how."""
    assert done.exit_code == 1, done.out
    return {
        (difference["kind"], difference["name"], _what(difference))
        for difference in done.answer["faults"][0]["differences"]
    }


def _what(difference: dict[str, str]) -> str:
    if difference["after"] is None:
        return "gone"
    return "new" if difference["before"] is None else "other"


@pytest.fixture
def rooms(tree: ExampleTree) -> ExampleTree:
    """A table with two rows, before the migration that goes wrong."""
    tree.add("100002", TABLE, "DROP TABLE clinic.rooms;")
    tree.rows("100002", "INSERT INTO clinic.rooms VALUES (1, 'Sala São João', 2), (2, 'Sala 12', NULL);")
    return tree


@pytest.mark.parametrize(
    ("up", "down", "found"),
    [
        pytest.param(
            "GRANT SELECT ON clinic.rooms TO healz_reader;",
            "SELECT 1;",
            {("grant on relation", "clinic.rooms: healz_reader SELECT", "new")},
            id="a grant",
        ),
        pytest.param(
            "GRANT UPDATE (name) ON clinic.rooms TO healz_reader;",
            "SELECT 1;",
            {("grant on column", "clinic.rooms.name: healz_reader UPDATE", "new")},
            id="a grant on a column",
        ),
        pytest.param(
            "CREATE INDEX rooms_name ON clinic.rooms (name);",
            "SELECT 1;",
            {("index", "clinic.rooms_name", "new")},
            id="an index",
        ),
        pytest.param(
            "COMMENT ON COLUMN clinic.rooms.name IS 'as on the door';",
            "SELECT 1;",
            {("comment", "table column clinic.rooms.name", "new")},
            id="a comment",
        ),
        pytest.param(
            "ALTER TABLE clinic.rooms ALTER floor SET DEFAULT 1;",
            "SELECT 1;",
            {("column", "clinic.rooms.floor", "other")},
            id="a default",
        ),
        pytest.param(
            "ALTER TABLE clinic.rooms ADD CONSTRAINT low CHECK (floor < 9);"
            "ALTER TABLE clinic.rooms SET (fillfactor = 70);",
            "SELECT 1;",
            {("constraint", "clinic.rooms: low", "new"), ("relation", "clinic.rooms", "other")},
            id="a constraint and an option",
        ),
        pytest.param(
            "ALTER TABLE clinic.rooms ENABLE ROW LEVEL SECURITY;"
            "CREATE POLICY own ON clinic.rooms TO healz_reader USING (id = 1);",
            "ALTER TABLE clinic.rooms DISABLE ROW LEVEL SECURITY;",
            {("policy", "clinic.rooms: own", "new")},
            id="a policy",
        ),
        pytest.param(
            "CREATE FUNCTION clinic.one() RETURNS integer LANGUAGE sql SET search_path = clinic RETURN 1;",
            "ALTER FUNCTION clinic.one() RESET search_path;",
            {
                ("function", "clinic.one()", "new"),
                ("grant on function", "clinic.one(): PUBLIC EXECUTE", "new"),
                ("grant on function", "clinic.one(): healz_migrator EXECUTE", "new"),
            },
            id="a function",
        ),
        pytest.param(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA clinic GRANT SELECT ON TABLES TO healz_reader;",
            "SELECT 1;",
            {("default privilege", "healz_migrator in clinic on r: healz_reader SELECT", "new")},
            id="a default privilege",
        ),
        pytest.param(
            "CREATE TYPE clinic.kind AS ENUM ('a'); CREATE SEQUENCE clinic.numbers;"
            "CREATE VIEW clinic.low AS SELECT id FROM clinic.rooms;",
            "DROP VIEW clinic.low; DROP SEQUENCE clinic.numbers;",
            {
                ("type", "clinic.kind", "new"),
                ("grant on type", "clinic.kind: PUBLIC USAGE", "new"),
                ("grant on type", "clinic.kind: healz_migrator USAGE", "new"),
            },
            id="a type",
        ),
    ],
)
async def test_a_rollback_that_forgets(
    healz_db: HealzDb, rooms: ExampleTree, up: str, down: str, found: set[tuple[str, str, str]]
) -> None:
    rooms.add("100003", up, down)
    assert kinds(await drilled(healz_db)) == found


async def test_a_rollback_that_loses_data(healz_db: HealzDb, rooms: ExampleTree) -> None:
    rooms.add(
        "100003",
        "ALTER TABLE clinic.rooms DROP COLUMN floor;",
        "ALTER TABLE clinic.rooms ADD COLUMN floor integer;",
        change="contract",
    )
    done = await drilled(healz_db)
    assert kinds(done) == {("rows", "clinic.rooms", "other")}
    assert "Sala São João" in done.answer["faults"][0]["differences"][0]["before"]


async def test_a_rollback_that_cannot_be_run_over_what_was_written_since(healz_db: HealzDb, rooms: ExampleTree) -> None:
    column = "ALTER TABLE clinic.rooms ALTER name"
    rooms.add("100003", f"{column} DROP NOT NULL;", f"{column} SET NOT NULL;")
    assert (await drilled(healz_db)).exit_code == 0
    rooms.rows("100003", "INSERT INTO clinic.rooms VALUES (3, NULL, 1);")
    done = await drilled(healz_db)
    assert done.exit_code == 1
    assert done.answer["faults"][0]["file"] == "R100003__clinic__expand__example.sql, over rows written since"
    assert "contains null values" in done.answer["faults"][0]["what"]


async def test_a_right_that_outlives_its_rollback(healz_db: HealzDb, rooms: ExampleTree) -> None:
    rooms.add("100003", "-- role: admin\nGRANT healz_projector TO healz_sweeper;", "SELECT 1;")
    rooms.rows("100003", "REVOKE healz_projector FROM healz_sweeper;")
    assert kinds(await drilled(healz_db)) == {("membership", "healz_sweeper in healz_projector", "new")}


async def test_an_expand_that_touches_rows(healz_db: HealzDb, rooms: ExampleTree) -> None:
    update = "UPDATE clinic.rooms SET floor = 0 WHERE floor IS NULL;"
    rooms.add("100003", update)
    assert kinds(await drilled(healz_db)) == {("rows", "clinic.rooms", "other")}


async def test_a_backfill_says_which_columns_it_fills(healz_db: HealzDb, rooms: ExampleTree) -> None:
    rooms.add("100003", "-- fills: clinic.rooms.floor\nUPDATE clinic.rooms SET floor = 0 WHERE floor IS NULL;")
    done = await drilled(healz_db)
    assert done.exit_code == 0, done.out
    assert done.answer["rows"] == 2
    assert done.answer["empty"] == ["clinic.runs", "clinic.slow"]


async def test_a_migration_without_a_way_back(healz_db: HealzDb, rooms: ExampleTree) -> None:
    rooms.add("100003", "SELECT 1;", back=None)
    done = await drilled(healz_db)
    assert done.exit_code == 1
    assert "has no rollback; write R100003" in done.out


async def test_the_difference_is_shown_object_by_object(healz_db: HealzDb, rooms: ExampleTree) -> None:
    rooms.add("100003", "ALTER TABLE clinic.rooms ALTER floor SET DEFAULT 1;", "SELECT 1;")
    done = await healz_db.run("drill")
    assert done.exit_code == 1
    assert "R100003__clinic__expand__example.sql doesn't lead back" in done.out
    assert "clinic.rooms.floor" in done.out
    assert "+ integer, default 1" in done.out


async def test_the_scratch_database_goes_or_is_kept(
    healz_db: HealzDb, rooms: ExampleTree, empty_database: Database
) -> None:
    count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'healz\\_drill\\_%'"
    before = await empty_database.admin.fetchval(count)
    assert (await healz_db.run("drill")).exit_code == 0
    assert await empty_database.admin.fetchval(count) == before
    kept = (await healz_db.run("drill", "--keep")).out
    name = next(line for line in kept.splitlines() if line.startswith("kept: ")).rpartition("/")[2]
    await empty_database.admin.execute(f'DROP DATABASE "{name}"')


async def test_every_migration_goes_up_down_and_up_over_rows_in_every_table(servers: Servers) -> None:
    done = await HealzDb(servers.database_url, Path(DEPLOY_DB)).run("drill", "--json")
    assert done.exit_code == 0, done.out
    assert done.answer["faults"] == []
    assert done.answer["empty"] == []
