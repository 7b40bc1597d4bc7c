"""A header that says one thing."""

from typing import Any

from litestar.connection import ASGIConnection

from command_api.http.problems import Problem


def sent_once(connection: ASGIConnection[Any, Any, Any, Any], name: str) -> str | None:
    """The header's value; None where it was not sent. Raises Problem 422 where it was sent more than once: which of the
    two is meant, nobody knows."""
    values: list[str] = connection.headers.getall(name, [])
    if len(values) > 1:
        raise Problem(422, f"send the header {name.title()} once")
    return values[0] if values else None
