"""CONTRIBUTING names files, folders and commands that are there."""

import re
from pathlib import PurePosixPath

import pytest

from architecture.source import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
FILES = [
    path.relative_to(ROOT).as_posix()
    for top in ("shared", "services", "deploy", "docs", "examples", "tests", ".ci")
    for path in (ROOT / top).rglob("*")
    if ".venv" not in path.parts and "__pycache__" not in path.parts
]
NAMED = sorted(
    {path for path in re.findall(r"`([\w./*<>-]+)`", TEXT) if "/" in path.strip("/") or path.endswith((".py", "/"))}
)
COMMANDS = sorted(set(re.findall(r"make ([a-z][a-z-]+)", TEXT)))


@pytest.mark.parametrize("name", NAMED)
def test_what_it_names_is_there(name: str) -> None:
    pattern = re.sub(r"<\w+>", "*", name.rstrip("/"))
    assert any(PurePosixPath(file).match(pattern) for file in FILES), name


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_one(command: str) -> None:
    assert re.search(rf"^{command}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
