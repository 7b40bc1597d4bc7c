"""A query parameter that nobody reads is a question misunderstood: it is refused, with the names of those there are."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import ParameterKwarg

from command_api.problems import Problem

OURS = "/v1/"
NOT_OF_THE_QUERY = {"request", "data"}
SHOWN_LENGTH_MAX = 60


async def check_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard of every route.

    Raises Problem 422 for a GET with a query parameter that its function doesn't name, or without one that it needs.
    """
    if connection.scope.get("method") != "GET" or not connection.scope["path"].startswith(OURS):
        return
    known = known_parameters(handler)
    sent = connection.query_params.keys()
    errors = [{"field": one[:SHOWN_LENGTH_MAX], "message": "is not known here"} for one in sorted(sent - known.keys())]
    errors += [{"field": name, "message": "is needed"} for name, needed in known.items() if needed and name not in sent]
    if errors:
        there_are = f"there are: {', '.join(sorted(known))}" if known else "there are none here"
        raise Problem(422, f"correct the query parameters named in errors; {there_are}", errors=errors)


def known_parameters(handler: BaseRouteHandler) -> dict[str, bool]:
    """The query parameters of a handler's function: its arguments, but not those from the path nor what is injected.

    True for one that it needs.
    """
    elsewhere = NOT_OF_THE_QUERY | handler.resolve_dependencies().keys() | _in_paths(handler)
    return {
        _name(name, field.kwarg_definition): field.is_required
        for name, field in handler.parsed_fn_signature.parameters.items()
        if name not in elsewhere
    }


def _in_paths(handler: BaseRouteHandler) -> set[str]:
    parts = [part for path in handler.paths for part in path.split("/") if part.startswith("{")]
    return {part.strip("{}").partition(":")[0] for part in parts}


def _name(name: str, parameter: object) -> str:
    return (parameter.name or name) if isinstance(parameter, ParameterKwarg) else name
