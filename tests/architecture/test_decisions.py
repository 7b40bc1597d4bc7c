"""docs/adr: each decision is in the index, says when it was made, and names tests that are there."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from architecture.source import ROOT

ADR = ROOT / "docs" / "adr"
DECISIONS = sorted(ADR.glob("[0-9]*.md"))
INDEX = (ADR / "README.md").read_text()
PARTS = ("Context.", "Decision.", "Consequences.", "Alternatives.", "Enforced by")
SOURCES = [ROOT / "services", ROOT / "shared" / "src", ROOT / "deploy" / "db"]
LISTENS = re.compile(r"^(?!.*REVOKE|\s*--).*(pg_notify\(|add_listener|\b(LISTEN|NOTIFY)\s+\w)", re.MULTILINE)
MAPPERS = {"django", "mongoengine", "peewee", "piccolo", "pony", "sqlalchemy", "sqlmodel", "tortoise-orm"}

every_decision = pytest.mark.parametrize("file", DECISIONS, ids=lambda file: file.stem)


@every_decision
def test_a_decision_is_in_the_index_with_its_title_and_its_day(file: Path) -> None:
    text = file.read_text()
    number, title = re.findall(r"^# (\d+)\. (.+)$", text, re.MULTILINE)[0]
    (day,) = re.findall(r"^\*(\d{4}-\d\d-\d\d)", text, re.MULTILINE)
    assert f"| {number} | [{title}]({file.name}) | {day} |" in INDEX
    assert int(file.name[:4]) == int(number)


def test_the_index_names_nothing_else() -> None:
    assert re.findall(r"\]\((.+?)\)", INDEX) == [file.name for file in DECISIONS]


@every_decision
def test_a_decision_has_all_its_parts(file: Path) -> None:
    assert tuple(re.findall(r"^\*\*([A-Z].*?)\*\*", file.read_text(), re.MULTILINE)) == PARTS


@every_decision
def test_the_tests_that_a_decision_names_are_there(file: Path) -> None:
    enforced = file.read_text().partition("**Enforced by**")[2]
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", enforced)
    assert named, "name the test that fails when this is no longer so"
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text())
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}, (
            path
        )


def test_nobody_listens_and_nobody_notifies() -> None:
    files = [file for source in SOURCES for suffix in ("py", "sql") for file in source.rglob(f"*.{suffix}")]
    assert len(files) > 100
    assert [str(file) for file in files if LISTENS.search(file.read_text())] == []


@pytest.mark.parametrize(
    "text", ["SELECT pg_notify('x', '')", "NOTIFY outbox", "    LISTEN outbox;", "c.add_listener(x)"]
)
def test_who_listens_or_notifies_is_seen(text: str) -> None:
    assert LISTENS.search(text)


def test_no_mapper_stands_between_the_sql_and_us() -> None:
    """One may come with what tests and examples need; nothing of ours has one, or imports it."""
    ours = [folder.parent for folder in ROOT.glob("*/pyproject.toml")] + [
        folder.parent for folder in ROOT.glob("*/*/pyproject.toml")
    ]
    assert len(ours) > 5
    for folder in ours:
        needed = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["dependencies"]
        assert not {re.split(r"[=\[<> ]", name)[0] for name in needed} & MAPPERS, folder
        for file in (folder / "src").rglob("*.py"):
            assert not re.search(rf"^\s*(?:import|from) (?:{'|'.join(MAPPERS)})\b", file.read_text(), re.MULTILINE), (
                file
            )
