"""``make contracts`` asks the whole history what was published, and is not content with a part of it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from architecture.breaking_changes import BREAKING
from architecture.schema_changes import changed
from pages import published

NAME = "AppointmentScheduled.1.json"
GONE = ["AppointmentScheduled, version 1: the schema is gone, and records name it"]
RENAMED = ["AppointmentScheduled, version 1: data.event_data.notes is removed or renamed"]
ONE: dict[str, Any] = json.loads((published.ROOT / published.EVENTS / NAME).read_text())
OTHER = changed(ONE, BREAKING["renamed, optional"][1])


def git(folder: Path, *arguments: str | Path) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", folder, *identity, "-c", "init.defaultBranch=main", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def write(root: Path, schema: dict[str, Any]) -> Path:
    file = root / published.EVENTS / NAME
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(schema))
    git(root, "add", ".")
    return file


def commit(root: Path, schema: dict[str, Any]) -> Path:
    file = write(root, schema)
    git(root, "commit", "-qm", "a schema")
    return file


def checked(root: Path, **environment: str) -> tuple[int, str]:
    """By ``make contracts``: its exit code and what it said."""
    script = "import sys; from pathlib import Path; from pages import published; root = Path(sys.argv[1]); " + (
        "whole = published.refusals; published.refusals = lambda: whole(root); published.main()"
    )
    paths = {"PATH": os.environ["PATH"], "PYTHONPATH": str(published.ROOT / "docs")}
    command = [sys.executable, "-c", script, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=paths | environment)
    return done.returncode, done.stdout + done.stderr


def test_no_schema_breaks_what_was_published() -> None:
    if not (published.ROOT / ".git").exists() or os.environ.get(published.UNCHECKED):
        pytest.skip("here is no repository: what was published is in its history")
    assert published.refusals() == []


def test_what_was_committed_is_published(tmp_path: Path) -> None:
    """Whoever takes the change back or hides it in a later commit is refused all the same."""
    git(tmp_path, "init", "-q")
    commit(tmp_path, ONE)
    file = commit(tmp_path, OTHER)
    assert published.refusals(tmp_path) == RENAMED
    file.unlink()
    assert published.refusals(tmp_path) == GONE
    with pytest.raises(published.NoHistory):
        published.refusals(tmp_path / "elsewhere")


def test_what_a_merge_alone_has_changed_is_published(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    commit(tmp_path, OTHER)
    git(tmp_path, "checkout", "-qb", "beside")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "beside")
    git(tmp_path, "checkout", "-q", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "on")
    git(tmp_path, "merge", "-q", "--no-commit", "--no-ff", "beside")
    commit(tmp_path, ONE)
    write(tmp_path, OTHER)
    assert published.refusals(tmp_path) == RENAMED


def test_what_did_not_survive_its_merge_was_published(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    git(tmp_path, "checkout", "-qb", "beside")
    commit(tmp_path, ONE)
    git(tmp_path, "checkout", "-q", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "on")
    git(tmp_path, "merge", "-q", "--strategy=ours", "--no-edit", "beside")
    assert published.refusals(tmp_path) == GONE


def test_a_part_of_the_history_is_refused(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    whole.mkdir()
    git(whole, "init", "-q")
    commit(whole, ONE)
    commit(whole, OTHER)
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{whole}", part)
    code, said = checked(part)
    assert code == 1
    assert "git fetch --unshallow" in said
    git(part, "fetch", "-q", "--unshallow")
    code, said = checked(part)
    assert (code, RENAMED[0] in said) == (1, True)


def test_without_a_repository_it_is_not_checked_and_in_ci_it_is_refused(tmp_path: Path) -> None:
    assert checked(tmp_path) == (
        0,
        "contracts: here is no repository, so nobody can say what was published: not checked\n",
    )
    code, said = checked(tmp_path, CI="true")
    assert code == 1
    assert "clone it" in said


def test_where_the_history_cannot_be_had_somebody_has_to_say_so(tmp_path: Path) -> None:
    code, said = checked(tmp_path, CI="true", HEALZ_CONTRACTS_UNCHECKED="1")
    assert (code, "NOT held" in said) == (0, True)
