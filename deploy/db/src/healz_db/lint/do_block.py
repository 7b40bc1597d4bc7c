"""The SQL that a DO block runs, as far as it is written out.

That is every statement of its body, on whatever branch, and EXECUTE of a literal. What EXECUTE builds from pieces, with
format() or ||, can't be seen: there the drill and the catalogue test are what is left.
"""

from collections.abc import Iterator
from typing import Any

from postgast import parse, parse_plpgsql, wrap
from postgast.nodes import A_Const, ParseResult, ResTarget, SelectStmt, String

# libpg_query's number for an expression that is a whole statement, and not the right side of something.
WHOLE_STATEMENT = 0


def queries(do: str) -> Iterator[tuple[str, int]]:
    """Each statement with its line, counted from 1 at the body's opening quote. Raises PgQueryError."""
    return _within(parse_plpgsql(do), 1)


def _within(body: Any, line: int) -> Iterator[tuple[str, int]]:
    if isinstance(body, list):
        for node in body:
            yield from _within(node, line)
    elif isinstance(body, dict):
        line = body.get("lineno", line)
        for key, value in body.items():
            if key == "PLpgSQL_expr" and value["parseMode"] == WHOLE_STATEMENT:
                yield value["query"], line
            elif key in ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors"):
                literal = _literal(value["query"]["PLpgSQL_expr"]["query"])
                if literal is not None:
                    yield literal, value.get("lineno", line)
                yield from _within(value, line)
            elif key in ("PLpgSQL_stmt_commit", "PLpgSQL_stmt_rollback"):
                yield key.removeprefix("PLpgSQL_stmt_"), value.get("lineno", line)
            else:
                yield from _within(value, line)


def _literal(expression: str) -> str | None:
    tree = wrap(parse(f"SELECT {expression}"))
    match tree:
        case ParseResult(stmts=[raw]):
            match raw.stmt:
                case SelectStmt(target_list=[ResTarget(val=A_Const(val=String(sval=text)))]):
                    return text
    return None
