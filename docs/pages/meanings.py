"""What classes and their fields mean, from their docstrings. Those under fields stand in the source alone."""

import ast
import inspect
import re
import textwrap
from functools import cache
from itertools import pairwise


@cache
def meanings(owner: type) -> dict[str, str]:
    """{field: the docstring under it} of a class and of those that it is made from."""
    found: dict[str, str] = {}
    for part in reversed(owner.__mro__):
        if part.__module__.split(".")[0] not in ("builtins", "typing", "pydantic", "abc"):
            found |= _own(part)
    return found


def meaning(thing: object) -> str:
    """The docstring of a class or function, on one line."""
    return prose(inspect.getdoc(thing) or "")


def prose(docstring: str) -> str:
    """On one line, with code as Markdown has it."""
    return re.sub(r"``(.+?)``", r"`\1`", " ".join(docstring.split()))


def _own(owner: type) -> dict[str, str]:
    (body,) = (node.body for node in ast.parse(textwrap.dedent(inspect.getsource(owner))).body)  # type: ignore[attr-defined]  # a class
    return {
        field.target.id: prose(ast.literal_eval(under.value))
        for field, under in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(under, ast.Expr)
        and isinstance(under.value, ast.Constant)
        and isinstance(under.value.value, str)
    }
