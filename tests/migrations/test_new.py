"""A new migration begins as a pair with a line in the manifest, whose comments stay."""

import shutil
from pathlib import Path

import pytest

from example_tree import HealzDb
from healz_db.migrations import read_tree
from healz_db.settings import DEPLOY_DB


@pytest.fixture
def copied(tmp_path: Path) -> HealzDb:
    """The real tree, to write in; no database."""
    root = tmp_path / "db"
    shutil.copytree(DEPLOY_DB, root, ignore=shutil.ignore_patterns("src", ".env"))
    return HealzDb("", root)


async def test_the_pair_and_its_line(copied: HealzDb) -> None:
    manifest = copied.root / "migration-manifest.yaml"
    lines = manifest.read_text().splitlines()
    before = read_tree(copied.root).migrations
    last = max(migration.version for migration in before if migration.version.startswith("1"))
    done = await copied.run("new", "100", "patient", "expand", "nickname")
    assert done.exit_code == 0, done.err
    name = f"{int(last) + 1}__patient__expand__nickname.sql"
    assert (copied.root / "migrations" / "phase-100-mvp" / "patient" / f"V{name}").is_file()
    assert (copied.root / "rollback" / "phase-100-mvp" / "patient" / f"R{name}").is_file()
    now = manifest.read_text().splitlines()
    added = [line for line in now if line not in lines]
    assert len(added) == 1
    assert [line for line in now if line != added[0]] == lines
    after = read_tree(copied.root).migrations
    place = next(number for number, migration in enumerate(after) if migration.slug == "nickname")
    assert after[place - 1].version == last
    assert after[place].release == "0.1.0", "the next release, though the manifest has a later one"
    unwritten = await copied.run("lint")
    assert unwritten.exit_code == 1
    assert unwritten.out.count(": no_statement: ") == 2


async def test_the_first_of_its_phase(copied: HealzDb) -> None:
    manifest = copied.root / "migration-manifest.yaml"
    phase = "  - name: phase-400-v2\n    domains: [patient]\n    migrations: []  # soon\n    seeds: []\n"
    manifest.write_text(manifest.read_text() + phase)
    for slug in ("first", "second"):
        assert (await copied.run("new", "phase-400-v2", "patient", "expand", slug)).exit_code == 0
    assert [migration.path.name for migration in read_tree(copied.root).migrations][-2:] == [
        "V400001__patient__expand__first.sql",
        "V400002__patient__expand__second.sql",
    ]
    assert "# soon" in manifest.read_text()


async def test_a_contract_names_what_it_takes_back(copied: HealzDb) -> None:
    refused = await copied.run("new", "300", "reference", "contract", "drop_it")
    assert refused.exit_code == 1
    assert "--undoes" in refused.err
    done = await copied.run("new", "300", "reference", "contract", "drop_it", "--undoes", "V100010", "--json")
    assert done.exit_code == 0, done.err
    written = read_tree(copied.root).migrations[-1]
    assert str(written.path) == done.answer["files"][0]
    assert written.undoes == "100010"
    assert written.release == "0.2.0", "the first after the expand's"


async def test_a_contract_waits_for_a_release_after_its_expands(copied: HealzDb) -> None:
    manifest = copied.root / "migration-manifest.yaml"
    manifest.write_text(manifest.read_text().replace('releases: ["0.1.0", "0.2.0"]', 'releases: ["0.1.0"]'))
    refused = await copied.run("new", "300", "reference", "contract", "drop_it", "--undoes", "V100010")
    assert refused.exit_code == 1
    assert "no later release" in refused.err


async def test_an_expand_comes_with_the_next_release(copied: HealzDb) -> None:
    manifest = copied.root / "migration-manifest.yaml"
    manifest.write_text(manifest.read_text().replace('next_release: "0.1.0"', 'next_release: "0.2.0"'))
    assert (await copied.run("new", "300", "global", "expand", "more")).exit_code == 0
    assert read_tree(copied.root).migrations[-1].release == "0.2.0"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("100", "nowhere", "expand", "x"), "domain nowhere"),
        (("900", "patient", "expand", "x"), "phase 900"),
        (("100", "patient", "expand", "Not-A-Slug"), "no name"),
    ],
)
async def test_what_can_not_be_is_refused(copied: HealzDb, arguments: tuple[str, ...], told: str) -> None:
    before = (copied.root / "migration-manifest.yaml").read_text()
    done = await copied.run("new", *arguments)
    assert done.exit_code == 1
    assert told in done.err
    assert (copied.root / "migration-manifest.yaml").read_text() == before
