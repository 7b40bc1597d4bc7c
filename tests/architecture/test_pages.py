"""docs/*.md and the code say the same, and each event's whole story is there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture.source import ROOT, tracked_files
from healz.events import EVENTS, Event, Recorded, message
from healz.events.stages import INACTIVE_STAGES
from journey_examples import STAGES
from pages import catalogue
from pages.__main__ import DOCS, PAGES
from pages.blocks import filled
from pages.effects import TABLES, effects
from pages.meanings import meaning, meanings
from pages.played import asked_by, follows
from pages.schema import columns_of, comments_in_sql
from pages.stage_table import moves

every_event = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
PAGE = (DOCS / "events.md").read_text()
SPECS = [ast.parse(file.read_text()) for file in sorted((ROOT / "tests" / "specs").glob("test_*.py"))]
EXAMPLES = "\n".join((ROOT / "tests" / name).read_text() for name in ("examples.py", "journey_examples.py"))
NO_EFFECT: set[str] = set()
"""What only stands in the log and in the topic, where the history and data teams read it."""
CATALOGUE_MODELS = [*EVENTS, Recorded, *catalogue.OBJECTS]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_the_code_does(name: str) -> None:
    page = (DOCS / name).read_text()
    assert filled(page, PAGES[name]()) == page, f"docs/{name} and the code differ: run `make docs`"


# Each event's story


@every_event
def test_an_event_has_its_entry(event: type[Event]) -> None:
    assert f"### `{event.__name__}`\n" in PAGE
    assert f"(#{event.__name__.lower()})" in PAGE, "the index leads to it"


@every_event
def test_an_event_says_what_it_is_in_a_file_of_its_aggregate(event: type[Event]) -> None:
    assert event.__dict__.get("__doc__"), "write what the event says as its docstring"
    noun = event.aggregate_type.removeprefix("Patient").lower() or "patient"
    file = event.__module__.removesuffix("_correction").removesuffix("_change").removesuffix("_work")
    file = file.removesuffix("_merging")
    assert file == f"healz.events.{'message' if event in message.EVENTS else noun}"


@pytest.mark.parametrize("model", CATALOGUE_MODELS, ids=lambda model: model.__name__)
def test_a_field_says_what_it_means(model: type[Event]) -> None:
    missing = set(model.model_fields) - set(meanings(model))
    assert not missing, "write what each means as a docstring under it"
    assert meaning(model)


@every_event
def test_an_event_has_its_rule(event: type[Event]) -> None:
    """A command asks for it, or it follows from an event that a command asks for."""
    causes = {name for name in follows(event) if any(asked_by(cause) for cause in EVENTS if cause.__name__ == name)}
    assert asked_by(event) or causes, (
        "add an example that leads to it to tests/journey_examples.py or docs/pages/facts.py"
    )


@every_event
def test_an_event_has_an_effect_or_is_said_to_have_none(event: type[Event]) -> None:
    moved = [effect for effect in effects() if effect.event == event.__name__]
    assert bool(moved) != (event.__name__ in NO_EFFECT)
    entry = PAGE.split(f"### `{event.__name__}`\n")[1].split("\n### ")[0]
    assert (catalogue.NOTHING in entry) == (event.__name__ in NO_EFFECT)


@every_event
def test_an_event_has_its_spec(event: type[Event]) -> None:
    """A spec expects the event, or an example that is one."""
    names = {event.__name__, *re.findall(rf"^(\w+) = {event.__name__}\(", EXAMPLES, re.MULTILINE)}
    assert names & {name for spec in SPECS for name in _expected(spec)}


OUTCOMES = {"then", "then_in_order", "of", "only"}
BEFORE = {"given", "when"}
"""What a sentence begins with is not what it expects."""


def _expected(spec: ast.AST) -> Iterator[str]:
    """The names that its outcomes and its asserts speak of."""
    for node in ast.walk(spec):
        if isinstance(node, ast.Assert):
            yield from _spoken(node.test)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OUTCOMES:
            for said in node.args:
                yield from _spoken(said)
                if isinstance(said, ast.Constant) and isinstance(said.value, str):
                    yield said.value


def _spoken(part: ast.AST) -> Iterator[str]:
    match part:
        case ast.Call(func=ast.Attribute(attr=attr, value=story)) if attr in BEFORE:
            yield from _spoken(story)
        case ast.Name(id=name):
            yield name
        case ast.Attribute(attr=name, value=ast.Name(id="past" | "examples" | "events")):
            yield name
        case _:
            for inner in ast.iter_child_nodes(part):
                yield from _spoken(inner)


# What the pages are made of


def test_every_table_and_column_of_a_read_model_says_what_it_means() -> None:
    for table in (table.name for table in TABLES):
        said = {name for name in comments_in_sql() if name == table or name.startswith(f"{table}.")}
        assert said == {table, *(f"{table}.{column}" for column in columns_of(table))}


def test_the_diagram_draws_moves_that_the_rules_make() -> None:
    (diagram,) = re.findall(r"```mermaid\n(.*?)```", (DOCS / "journey.md").read_text(), re.DOTALL)
    head, direction, *lines = (line.strip() for line in diagram.splitlines())
    assert (head, direction) == ("stateDiagram-v2", "direction LR")
    drawn = [re.fullmatch(r"(\w+|\[\*\]) --> (\w+|\[\*\])(?:: (\w+))?", line) for line in lines]
    assert all(drawn), "one move a line"
    ends = "[*]"
    pairs = [(line[1], line[2], line[3]) for line in drawn if line]
    assert {pair for pair in pairs if ends not in pair} <= moves()
    assert {pair[:2] for pair in pairs if ends in pair} == {
        (ends, "initiated"),
        *((stage, ends) for stage in INACTIVE_STAGES),
    }
    assert {stage for pair in pairs for stage in pair[:2]} == {*STAGES, ends}


def test_the_glossary_speaks_of_what_there_is() -> None:
    known = {name for file in tracked_files() if _is_source(file) for name in _names(file)}
    words = re.findall(r"`([^`]+)`", (DOCS / "glossary.md").read_text().partition("## The business")[2])
    assert [word for word in words if word.split("(")[0] not in known] == []


def _is_source(file: Path) -> bool:
    return file.suffix in {".py", ".sql", ".toml"} and not {"tests", "docs"} & {*file.relative_to(ROOT).parts}


def _names(file: Path) -> set[str]:
    """What it gives a name to or calls by one, and its short texts: of Python no comment and no docstring."""
    text = file.read_text()
    if file.suffix == ".sql":
        code = re.sub(r"--.*|COMMENT ON [^;]*;", "", text)
        return {*re.findall(r"\w+", code), *re.findall(r"\w+\.\w+", code)}
    if file.suffix == ".toml":
        return set(re.findall(r"^([\w-]+) = ", text, re.M))
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.Constant(value=str(name)):
                found.add(name)
    return found


@pytest.mark.parametrize("name", [*PAGES, "data-teams.md", "glossary.md", "promises.md", "adr/README.md"])
def test_a_page_leads_to_pages_that_are_there(name: str) -> None:
    page = DOCS / name
    text = page.read_text()
    for link in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if anchor:
            heads = {
                re.sub(r"[^\w -]", "", head).lower().replace(" ", "-")
                for head in re.findall(r"^#+ (.*)$", target.read_text(), re.M)
            }
            assert anchor in heads, link


def test_what_capacity_says_was_measured_stands_where_figures_are_kept() -> None:
    kept = (ROOT / "docs" / "benchmarks.md").read_text() + (ROOT / "tests" / "benchmarks" / "tried.md").read_text()
    said = re.findall(
        r"([\d,]*\d)(?: commits| events)?(?: a second|, both)", (ROOT / "docs" / "capacity.md").read_text()
    )
    assert len(said) > 8
    assert {figure for figure in said if figure not in kept} == set()
