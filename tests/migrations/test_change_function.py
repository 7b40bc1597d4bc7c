"""A function is changed by what changes in it: exactly so, or not at all; and the way back leads back."""

import asyncpg
import pytest

from example_tree import ExampleTree, HealzDb
from healz_db.lint.functions import checksum
from healz_db.migrations import read_tree
from system import Database

BODY = "\nBEGIN\n    -- É o preço de hoje.\n    RETURN p_minutes * 2;\nEND\n"
DEARER = BODY.replace("* 2", "* 3")
FEE = f"""
CREATE FUNCTION clinic.fee(p_minutes integer) RETURNS integer
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $${BODY}$$;
REVOKE EXECUTE ON FUNCTION clinic.fee(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clinic.fee(integer) TO healz_reader;
ALTER FUNCTION clinic.fee(integer) OWNER TO healz_append;
COMMENT ON FUNCTION clinic.fee(integer) IS 'What so many minutes cost.';
"""
ALL_BUT_THE_BODY = """
SELECT proowner::regrole, proacl, provolatile, prosecdef, proconfig, obj_description(oid, 'pg_proc'),
       pg_get_function_arguments(oid)
  FROM pg_proc WHERE oid = 'clinic.fee'::regproc
"""
SOURCE = "SELECT prosrc FROM pg_proc WHERE oid = $1::text::regproc"


def change(before: str, after: str, makes: str, function: str = "clinic.fee") -> str:
    return (
        f"-- role: admin\nCALL ops.change_function('{function}', p_before => $x${before}$x$, "
        f"p_after => $x${after}$x$, p_makes => '{makes}');"
    )


@pytest.fixture
def fees(tree: ExampleTree) -> ExampleTree:
    """A function, and what changes it: as in the real tree, but that here the administrator owns all."""
    real = next(migration for migration in read_tree().migrations if migration.slug == "change_function")
    tree.add("100002", f"-- role: admin\n{real.sql}", f"-- role: admin\n{real.rollback_path.read_text()}")
    tree.add("100003", f"-- role: admin\n{FEE}", "-- role: admin\nDROP FUNCTION clinic.fee(integer);")
    return tree


async def test_only_the_body_changes(healz_db: HealzDb, fees: ExampleTree, empty_database: Database) -> None:
    admin = empty_database.admin
    assert (await healz_db.run("apply")).exit_code == 0
    before = await admin.fetchrow(ALL_BUT_THE_BODY)
    fees.add("100004", change("* 2", "* 3", checksum(DEARER)), change("* 3", "* 2", checksum(BODY)))
    done = await healz_db.run("apply")
    assert done.exit_code == 0, done.err
    assert await admin.fetchval(SOURCE, "clinic.fee") == DEARER
    assert await admin.fetchval("SELECT clinic.fee(10)") == 30
    assert await admin.fetchrow(ALL_BUT_THE_BODY) == before
    assert (await healz_db.run("rollback", "V100004", "--yes")).exit_code == 0
    assert await admin.fetchval(SOURCE, "clinic.fee") == BODY


async def test_a_drill_takes_it_up_down_and_up(healz_db: HealzDb, fees: ExampleTree) -> None:
    fees.add("100004", change("* 2", "* 3", checksum(DEARER)), change("* 3", "* 2", checksum(BODY)))
    done = await healz_db.run("drill", "--json")
    assert done.exit_code == 0, done.out + done.err


