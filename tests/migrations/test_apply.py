"""One deployer at a time, each file once, and nothing half done that nobody sees."""

import hashlib
import signal
import uuid
from pathlib import Path

import pytest

from example_tree import Done, ExampleTree, HealzDb, ended
from healz_db.drill.catalogue import take_catalogue
from healz_db.settings import Settings
from system import Database, eventually

RUN = "INSERT INTO clinic.runs (file) VALUES ('{0}');\n"
SLOW = "SELECT pg_sleep(60) FROM clinic.slow WHERE file = '{0}';\n"
AT_THE_GATE = """
DO $$ BEGIN WHILE EXISTS (SELECT FROM public.gate) LOOP PERFORM pg_sleep(0.05); END LOOP; END $$;
"""
"""Until the test opens it."""
ASKED_FOR_THE_LOCK = """
SELECT EXISTS (SELECT FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'
                  AND query LIKE '%healz.migrations%')
"""
NO_TRANSACTION = "-- transaction: none\n"
INDEX = "CREATE INDEX CONCURRENTLY IF NOT EXISTS runs_file ON clinic.runs (file);\n"


async def runs(database: Database) -> list[str]:
    return [row[0] for row in await database.admin.fetch("SELECT file FROM clinic.runs ORDER BY file")]


async def states(healz_db: HealzDb) -> dict[str, str]:
    done = await healz_db.run("status", "--json")
    assert done.exit_code == 0, done.err
    return {migration["version"]: migration["state"] for migration in done.answer["migrations"]}


async def applied(healz_db: HealzDb, *arguments: str) -> Done:
    done = await healz_db.run("apply", *arguments)
    assert done.exit_code == 0, done.out + done.err
    return done


async def make_slow(database: Database, file: str) -> None:
    await database.admin.execute("INSERT INTO clinic.slow (file) VALUES ($1)", file)


async def shut_the_gate(database: Database) -> None:
    await database.admin.execute("CREATE TABLE public.gate AS SELECT 1 AS one; GRANT SELECT ON public.gate TO PUBLIC")


async def open_the_gate(database: Database) -> None:
    await database.admin.execute("DELETE FROM public.gate")


async def sleeps(database: Database) -> bool:
    found: bool = await database.admin.fetchval(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')"
    )
    return found


