"""A query parameter that nobody reads is a question misunderstood: it is refused, with the names of those there are."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import ParameterKwarg

from command_api.problems import Problem

OURS = "/v1/"
NOT_OF_THE_QUERY = {"request", "data"}
SHOWN_LENGTH_MAX = 60


async def refuse_unknown_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard of every route. Raises Problem 422 for a GET with a query parameter that its function doesn't name."""
    if connection.scope.get("method") != "GET" or not connection.scope["path"].startswith(OURS):
        return
    sent = list(connection.query_params)
    if not sent:
        return
    known = known_parameters(handler)
    unknown = sorted({name for name in sent if name not in known})
    if unknown:
        there_are = f"there are: {', '.join(sorted(known))}" if known else "there are none here"
        raise Problem(
            422,
            f"correct the query parameters named in errors; {there_are}",
            errors=[{"field": name[:SHOWN_LENGTH_MAX], "message": "is not known here"} for name in unknown],
        )


def known_parameters(handler: BaseRouteHandler) -> set[str]:
    """The query parameters of a handler's function: its arguments, but those from the path, and what is injected."""
    elsewhere = NOT_OF_THE_QUERY | handler.resolve_dependencies().keys() | _in_paths(handler)
    return {
        _name(name, field.kwarg_definition)
        for name, field in handler.parsed_fn_signature.parameters.items()
        if name not in elsewhere
    }


def _in_paths(handler: BaseRouteHandler) -> set[str]:
    parts = [part for path in handler.paths for part in path.split("/") if part.startswith("{")]
    return {part.strip("{}").partition(":")[0] for part in parts}


def _name(name: str, parameter: object) -> str:
    return (parameter.query or name) if isinstance(parameter, ParameterKwarg) else name
