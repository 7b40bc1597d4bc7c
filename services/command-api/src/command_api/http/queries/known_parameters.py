"""A query parameter that nobody reads, or that is read as something else, is a question misunderstood: refused."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import ParameterKwarg
from litestar.typing import FieldDefinition

from command_api.http.problems import Problem

OURS = "/v1/"
NOT_OF_THE_QUERY = {"request", "data"}
SHOWN_LENGTH_MAX = 60
NULL = "null"


async def check_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard of every route.

    Raises Problem 422 for a query parameter that the route's function doesn't name or can't take as it was sent,
    and without one that it needs.
    """
    if connection.scope.get("method") == "OPTIONS" or not connection.scope["path"].startswith(OURS):
        return
    known = known_parameters(handler)
    sent = connection.query_params.dict()
    errors = [
        {"field": name[:SHOWN_LENGTH_MAX], "message": "is not known here"}
        for name in sorted(sent.keys() - known.keys())
    ]
    for name, field in known.items():
        message = _wrong(field, sent.get(name, []))
        errors += [{"field": name, "message": message}] if message else []
    if errors:
        there_are = f"there are: {', '.join(sorted(known))}" if known else "there are none here"
        raise Problem(422, f"correct the query parameters named in errors; {there_are}", errors=errors)


def known_parameters(handler: BaseRouteHandler) -> dict[str, FieldDefinition]:
    """The query parameters of a handler's function: its arguments, but not those from the path nor what is injected."""
    elsewhere = NOT_OF_THE_QUERY | handler.resolve_dependencies().keys() | _in_paths(handler)
    return {
        _name(name, field.kwarg_definition): field
        for name, field in handler.parsed_fn_signature.parameters.items()
        if name not in elsewhere
    }


def _wrong(field: FieldDefinition, values: list[str]) -> str | None:
    if not values:
        return "is needed" if field.is_required else None
    # The framework would take the last one.
    if len(values) > 1 and not field.is_non_string_sequence:
        return "was given more than once"
    # The framework would take it for a parameter that was left out, and the answer would be about everything. Where any
    # text will do it is a text: somebody may be called that.
    if NULL in map(str.lower, values) and not field.has_inner_subclass_of(str) and not field.is_subclass_of(str):
        return "null is no value here; leave it out instead"
    return None


def _in_paths(handler: BaseRouteHandler) -> set[str]:
    parts = [part for path in handler.paths for part in path.split("/") if part.startswith("{")]
    return {part.strip("{}").partition(":")[0] for part in parts}


def _name(name: str, parameter: object) -> str:
    return (parameter.name or name) if isinstance(parameter, ParameterKwarg) else name
