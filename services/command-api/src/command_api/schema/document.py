"""Completes the document that Litestar makes from the routes: examples, errors, headers, corrections."""

from datetime import datetime
from decimal import Decimal
from typing import cast

from litestar.openapi.spec import (
    OpenAPI,
    OpenAPIHeader,
    OpenAPIResponse,
    Operation,
    Parameter,
    PathItem,
    Reference,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIType

from command_api.commands import IDEMPOTENCY_KEY_LENGTH_MAX, Answer
from command_api.schema.answers import ANSWERS
from command_api.schema.bodies import BODIES
from command_api.schema.cast import IDS
from command_api.schema.problems import SCHEMA, TEXT, problem_responses, problems_of
from command_api.schema.recorded import answer_of

METHODS = ("get", "put", "post")
NUMBER = Schema(type=OpenAPIType.INTEGER)
IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    param_in="header",
    schema=Schema(type=OpenAPIType.STRING, min_length=1, max_length=IDEMPOTENCY_KEY_LENGTH_MAX),
    description="the same key and body gives the same answer again, for 24 hours by default; with another body: 422",
)
IF_MATCH = Parameter(
    name="If-Match",
    param_in="header",
    schema=TEXT,
    description='act only on this version of the aggregate, as an ETag gave it, like "3"; else 412',
)
MIN_POSITION = Parameter(
    name="Healz-Min-Position",
    param_in="header",
    schema=NUMBER,
    description="wait until the answer takes this position in: the Healz-Position of a command",
)
OF_A_COMMAND: dict[str, OpenAPIHeader | Reference] = {
    "ETag": OpenAPIHeader(schema=TEXT, description="the aggregate's version, for If-Match"),
    "Healz-Position": OpenAPIHeader(schema=NUMBER, description="the tenant's last, for Healz-Min-Position"),
}


def complete(document: OpenAPI) -> None:
    """Changes ``document``. Raises KeyError for an example that no operation needs."""
    schemas, paths = document.components.schemas, document.paths or {}
    for schema in schemas.values():
        _to_json(schema)
    for body, example in BODIES.items():
        schemas[body.__name__].examples = [example]
    for answer in ANSWERS:
        schemas[type(answer).__name__].examples = [answer]
    schemas["Problem"] = SCHEMA
    document.components.responses = problem_responses()
    for path, item in paths.items():
        for operation in _operations(item):
            _complete(path, operation, schemas)


def _operations(item: PathItem) -> list[Operation]:
    return [one for method in METHODS if (one := getattr(item, method)) is not None]


def _complete(path: str, operation: Operation, schemas: dict[str, Schema]) -> None:
    responses = cast("dict[str, OpenAPIResponse | Reference]", operation.responses)
    responses.pop("400", None)  # Litestar's own form, which is answered nowhere
    (status, success), *others = responses.items()
    assert isinstance(success, OpenAPIResponse)
    command = _answered(success) == f"#/components/schemas/{Answer.__name__}"
    parameters = [one for one in operation.parameters or () if isinstance(one, Parameter)]
    for parameter in parameters:
        if (known := IDS.get(parameter.name)) and (parameter.required or parameter.name == "clinic_id"):
            parameter.example = known
    if command:
        status = _complete_command(path, operation, success)
        parameters += [IDEMPOTENCY_KEY, IF_MATCH] if "{" in path else [IDEMPOTENCY_KEY]
    elif path.startswith("/v1/") and operation.request_body is None:
        parameters.append(MIN_POSITION)
    operation.parameters = [*parameters] or None
    if not path.startswith("/v1/"):
        operation.security = []
    problems = problems_of(path, operation, _body(operation, schemas), command)
    operation.responses = {status: success, **dict(others), **problems}


def _complete_command(path: str, operation: Operation, success: OpenAPIResponse) -> str:
    """The status: what is there already is changed, not made, but Litestar takes every POST for a 201."""
    success.description = "What it led to" + ("; no events where it was so already" if "{" in path else "")
    success.headers = OF_A_COMMAND
    for media in (success.content or {}).values():
        media.example = answer_of(operation.operation_id or "", path)
    return "200" if "{" in path else "201"


def _answered(response: OpenAPIResponse) -> str | None:
    schema = next((media.schema for media in (response.content or {}).values()), None)
    return schema.ref if isinstance(schema, Reference) else None


def _body(operation: Operation, schemas: dict[str, Schema]) -> dict[str, Schema | Reference]:
    """The fields of a JSON body."""
    if operation.request_body is None or isinstance(operation.request_body, Reference):
        return {}
    schema = next(media.schema for media in operation.request_body.content.values())
    return schemas[schema.ref.rpartition("/")[2]].properties or {} if isinstance(schema, Reference) else {}


def _to_json(schema: Schema | Reference | bool | None) -> None:
    """What JSON Schema has no word for: a time as a bound, a Decimal, the dots of a tuple of any length."""
    if not isinstance(schema, Schema):
        return
    if isinstance(schema.minimum, datetime):
        schema.minimum = schema.maximum = None
    if isinstance(schema.default, Decimal):
        schema.default = float(schema.default)
    if isinstance(schema.items, Schema) and schema.items.one_of and schema.items.one_of[-1] == Schema():
        schema.items = schema.items.one_of[0]
    for part in (*(schema.properties or {}).values(), *(schema.one_of or ()), schema.items):
        _to_json(part)
