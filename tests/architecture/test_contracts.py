"""The contracts of the topic: made of the code, valid by public tools, and never another than what was published."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from architecture.breaking_changes import BREAKING
from architecture.compatible_changes import COMPATIBLE
from architecture.schema_changes import changed, each_keyword, fields
from architecture.schema_pairs import BREAKING_PAIRS, COMPATIBLE_PAIRS
from architecture.test_events import EXAMPLES, envelope
from healz import contracts
from healz.contracts import DIALECT, file_name, registry, urn
from healz.events import EVENTS, Event
from healz.events.personal import personal_fields
from pages.compatible import breaks
from pages.contracts import FOLDER, files
from pages.schema_parts import PERSONAL

VERSIONS = [(event.__name__, version) for event in EVENTS for version in range(1, event.schema_version + 1)]


def schema(name: str) -> dict[str, Any]:
    """As it is committed."""
    read: dict[str, Any] = json.loads((FOLDER / "events" / f"{name}.json").read_text())
    return read


def validator(event_type: str, version: int) -> Draft202012Validator:
    return Draft202012Validator(schema(f"{event_type}.{version}"), format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("name", files())
def test_a_contract_says_what_the_code_does(name: str) -> None:
    assert (FOLDER / name).read_text() == files()[name], "run `make docs`"


def test_each_version_of_each_event_has_its_schema() -> None:
    there = {f"events/{file.name}" for file in (FOLDER / "events").iterdir()}
    assert there == {file_name(*version) for version in VERSIONS}


@pytest.mark.parametrize(("event_type", "version"), VERSIONS)
def test_a_schema_is_json_schema_and_has_the_name_that_records_give_it(event_type: str, version: int) -> None:
    written = schema(f"{event_type}.{version}")
    assert written["$schema"] == DIALECT
    assert written["$id"] == urn(event_type, version)
    Draft202012Validator.check_schema(written)


@pytest.mark.parametrize(("event_type", "version", "example"), EXAMPLES)
def test_what_was_stored_validates_against_the_schema_of_its_version(
    event_type: str, version: int, example: dict[str, Any]
) -> None:
    validator(event_type, version).validate(json.loads(envelope(event_type, version, example)))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_a_schema_marks_what_is_personal(event: type[Event]) -> None:
    written = fields(schema(f"{event.__name__}.{event.schema_version}"))
    marked = {name: field[PERSONAL] for name, field in written.items() if PERSONAL in field}
    assert marked == personal_fields(event)


def test_a_field_without_its_value_is_refused() -> None:
    """That the schemas refuse anything at all."""
    (example, *_) = (parameter.values[2] for parameter in EXAMPLES if parameter.values[:2] == ("PatientAnonymized", 2))
    assert isinstance(example, dict)
    stored = json.loads(envelope("PatientAnonymized", 2, example | {"reason": "LGPD"}))
    assert [error.json_path for error in validator("PatientAnonymized", 2).iter_errors(stored)] == [
        "$.event_data.reason"
    ]


ASYNCAPI = Path(__file__).with_name("asyncapi-3.1.0.json.gz")
"""The standard's own schema, as its npm package @asyncapi/specs 6.11.1 has it (Apache-2.0)."""


def asyncapi_faults(document: dict[str, Any]) -> list[str]:
    standard = json.loads(gzip.decompress(ASYNCAPI.read_bytes()))
    return [f"{error.json_path}: {error.message}" for error in Draft7Validator(standard).iter_errors(document)]


def test_the_asyncapi_document_is_valid_and_leads_to_every_schema() -> None:
    document = json.loads(contracts.read("asyncapi.json"))
    assert asyncapi_faults(document) == []
    assert asyncapi_faults(document | {"channels": {"events": {"topic": "healz.events"}}})
    said = [message["payload"]["allOf"][1]["properties"] for message in document["components"]["messages"].values()]
    led_to = {part["dataschema"]["const"]: part["data"]["$ref"].removeprefix("./") for part in said}
    assert led_to == contracts.schema_files()


def test_the_data_contract_is_valid() -> None:
    lint = [str(Path(sys.executable).with_name("datacontract")), "lint", str(FOLDER / "topic.odcs.yaml")]
    said = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout
    assert "valid against ODCS v3.1.0" in said.stdout


# What a published schema may become


@pytest.mark.parametrize("what", BREAKING)
def test_a_breaking_change_is_refused_with_its_reason(what: str) -> None:
    name, change, reason = BREAKING[what]
    found = breaks(schema(name), changed(schema(name), change))
    assert [said for said in found if reason in said], found


@pytest.mark.parametrize("what", COMPATIBLE)
def test_a_compatible_change_passes(what: str) -> None:
    name, change = COMPATIBLE[what]
    proposed = changed(schema(name), change)
    assert json.dumps(proposed) != json.dumps(schema(name))
    assert breaks(schema(name), proposed) == []


@pytest.mark.parametrize("what", BREAKING_PAIRS)
def test_what_no_schema_has_yet_is_refused_all_the_same(what: str) -> None:
    before, after, reason = BREAKING_PAIRS[what]
    found = breaks(before, after)
    assert [said for said in found if reason in said], found


@pytest.mark.parametrize("what", COMPATIBLE_PAIRS)
def test_what_no_schema_has_yet_passes(what: str) -> None:
    before, after = COMPATIBLE_PAIRS[what]
    assert before != after
    assert breaks(before, after) == []


@pytest.mark.parametrize(("event_type", "version"), VERSIONS)
def test_of_each_schema_every_keyword_is_looked_at(event_type: str, version: int) -> None:
    """Whichever gets another value is refused, but for words."""
    name = f"{event_type}.{version}"
    for path, change in each_keyword(schema(name)):
        assert breaks(schema(name), changed(schema(name), change)), path


def test_ids_of_schemas_are_for_ever() -> None:
    """Clients keep what an id stands for; each installation and release gives the same ones."""
    answers = registry.answers()
    ids = {path for path in answers if path.startswith("schemas/ids/") and path.count("/") == 2}
    assert len(ids) == len(VERSIONS)
    kept = {"healz.PatientRegistered/versions/1": 1688974174, "healz.MessageSent/versions/2": 62685894}
    for version, number in kept.items():
        answer: Any = answers[f"subjects/{version}"]
        assert answer["id"] == number
