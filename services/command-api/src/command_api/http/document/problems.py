"""The errors as the document tells them: one form for all, and for which operation which."""

from collections.abc import Iterator
from typing import Any

from litestar.openapi.spec import (
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Reference,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from command_api.http.problems import NO_SUCH_THING, RETRY_AFTER_SECONDS, TITLES, Problem, document

TEXT = Schema(type=OpenAPIType.STRING)
SCHEMA = Schema(
    title="Problem",
    description="RFC 9457: what went wrong, and what to do. For a refused command, rule names the rule.",
    type=OpenAPIType.OBJECT,
    required=["type", "title", "status", "detail"],
    properties={
        "type": Schema(type=OpenAPIType.STRING, enum=[f"urn:healz:problem:{kind}" for kind, _ in TITLES.values()]),
        "title": TEXT,
        "status": Schema(type=OpenAPIType.INTEGER, enum=list(TITLES)),
        "detail": Schema(type=OpenAPIType.STRING, description="a sentence for people; it may change"),
        "rule": Schema(type=OpenAPIType.STRING, description="a stable snake_case fact, to tell refusals apart by"),
        "conversation_id": Schema(
            type=OpenAPIType.STRING,
            format=OpenAPIFormat.UUID,
            description="with conversation_open_already: the open one",
        ),
        "version": Schema(type=OpenAPIType.INTEGER, description="with 412: where the aggregate is now"),
        "tally": Schema(
            type=OpenAPIType.OBJECT,
            description="of an import that was stopped: what became of the rows until then, as in its answer",
        ),
        "errors": Schema(
            type=OpenAPIType.ARRAY,
            description="with 422, and with 404 for what the body names: which field, what is wrong with it, "
            "what is allowed there, and an example of that",
            items=Schema(
                type=OpenAPIType.OBJECT,
                required=["field", "message"],
                properties={"field": TEXT, "message": TEXT, "allowed": TEXT, "example": Schema()},
            ),
        ),
    },
)
PHONE = {
    "field": "phone",
    "message": "give the phone with its country code, like +5527999990000",
    "allowed": "a phone number with its country code",
    "example": "+5527999990000",
}
EXAMPLES = (
    Problem(400, "send a JSON object as the body"),
    Problem(401, "send the header Authorization: Bearer and a token"),
    Problem(403, "the role viewer may not; admin, manager, doctor, receptionist may"),
    Problem(404, NO_SUCH_THING),
    Problem(408, "the body was not there within 20 s"),
    Problem(409, "a cancelled appointment cannot be confirmed", rule="appointment_not_live"),
    Problem(412, "it is at version 4 now; read it again and decide anew", version=4),
    Problem(413, "a body may have 65536 bytes at most"),
    Problem(415, "send JSON, and the header Content-Type: application/json"),
    Problem(422, "correct the fields named in errors", errors=[PHONE]),
    Problem(429, "this organisation may make 1000 requests a minute; go on in 12 s", headers={"Retry-After": "12"}),
    Problem(500, "nothing was changed; the operators have the details"),
    Problem(503, "the database does not answer; try again shortly", headers={"Retry-After": RETRY_AFTER_SECONDS}),
)
REST = 500
REPLACING = ("put_tenant", "put_clinic", "put_doctor")
CHANGING = ("patch_tenant", "patch_clinic", "patch_doctor")


def problem_responses() -> dict[str, OpenAPIResponse | Reference]:
    """Each by its name among the components."""
    return {_name(problem.status): _response(problem) for problem in EXAMPLES}


def _response(problem: Problem) -> OpenAPIResponse:
    return OpenAPIResponse(
        description=TITLES[problem.status][1],
        headers={name: OpenAPIHeader(schema=TEXT, description="seconds") for name in problem.headers} or None,
        content={
            "application/problem+json": OpenAPIMediaType(
                schema=Reference("#/components/schemas/Problem"),
                example=document(problem),
            )
        },
    )


def problems_of(path: str, operation: Operation, body: dict[str, Any], command: bool) -> dict[str, Reference]:
    """References by status. ``body``: the fields of a JSON one; ``command``: it is answered with events."""
    statuses = set(_statuses(path, operation, body, command)) if path.startswith("/v1/") else set()
    answers = {str(status): status for status in sorted(statuses)} | {"default": REST}
    return {key: Reference(f"#/components/responses/{_name(status)}") for key, status in answers.items()}


def _statuses(path: str, operation: Operation, body: dict[str, Any], command: bool) -> Iterator[int]:
    # 403: a token may be good and yet give no access, whatever is asked.
    yield from (401, 403, 422, 429, 503)
    names = {parameter.name for parameter in operation.parameters or () if not isinstance(parameter, Reference)}
    if operation.request_body is not None:
        yield from (400, 408, 413, 415)
    elif "clinic_id" in names or "{" in path:
        yield 404
    if command:
        yield 409
        if "{" in path or "patient_id" in body:
            yield 404
        if "{" in path:
            yield 412
    if operation.operation_id in REPLACING or "clinic_ids" in body:
        yield 409
    if operation.operation_id in CHANGING:
        yield 404


def _name(status: int) -> str:
    return TITLES[status][0]
