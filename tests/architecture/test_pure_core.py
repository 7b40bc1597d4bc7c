"""The pure core decides and folds: it has no clock, makes no ids, and reaches nothing outside itself."""

import ast
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from architecture.source import COMMAND_API, PURE, ROOT, name_of, pure_files

LINES_MAX = 120

# An allow-list: whoever needs another module says so here, and why it is pure.
MODULES = {
    "collections",
    "collections.abc",
    "bisect",  # a search
    "csv",  # texts in, values out
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "immutables",  # maps that share their nodes
    "itertools",
    "json",  # texts in, values out
    "msgspec",  # records that are never changed, copied by C
    "msgspec.structs",
    "math",
    "operator",
    "phonenumbers",  # its tables come with it
    "pydantic",
    "pydantic.alias_generators",  # texts in, texts out
    "re",
    "types",
    "typing",
    "unicodedata",
    "uuid",
    "validate_docbr",
    "zoneinfo",  # reads the zone data that Python came with, which is the same for all
}
FROM_UUID = {"UUID", "uuid5"}  # a name-based id is no random one
CLOCKS_AND_IDS = {"now", "utcnow", "today", "time", "monotonic", "uuid1", "uuid4", "uuid6", "uuid7"}
IO = {"open", "print", "input", "exec", "eval", "compile", "__import__", "breakpoint"}


def pure_module(name: str) -> bool:
    return name in MODULES or any(name == own or name.startswith(f"{own}.") for own in PURE)


def impurities(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    # ``import uuid`` would hand out uuid4 under any name.
                    if alias.name == "uuid" or not pure_module(alias.name):
                        yield f"{node.lineno}: imports {alias.name}"
            case ast.ImportFrom(module=module, names=names, level=level):
                if level or module is None:
                    yield f"{node.lineno}: a relative import"
                elif module == "uuid" and not {alias.name for alias in names} <= FROM_UUID:
                    yield f"{node.lineno}: imports more than {sorted(FROM_UUID)} from uuid"
                elif not pure_module(module):
                    yield f"{node.lineno}: imports {module}"
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCKS_AND_IDS:
                yield f"{node.lineno}: calls {name}()"
            case ast.Call(func=ast.Name(id=name)) if name in IO | CLOCKS_AND_IDS:
                yield f"{node.lineno}: calls {name}()"
            case ast.Await() | ast.AsyncFunctionDef() | ast.AsyncFor() | ast.AsyncWith():
                yield f"{node.lineno}: waits for something"
            case ast.Global():
                yield f"{node.lineno}: keeps something between calls"
            case _:
                pass


@pytest.mark.parametrize("file", pure_files(), ids=name_of)
def test_the_pure_core_is_pure(file: Path) -> None:
    assert list(impurities(file.read_text())) == []


@pytest.mark.parametrize("file", pure_files(), ids=name_of)
def test_a_file_of_the_pure_core_is_read_in_one_go(file: Path) -> None:
    source = file.read_text()
    assert len(source.splitlines()) - lines_of_meanings(source) <= LINES_MAX, "split it by thought, not by line count"


def lines_of_meanings(source: str) -> int:
    """Lines of the docstrings under the fields of classes: what a field means, which docs/events.md is made from."""
    bodies = [node.body for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    pairs = (pair for body in bodies for pair in pairwise(body))
    return sum(
        (under.end_lineno or under.lineno) - under.lineno + 1
        for field, under in pairs
        if isinstance(field, ast.AnnAssign) and isinstance(under, ast.Expr) and isinstance(under.value, ast.Constant)
    )


def test_what_a_field_means_is_no_code() -> None:
    assert (
        lines_of_meanings(
            'class A:\n    """Not this."""\n    b: int\n    """This,\n    too."""\n    c = 1\n    """Not this."""\n'
        )
        == 2
    )


@pytest.mark.parametrize("package", PURE)
def test_the_pure_core_is_all_there(package: str) -> None:
    assert set(PURE[package].rglob("*.py")) < set(pure_files())


def contract(name: str) -> dict[str, Any]:
    """What import-linter holds us to."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (found,) = (contract for contract in contracts if contract["name"] == name)
    return dict(found)


def test_import_linter_guards_the_same_packages() -> None:
    assert set(contract("the pure core does no I/O")["source_modules"]) == set(PURE)


def test_all_rooms_but_the_web_servers_are_kept_from_the_framework() -> None:
    rooms = {
        f"command_api.{path.stem}"
        for path in COMMAND_API.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    kept = set(contract("only http/ knows the web framework")["source_modules"])
    assert kept == rooms - {"command_api.http", "command_api.__init__"}


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "import time",
        "import os",
        "import uuid",
        "import asyncpg",
        "import pathlib",
        "from uuid import uuid4",
        "from uuid import UUID, uuid1",
        "from uuid_utils.compat import uuid7",
        "from secrets import token_hex",
        "from healz.kafka import ensure_topic",
        "from healz.projection import Table",
        "from command_api.event_store import payload",
        "from command_api.http.routes.patient import handlers",
        "from . import state",
        "from datetime import datetime\ndatetime.now()",
        "from datetime import date\ndate.today()",
        "import datetime as d\nd.datetime.utcnow()",
        "open('x')",
        "print('x')",
        "async def f(): ...",
    ],
)
def test_what_is_not_pure_is_seen(source: str) -> None:
    assert list(impurities(source))


def test_what_is_pure_is_not_complained_of() -> None:
    source = "from datetime import datetime\nfrom uuid import UUID, uuid5\ndef f(given): return given.now, given.at(1)"
    assert list(impurities(source)) == []
