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

from command_api.decide.cast import CORRELATION, IDS
from command_api.http.command_request import IDEMPOTENCY_KEY_LENGTH_MAX, IDEMPOTENCY_KEY_PATTERN, Answer
from command_api.http.document.answers import ANSWERS
from command_api.http.document.bodies import BODIES
from command_api.http.document.problems import SCHEMA, TEXT, problem_responses, problems_of
from command_api.http.document.recorded import answer_of
from command_api.http.document.requests import IF_MATCH_PATTERN, bodies, correct_query

METHODS = ("get", "put", "patch", "post")
POSITION_MAX = 10**18 - 1
"""What a position's 18 digits can say."""
EXAMPLES = {body.__name__: example for body, example in BODIES.items()}
NUMBER = Schema(type=OpenAPIType.INTEGER)
IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    param_in="header",
    schema=Schema(
        type=OpenAPIType.STRING, min_length=1, max_length=IDEMPOTENCY_KEY_LENGTH_MAX, pattern=IDEMPOTENCY_KEY_PATTERN
    ),
    description="the same key and body gives the same answer again, for 24 hours by default; with another body: 422",
)
IF_MATCH = Parameter(
    name="If-Match",
    param_in="header",
    schema=Schema(type=OpenAPIType.STRING, pattern=IF_MATCH_PATTERN),
    description=(
        'act only on this version of the aggregate, as an ETag gave it, like "3", or on one of several; else 412. A tag'
        ' that a proxy has weakened, W/"3", is the same version; * is any'
    ),
)
MIN_POSITION = Parameter(
    name="Healz-Min-Position",
    param_in="header",
    schema=Schema(type=OpenAPIType.INTEGER, minimum=0, maximum=POSITION_MAX),
    description="wait until the answer takes this position in: the Healz-Position of a command",
)
OF_ANY = [
    Parameter(
        name="X-Correlation-Id",
        param_in="header",
        schema=TEXT,
        description="a UUID that names the operation, and comes back; anything else is replaced by a new one",
        example=CORRELATION,
    ),
    Parameter(
        name="traceparent",
        param_in="header",
        schema=TEXT,
        description="W3C Trace Context: the trace is gone on with; anything else begins a new one",
        example="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ),
]
OF_A_COMMAND: dict[str, OpenAPIHeader | Reference] = {
    "ETag": OpenAPIHeader(schema=TEXT, description="the aggregate's version, for If-Match"),
    "Healz-Position": OpenAPIHeader(schema=NUMBER, description="the tenant's last, for Healz-Min-Position"),
}


def complete(document: OpenAPI, hours_ahead_max: float) -> None:
    """Changes ``document``; ``hours_ahead_max`` bounds the hours of a query.

    Raises KeyError for an example that no operation needs.
    """
    schemas, paths = document.components.schemas, document.paths or {}
    for schema in schemas.values():
        _to_json(schema)
    for answer in ANSWERS:
        schemas[type(answer).__name__].examples = [answer]
    schemas["Problem"] = SCHEMA
    document.components.responses = problem_responses()
    for path, item in paths.items():
        for operation in _operations(item):
            _complete(path, operation, schemas, hours_ahead_max)
    # Last: it takes no more changes.
    for name, body in bodies(BODIES).items():
        schemas[name] = cast("Schema", body | ({"examples": [EXAMPLES[name]]} if name in EXAMPLES else {}))


def _operations(item: PathItem) -> list[Operation]:
    return [operation for method in METHODS if (operation := getattr(item, method)) is not None]


def _complete(path: str, operation: Operation, schemas: dict[str, Schema], hours_ahead_max: float) -> None:
    responses = cast("dict[str, OpenAPIResponse | Reference]", operation.responses)
    responses.pop("400", None)  # Litestar's own form, which is answered nowhere
    (status, success), *others = responses.items()
    assert isinstance(success, OpenAPIResponse)
    command = _answered(success) == f"#/components/schemas/{Answer.__name__}"
    parameters = [parameter for parameter in operation.parameters or () if isinstance(parameter, Parameter)]
    for parameter in parameters:
        if parameter.param_in == "query":
            correct_query(parameter, hours_ahead_max)
        if (known := IDS.get(parameter.name)) and (parameter.required or parameter.name == "clinic_id"):
            listed = isinstance(parameter.schema, Schema) and parameter.schema.type == OpenAPIType.ARRAY
            parameter.example = [known] if listed else known
    if command:
        status = _complete_command(path, operation, success)
        parameters += [IDEMPOTENCY_KEY, IF_MATCH] if "{" in path else [IDEMPOTENCY_KEY]
    elif path.startswith("/v1/") and operation.request_body is None:
        parameters.append(MIN_POSITION)
    if path.startswith("/v1/"):
        parameters += OF_ANY
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
        media.example = answer_of(_body_name(operation) or "", path)
    return "200" if "{" in path else "201"


def _answered(response: OpenAPIResponse) -> str | None:
    schema = next((media.schema for media in (response.content or {}).values()), None)
    return schema.ref if isinstance(schema, Reference) else None


def _body(operation: Operation, schemas: dict[str, Schema]) -> dict[str, Schema | Reference]:
    """The fields of a JSON body."""
    name = _body_name(operation)
    return schemas[name].properties or {} if name is not None else {}


def _body_name(operation: Operation) -> str | None:
    if operation.request_body is None or isinstance(operation.request_body, Reference):
        return None
    schema = next(media.schema for media in operation.request_body.content.values())
    return schema.ref.rpartition("/")[2] if isinstance(schema, Reference) else None


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
