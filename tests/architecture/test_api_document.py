"""The document at /schema is what frontends are written by: complete, valid, and with examples that are true."""

import json
import re
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.exceptions import LitestarDeprecationWarning
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from command_api.decide.commands import COMMANDS
from command_api.http.app import create_app
from command_api.http.document.answers import ENVELOPE
from command_api.http.document.bodies import BODIES
from command_api.settings import ApiSettings
from healz.events import EVENTS, read_envelope

SETTINGS = ApiSettings(
    database_url="postgresql://nowhere/healz",
    reader_database_url="postgresql://nowhere/healz",
    kafka_bootstrap_servers="nowhere:9092",
    healz_identity_key="x" * 16,
    healz_jwt_development_secret="x" * 32,
)
PROBLEM = "application/problem+json"
METHODS_WITH_A_BODY = ("put", "patch", "post")


def as_served(app: Litestar) -> dict[str, Any]:
    """What isn't JSON fails, but for answers, which know how they are written."""
    text = json.dumps(app.openapi_schema.to_schema(), default=lambda answer: answer.model_dump(mode="json"))
    found: dict[str, Any] = json.loads(text)
    return found


with warnings.catch_warnings():
    # Litestar 3 will want each parameter to say where it comes from; until then the framework goes by their names.
    warnings.simplefilter("ignore", LitestarDeprecationWarning)
    DOCUMENT = as_served(create_app(SETTINGS))
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
MODELS = {model.__name__: model for model in BODIES}
every_operation = pytest.mark.parametrize("name", sorted(OPERATIONS))


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """``part``, or what it refers to."""
    while "$ref" in part:
        target: Any = DOCUMENT
        for key in part["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        part = target
    return part


def examples_of(holder: dict[str, Any]) -> list[Any]:
    """Of a parameter, a body or an answer: its own, else those of its schema."""
    own = (
        [holder["example"]]
        if "example" in holder
        else [example["value"] for example in holder.get("examples", {}).values()]
    )
    return own or resolved(holder["schema"]).get("examples", [])


def faults(schema: dict[str, Any], example: Any) -> list[str]:
    here = schema | {"components": DOCUMENT["components"]}
    return [f"{error.json_path}: {error.message}" for error in OAS31Validator(here).iter_errors(example)]


def holders(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All that may hold examples."""
    yield from operation.get("parameters", [])
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for response in operation["responses"].values():
        yield from resolved(response).get("content", {}).values()


def test_it_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert [f"{list(error.path)}: {error.message}" for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_names_of_operations_are_unique_and_readable() -> None:
    assert len(OPERATIONS) == sum(len(item) for item in DOCUMENT["paths"].values())
    assert [name for name in OPERATIONS if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []


@every_operation
def test_it_has_a_summary(name: str) -> None:
    assert OPERATIONS[name][2]["summary"]


@every_operation
def test_its_body_has_an_example_that_the_command_takes(name: str) -> None:
    method, path, operation = OPERATIONS[name]
    if method not in METHODS_WITH_A_BODY:
        assert "requestBody" not in operation
        return
    ((media_type, body),) = operation["requestBody"]["content"].items()
    assert examples_of(body), f"put one into http/document/bodies.py for {method} {path}"
    if media_type == "application/json":
        model = MODELS[body["schema"]["$ref"].rpartition("/")[2]]
        for example in examples_of(body):
            model.model_validate_json(json.dumps(example), strict=False)


@every_operation
def test_what_it_needs_to_know_has_an_example(name: str) -> None:
    needed = [parameter for parameter in OPERATIONS[name][2].get("parameters", []) if parameter["required"]]
    assert [parameter["name"] for parameter in needed if not examples_of(parameter)] == []


@every_operation
def test_its_answer_has_an_example(name: str) -> None:
    answers = OPERATIONS[name][2]["responses"]
    told = [
        media for status in answers if status.startswith("2") for media in answers[status].get("content", {}).values()
    ]
    assert [media for media in told if not examples_of(media) and resolved(media["schema"])["type"] != "string"] == []


@every_operation
def test_its_examples_are_what_the_document_promises(name: str) -> None:
    wrong = [
        fault
        for holder in holders(OPERATIONS[name][2])
        for example in examples_of(holder)
        for fault in faults(holder["schema"], example)
    ]
    assert wrong == []


@every_operation
def test_its_errors_are_problem_documents(name: str) -> None:
    _, path, operation = OPERATIONS[name]
    errors = {
        status: resolved(response) for status, response in operation["responses"].items() if not status.startswith("2")
    }
    if name == "ready":
        errors.pop("503")  # its own form: what is down
    assert "default" in errors
    if path.startswith("/v1/"):
        assert errors.keys() >= {"401", "422", "429", "503"}
    for status, error in errors.items():
        media = error["content"][PROBLEM]
        assert media["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert [example["status"] for example in examples_of(media)] == [500 if status == "default" else int(status)]


def test_what_changes_something_is_answered_200_and_what_makes_something_201() -> None:
    commands = {
        name: (path, answer)
        for name, (_, path, operation) in OPERATIONS.items()
        for answer in operation["responses"]
        if answer in ("200", "201") and operation["responses"][answer].get("headers", {}).get("Healz-Position")
    }
    assert len(commands) == sum(command.example is not None for command in COMMANDS)
    assert {answer for path, answer in commands.values() if "{" in path} == {"200"}
    assert {answer for path, answer in commands.values() if "{" not in path} == {"201"}


def test_the_events_in_the_examples_are_events() -> None:
    assert {event for command in COMMANDS for event in command.leads_to} <= set(EVENTS)
    assert read_envelope(json.dumps(ENVELOPE)).event_type == "AppointmentConfirmed"


def test_only_the_versioned_paths_need_a_token() -> None:
    assert DOCUMENT["security"] == [{"bearer": []}]
    open_to_all = {path for _, path, operation in OPERATIONS.values() if operation.get("security") == []}
    assert open_to_all == {"/", "/health/live", "/health/ready"}


def test_a_body_takes_its_fields_and_no_others() -> None:
    shapes = {name: DOCUMENT["components"]["schemas"][name] for name in (*MODELS, "Address", "JourneyRules")}
    assert [name for name, shape in shapes.items() if shape.get("additionalProperties") is not False] == []


def unbounded(schema: dict[str, Any]) -> bool:
    """Whether the document lets a number be any, or a text."""
    if any(unbounded(resolved(alternative)) for alternative in schema.get("anyOf", ())):
        return True
    match schema.get("type"):
        case "integer" | "number":
            return "minimum" not in schema
        case "string":
            return schema.keys().isdisjoint({"enum", "const", "pattern", "format", "maxLength"})
        case "array":
            return unbounded(resolved(schema["items"]))
        case _:
            return False


def test_all_that_is_sent_has_a_bound() -> None:
    anything = {"X-Correlation-Id", "traceparent"}
    sent = {
        f"{name}: {parameter['name']}": resolved(parameter["schema"])
        for name, (_, _, operation) in OPERATIONS.items()
        for parameter in operation.get("parameters", [])
        if parameter["name"] not in anything
    } | {
        f"{name}: {field}": resolved(schema)
        for name in MODELS
        for field, schema in DOCUMENT["components"]["schemas"][name]["properties"].items()
    }
    assert [name for name, schema in sent.items() if unbounded(schema)] == []


def test_null_is_no_value_of_a_query() -> None:
    asked = [parameter for _, _, operation in OPERATIONS.values() for parameter in operation.get("parameters", [])]
    assert [
        parameter["name"]
        for parameter in asked
        if parameter["in"] == "query" and "null" in json.dumps(parameter["schema"])
    ] == []