async def test_a_drill_finds_a_way_back_that_leads_elsewhere(healz_db: HealzDb, fees: ExampleTree) -> None:
    cheaper = BODY.replace("* 2", "* 1")
    fees.add("100004", change("* 2", "* 3", checksum(DEARER)), change("* 3", "* 1", checksum(cheaper)))
    faults = (await healz_db.run("drill", "--json")).answer["faults"]
    assert [difference["name"] for difference in faults[0]["differences"]] == ["clinic.fee(integer)"]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        pytest.param(change("* 4", "* 3", checksum(DEARER)), "stands 0 times", id="what is not there"),
        pytest.param(change("e", "f", checksum(DEARER)), "stands 4 times", id="what is there often"),
        pytest.param(change("* 2", "* 3", checksum(BODY)), checksum(DEARER), id="another body than it says"),
        pytest.param(change("END", "", checksum(BODY.replace("END", ""))), "syntax error", id="what is no PL/pgSQL"),
        pytest.param(change("2", "3", "", "ops.current_fee"), "does not exist", id="a function that is not there"),
    ],
)
async def test_what_does_not_fit_changes_nothing(
    healz_db: HealzDb, fees: ExampleTree, empty_database: Database, sql: str, says: str
) -> None:
    fees.add("100004", f"{sql}\nCREATE TABLE clinic.never (id integer);")
    done = await healz_db.run("apply")
    assert done.exit_code == 1
    assert says in done.err
    assert await empty_database.admin.fetchval(SOURCE, "clinic.fee") == BODY


async def test_who_changed_it_by_hand_is_not_overwritten(
    healz_db: HealzDb, fees: ExampleTree, empty_database: Database
) -> None:
    await healz_db.run("apply")
    by_hand = FEE.partition(";\nREVOKE")[0].replace("CREATE", "CREATE OR REPLACE").replace("hoje", "ontem")
    await empty_database.admin.execute(by_hand)
    fees.add("100004", change("* 2", "* 3", checksum(DEARER)))
    done = await healz_db.run("apply")
    assert done.exit_code == 1
    assert "it is another one here" in done.err
    assert "ontem" in await empty_database.admin.fetchval(SOURCE, "clinic.fee")


async def test_of_several_with_one_name_the_one_with_these_arguments(
    healz_db: HealzDb, fees: ExampleTree, empty_database: Database
) -> None:
    other = f"CREATE FUNCTION clinic.fee(p_minutes text) RETURNS text LANGUAGE plpgsql AS $${BODY}$$;"
    fees.add("100004", f"-- role: admin\n{other}")
    await healz_db.run("apply")
    fees.add("100005", change("* 2", "* 3", checksum(DEARER)))
    assert "more than one function" in (await healz_db.run("apply")).err
    fees.names.pop()
    fees.add("100005", change("* 2", "* 3", checksum(DEARER), "clinic.fee(integer)"))
    done = await healz_db.run("apply")
    assert done.exit_code == 0, done.err
    rows = await empty_database.admin.fetch("SELECT prosrc FROM pg_proc WHERE proname = 'fee' ORDER BY prorettype")
    assert [row["prosrc"] for row in rows] == [DEARER, BODY]


async def test_a_body_without_quotes_is_refused(healz_db: HealzDb, fees: ExampleTree, empty_database: Database) -> None:
    fees.add("100004", "-- role: admin\nCREATE FUNCTION clinic.one() RETURNS integer LANGUAGE sql RETURN 1;")
    fees.add("100005", change("1", "2", "", "clinic.one"))
    assert "a body without quotes" in (await healz_db.run("apply")).err


@pytest.mark.parametrize("name", ["event_store.append_commits", "patient.search_patients"])
async def test_the_long_ones_can_be_changed(database: Database, name: str) -> None:
    """By the migrator, who owns neither; line by line as the files have them."""
    admin = database.admin
    body = await admin.fetchval(SOURCE, name)
    before = "\nDECLARE\n    v_tenant_id uuid"
    after = "\nDECLARE\n    -- Whose it is.\n    v_tenant_id uuid"
    async with admin.transaction():
        await admin.execute("SET LOCAL ROLE healz_migrator")
        await admin.execute(
            "CALL ops.change_function($1, $2, $3, $4)", name, before, after, checksum(body.replace(before, after))
        )
    assert await admin.fetchval(SOURCE, name) == body.replace(before, after)


async def test_nobody_else_may_call_it(database: Database) -> None:
    async with database.admin.transaction():
        await database.admin.execute("SET LOCAL ROLE healz_command")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.admin.execute("CALL ops.change_function('event_store.append_events', 'a', 'b', 'c')")