async def test_of_two_appliers_one_waits_and_each_migration_runs_once(
    healz_db: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    await shut_the_gate(empty_database)
    tree.add("100002", RUN.format("100002") + AT_THE_GATE)
    # An index built concurrently waits for every open statement: it must not wait for the deployer that waits.
    tree.add("100003", NO_TRANSACTION + RUN.format("100003") + INDEX)
    appliers = [healz_db.start("apply"), healz_db.start("apply")]

    async def one_waits() -> bool:
        """While the other is at it: it has asked for the deployers' lock, and got none."""
        return await sleeps(empty_database) and await empty_database.admin.fetchval(ASKED_FOR_THE_LOCK)

    await eventually(one_waits)
    await open_the_gate(empty_database)
    both = [await ended(applier) for applier in appliers]
    assert [done.exit_code for done in both] == [0, 0], both
    assert sorted("waiting for another deployer" in done.out for done in both) == [False, True]
    assert sorted(done.out.count("applied V") for done in both) == [0, 3]
    assert await runs(empty_database) == ["100002", "100003"]


async def test_who_waits_too_long_is_told_for_whom(
    healz_db: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    await shut_the_gate(empty_database)
    tree.add("100002", AT_THE_GATE)
    first = healz_db.start("apply")

    async def at_it() -> bool:
        return await sleeps(empty_database)

    await eventually(at_it)
    second = await healz_db.run("apply", HEALZ_DB_LOCK_WAIT_SECONDS="0.3")
    assert second.exit_code == 1
    assert "another deployer (healz_admin" in second.err
    assert "HEALZ_DB_LOCK_WAIT_SECONDS" in second.err
    await open_the_gate(empty_database)
    assert (await ended(first)).exit_code == 0


async def test_killed_within_a_transaction_nothing_stays_and_the_next_one_goes_on(
    healz_db: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    await applied(healz_db)
    tree.add("100002", RUN.format("100002") + SLOW.format("100002"))
    await make_slow(empty_database, "100002")
    await kill_while_it_sleeps(healz_db, empty_database)
    assert await runs(empty_database) == []
    assert await states(healz_db) == {"100001": "applied", "100002": "missing"}
    await empty_database.admin.execute("DELETE FROM clinic.slow")
    await applied(healz_db)
    assert await runs(empty_database) == ["100002"]


async def test_killed_without_a_transaction_status_shows_it_and_the_next_one_goes_on(
    healz_db: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    await applied(healz_db)
    once = "DELETE FROM clinic.runs;\n" + RUN.format("100002")
    tree.add("100002", NO_TRANSACTION + once + SLOW.format("100002") + INDEX)
    tree.add("100003", RUN.format("100003"))
    await make_slow(empty_database, "100002")
    await kill_while_it_sleeps(healz_db, empty_database, while_at_it={"100002": "running", "100003": "missing"})
    assert await runs(empty_database) == ["100002"]
    assert await states(healz_db) == {"100001": "applied", "100002": "interrupted", "100003": "missing"}
    await empty_database.admin.execute("DELETE FROM clinic.slow")
    await applied(healz_db)
    assert set((await states(healz_db)).values()) == {"applied"}
    assert await runs(empty_database) == ["100002", "100003"]
    assert await empty_database.admin.fetchval("SELECT to_regclass('clinic.runs_file') IS NOT NULL")


async def kill_while_it_sleeps(
    healz_db: HealzDb, database: Database, while_at_it: dict[str, str] | None = None
) -> None:
    process = healz_db.start("apply")

    async def at_it() -> bool:
        return await sleeps(database)

    await eventually(at_it)
    if while_at_it:
        assert (await states(healz_db)).items() >= while_at_it.items()
    process.send_signal(signal.SIGKILL)
    assert (await ended(process)).exit_code == -signal.SIGKILL

    async def left() -> bool:
        return not await sleeps(database)

    # The server notices by itself, and stops the statement.
    await eventually(left, seconds=30)


async def test_a_changed_file_is_refused_with_both_checksums_before_anything_runs(
    healz_db: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    changed = tree.add("100002", RUN.format("100002"))
    await applied(healz_db)
    then = hashlib.sha256(changed.read_bytes()).hexdigest()
    changed.write_text(changed.read_text() + "-- a word more\n")
    now = hashlib.sha256(changed.read_bytes()).hexdigest()
    tree.add("100003", RUN.format("100003"))
    done = await healz_db.run("apply", "--json")
    assert done.exit_code == 1
    for told in (changed.name, then, now):
        assert told in done.err
        assert told in done.answer["error"]
    assert await runs(empty_database) == ["100002"]
    assert (await states(healz_db))["100002"] == "changed"


async def test_a_dry_run_tells_the_order_and_changes_nothing(
    healz_db: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    tree.add("100002", RUN.format("100002"))
    tree.seed("S100001__clinic__runs.sql", RUN.format("seed"))
    before = await take_catalogue(empty_database.admin)
    done = await applied(healz_db, "--dry-run", "--seeds", "--json")
    assert done.answer["migrations"] == tree.names
    assert done.answer["seeds"] == tree.seeds
    assert await take_catalogue(empty_database.admin) == before
    assert "would apply V100002" in (await applied(healz_db, "--dry-run", "--to", "V100002")).out


async def test_up_to_a_version_and_no_further(healz_db: HealzDb, tree: ExampleTree, empty_database: Database) -> None:
    for version in ("100002", "100003", "100004"):
        tree.add(version, RUN.format(version))
    done = await applied(healz_db, "--to", "V100003", "--json")
    assert done.answer["migrations"] == tree.names[:3]
    assert await runs(empty_database) == ["100002", "100003"]
    await applied(healz_db, "--phase", "100")
    assert await runs(empty_database) == ["100002", "100003", "100004"]
    assert "nothing to do" in (await applied(healz_db)).out


@pytest.mark.parametrize("arguments", [("--to", "V999999"), ("--phase", "900")])
async def test_what_is_not_there_can_not_be_named(healz_db: HealzDb, arguments: tuple[str, str]) -> None:
    done = await healz_db.run("apply", *arguments)
    assert done.exit_code == 1
    assert arguments[1] in done.err


async def test_a_failing_file_leaves_nothing(healz_db: HealzDb, tree: ExampleTree, empty_database: Database) -> None:
    tree.add("100002", RUN.format("100002"))
    failing = tree.add("100003", RUN.format("100003") + "SELECT clinic.nonsense()")
    done = await healz_db.run("apply")
    assert done.exit_code == 1
    assert failing.name in done.err
    assert "clinic.nonsense" in done.err
    assert "nothing of it was kept" in done.err
    assert await runs(empty_database) == ["100002"]
    assert (await states(healz_db))["100003"] == "missing"


async def test_a_file_that_failed_halfway_may_be_mended(
    healz_db: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    text = NO_TRANSACTION + "DELETE FROM clinic.runs;\n" + RUN.format("a;b")
    failing = tree.add("100002", text + "SELECT clinic.nonsense();")
    done = await healz_db.run("apply")
    assert done.exit_code == 1
    # Split by the parser: the semicolon within the text is none.
    assert "statement 3 of 3" in done.err
    assert (await states(healz_db))["100002"] == "interrupted"
    failing.write_text(text)
    await applied(healz_db)
    assert await runs(empty_database) == ["a;b"]
    assert (await states(healz_db))["100002"] == "applied"


async def test_what_another_release_applied_is_told_and_does_no_harm(healz_db: HealzDb, tree: ExampleTree) -> None:
    tree.add("100002", RUN.format("100002"))
    await applied(healz_db)
    tree.names.pop()
    tree.write_manifest()
    assert "V100002" in (await applied(healz_db)).out
    assert await states(healz_db) == {"100001": "applied", "100002": "unknown"}


async def test_no_contract_while_the_guardrails_say_so(
    healz_db: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    tree.add("100002", RUN.format("100002"))
    tree.allow_contract = False
    contract = tree.add("100003", "-- undoes: V100001\n" + RUN.format("100003"), change="contract")
    done = await healz_db.run("apply")
    assert done.exit_code == 1
    assert contract.name in done.err
    assert "--to 100002" in done.err
    await applied(healz_db, "--to", "100002")
    tree.allow_contract = True
    tree.write_manifest()
    await applied(healz_db)
    assert await runs(empty_database) == ["100002", "100003"]


async def test_a_file_sets_what_it_likes_and_the_next_one_does_not_notice(
    healz_db: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    tree.add("100002", NO_TRANSACTION + "SET search_path = clinic; SET lock_timeout = '1s';" + RUN.format("a"))
    tree.add(
        "100003", "INSERT INTO clinic.runs SELECT current_setting('lock_timeout') || current_setting('search_path')"
    )
    await applied(healz_db)
    assert await runs(empty_database) == ['0"$user", public', "a"]


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("DATABASE_URL=postgresql://file\nHEALZ_DB_LOCK_WAIT_SECONDS=7\n")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert Settings(_env_file=file).database_url == "postgresql://file"
    monkeypatch.setenv("DATABASE_URL", "postgresql://environment")
    settings = Settings(_env_file=file)
    assert settings.database_url == "postgresql://environment"
    assert settings.healz_db_lock_wait_seconds == 7


async def test_contracts_are_left_for_later_where_expands_alone_are_wanted(
    healz_db: HealzDb, tree: ExampleTree, empty_database: Database
) -> None:
    tree.add("100002", RUN.format("100002"), change="contract")
    tree.add("100003", RUN.format("100003"))
    done = await applied(healz_db, "--expand-only", "--json")
    assert done.answer["migrations"] == [tree.names[0], tree.names[2]]
    assert await runs(empty_database) == ["100003"]
    await applied(healz_db)
    assert await runs(empty_database) == ["100002", "100003"]


async def test_roles_get_the_passwords_of_their_files(
    healz_db: HealzDb, empty_database: Database, tmp_path: Path
) -> None:
    """On a role of the test's own: the others' passwords would be those of every database of this server."""
    role = f"healz_{uuid.uuid4().hex[:12]}"
    folder = tmp_path / "roles"
    folder.mkdir()
    (folder / ".written").write_text("no role's")
    (folder / role).write_text("wFq0e8fQm3vY7cUd\n")
    where = {"HEALZ_ROLE_PASSWORDS_DIR": str(folder)}

    async def kept(name: str) -> str | None:
        password: str | None = await empty_database.admin.fetchval(
            "SELECT rolpassword FROM pg_authid WHERE rolname = $1", name
        )
        return password

    other = await kept("healz_command")
    assert f"a password for {role}, but no such role" in (await healz_db.run("apply", **where)).err
    await empty_database.admin.execute(f'CREATE ROLE "{role}" LOGIN')
    try:
        assert (await healz_db.run("apply", **where)).exit_code == 0
        first = await kept(role)
        assert first is not None
        assert first.startswith("SCRAM-SHA-256")
        assert await kept("healz_command") == other
        (folder / role).write_text("")
        assert f"the password of {role} is empty" in (await healz_db.run("apply", **where)).err
        assert await kept(role) == first
        (folder / role).write_text("another")
        in_production = {
            "HEALZ_ENVIRONMENT": "production",
            "DATABASE_URL": healz_db.database_url.replace("@", ":qV3nT0xZr8LwYb6KcJ1uHf9D@"),
        }
        assert f"the password of {role} can be guessed" in (await healz_db.run("apply", **where, **in_production)).err
        assert (await healz_db.run("apply", **where)).exit_code == 0
        assert await kept(role) != first
    finally:
        await empty_database.admin.execute(f'DROP ROLE "{role}"')
