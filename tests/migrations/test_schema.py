"""deploy/db/schema shows the schema as all migrations make it, an object a file."""

import re

from example_tree import ExampleTree, HealzDb
from healz_db.apply import bring_up
from healz_db.drill.catalogue import take_catalogue
from healz_db.migrations import read_tree
from healz_db.schema import read_schema, schema_files
from healz_db.settings import DEPLOY_DB
from system import Database

ROOMS = """
CREATE TABLE clinic.rooms (id integer, name text NOT NULL, opened date, PRIMARY KEY (id, opened))
    PARTITION BY RANGE (opened);
"""
BELONG_TO_A_TABLE = ("events_default", "outbox_id_seq")
# A comment beside CREATE TABLE stays in the migration; COMMENT ON is what the catalogue keeps.
WITHOUT_COMMENT = """
SELECT c.oid::regclass::text
  FROM pg_class AS c
 WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relname !~ '^events_' AND obj_description(c.oid, 'pg_class') IS NULL
   AND c.relnamespace::regnamespace::text IN ('event_store', 'reference', 'ops')
UNION ALL
SELECT p.oid::regprocedure::text
  FROM pg_proc AS p
 WHERE obj_description(p.oid, 'pg_proc') IS NULL
   AND p.pronamespace::regnamespace::text !~ '^(pg_|information_schema|public)'
 ORDER BY 1
"""


async def migrated(database: Database) -> dict[str, str]:
    await bring_up(database.admin, read_tree(), lambda _: None, lock_wait_seconds=60)
    return await schema_files(database.url("healz_admin"))


async def test_the_folder_shows_the_schema_as_it_stands(empty_database: Database) -> None:
    files, there = await migrated(empty_database), read_schema(DEPLOY_DB)
    other = sorted(path for path in files.keys() | there.keys() if files.get(path) != there.get(path))
    assert other == [], 'these files of deploy/db/schema are others now: eval "$(make env)"; make db-schema'


async def test_every_object_has_its_file(empty_database: Database) -> None:
    """By the catalogue that the drill compares: what pg_dump leaves out would be missed by nobody."""
    files = await migrated(empty_database)
    for kind, name in await take_catalogue(empty_database.admin):
        schema, _, rest = re.split(r"[(:]", name)[0].partition(".")
        if re.search(r"events_\d{4}_\d{2}", name):
            continue
        if kind in ("function", "relation") and rest not in BELONG_TO_A_TABLE:
            assert f"{schema}/{rest}.sql" in files, name


async def test_a_month_is_no_object_of_its_own(empty_database: Database) -> None:
    files = await migrated(empty_database)
    assert not re.search(r"events_\d{4}_\d{2}", "".join([*files, *files.values()]))
    assert "events_default" in files["event_store/events.sql"]


async def test_what_belongs_to_a_table_lies_in_its_file(
    healz_db: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    tree.add(
        "100002",
        f"""-- role: admin
        {ROOMS}
        CREATE TABLE clinic.rooms_2026_01 PARTITION OF clinic.rooms FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
        CREATE TABLE clinic.rooms_rest PARTITION OF clinic.rooms DEFAULT;
        CREATE INDEX names ON clinic.rooms (name);
        COMMENT ON INDEX clinic.names IS 'For the doors.';
        COMMENT ON COLUMN clinic.rooms.name IS 'As on the door.';
        ALTER TABLE clinic.rooms ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON clinic.rooms TO healz_reader USING (id = 1);
        COMMENT ON POLICY own ON clinic.rooms IS 'One for all.';
        GRANT SELECT (name) ON clinic.rooms TO healz_reader;
        CREATE FUNCTION clinic.fee(a integer) RETURNS integer LANGUAGE sql AS $$ SELECT a -- as ever
        $$;
        CREATE FUNCTION clinic.fee(a text) RETURNS text LANGUAGE sql AS $$ SELECT a $$;
        COMMENT ON SCHEMA clinic IS 'All of it.';
        """,
    )
    done = await healz_db.run("schema", "--json")
    assert done.exit_code == 0, done.err
    files = read_schema(tree.root)
    assert {name for name in files if name.startswith("clinic")} == {
        "clinic.sql", "clinic/rooms.sql", "clinic/fee.sql", "clinic/runs.sql", "clinic/slow.sql",
    }  # fmt: skip
    for piece in (
        "For the doors.",
        "As on the door.",
        "One for all.",
        "GRANT SELECT(name)",
        "rooms_pkey",
        "rooms_rest",
    ):
        assert piece in files["clinic/rooms.sql"], piece
    assert "2026_01" not in files["clinic/rooms.sql"]
    assert "-- as ever" in files["clinic/fee.sql"]
    assert "clinic.fee(a text)" in files["clinic/fee.sql"]
    assert "All of it." in files["clinic.sql"]


async def test_what_is_gone_goes_from_the_folder(healz_db: HealzDb, tree: ExampleTree) -> None:
    await healz_db.run("schema")
    (tree.root / "schema" / "clinic" / "gone.sql").write_text("-- once\n")
    (tree.root / "schema" / "clinic" / "runs.sql").write_text("-- edited\n")
    done = await healz_db.run("schema", "--json")
    assert done.answer["changed"] == ["clinic/gone.sql", "clinic/runs.sql"]
    assert "nothing to do" in (await healz_db.run("schema")).out


async def test_every_table_of_the_store_and_every_function_says_what_it_is(empty_database: Database) -> None:
    await bring_up(empty_database.admin, read_tree(), lambda _: None, lock_wait_seconds=60)
    assert [row[0] for row in await empty_database.admin.fetch(WITHOUT_COMMENT)] == []
