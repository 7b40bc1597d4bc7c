"""What stands in one place: the list of the read models, the default time zone, the name of a class."""

import ast

from architecture.source import COMMAND_API, ROOT, name_of
from command_api.decide.times import DEFAULT_TIME_ZONE
from healz.read_models import READ_MODELS

SOURCES = [file for folder in ("shared", "services", "deploy") for file in (ROOT / folder).rglob("src/**/*.py")]


def test_each_read_model_has_a_service_of_its_own() -> None:
    services = {folder.name for folder in (ROOT / "services").glob("projector-*")}
    assert services == {f"projector-{name}" for name in READ_MODELS}


def test_the_default_time_zone_is_named_once() -> None:
    naming = [file for file in SOURCES if DEFAULT_TIME_ZONE in file.read_text()]
    assert naming == [COMMAND_API / "decide" / "times.py"]


def test_no_two_classes_have_one_name() -> None:
    """So a name says which class is meant, wherever it stands."""
    where: dict[str, list[str]] = {}
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef):
                where.setdefault(node.name, []).append(name_of(file))
    assert len(where) > 100
    assert {name: files for name, files in where.items() if len(files) > 1} == {}
