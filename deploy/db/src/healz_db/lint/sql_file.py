"""One SQL file, parsed by PostgreSQL's own parser into statements with their lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from postgast import PgQueryError, parse, pg_query_pb2, scan, wrap
from postgast.nodes import AstNode, CreateSchemaStmt, DefElem, DoStmt, ParseResult

from healz_db.lint.do_block import queries
from healz_db.lint.rules import LintProblem
from healz_db.lint.sql_names import Thing, created_by, replaces
from healz_db.migrations import HEADER

COMMENTS = (pg_query_pb2.SQL_COMMENT, pg_query_pb2.C_COMMENT)
# How the parser says, in an error's context, where in a plpgsql body it was.
NEAR_LINE = re.compile(r"near line (\d+)")


@dataclass(frozen=True)
class Statement:
    """``line`` counts from 1 in the file; ``in_do`` when it is run by a DO block."""

    node: AstNode
    line: int
    in_do: bool = False


@dataclass(frozen=True)
class SqlFile:
    """``name`` is the path relative to the tree's root."""

    name: str
    sql: str
    statements: tuple[Statement, ...]
    unreadable: tuple[LintProblem, ...]
    """Why a statement is missing: the parser's messages."""

    @cached_property
    def transactional(self) -> bool:
        """Whether the runner puts the file into one transaction."""
        return not any(line["key"] == "transaction" and line["value"] == "none" for line in HEADER.finditer(self.sql))

    @cached_property
    def created(self) -> dict[Thing, list[int]]:
        """What the file itself creates, with the places in ``statements`` where it does."""
        places: dict[Thing, list[int]] = {}
        for place, statement in enumerate(self.statements):
            for thing in created_by(statement.node):
                places.setdefault(thing, []).append(place)
        return places

    def creates(self, kind: str, name: str, before: int) -> bool:
        """Whether a statement before this place makes it, and OR REPLACE can't have meant what was there already."""
        places = self.created.get((kind, name), [])
        return any(place < before and not replaces(self.statements[place].node) for place in places)

    def problem(self, statement: Statement, rule: str, message: str) -> LintProblem:
        """A problem at the statement's line."""
        return LintProblem(self.name, statement.line, rule, message)


def read_sql(name: str, sql: str) -> SqlFile:
    """Parses; what the parser refuses is in ``unreadable``, the rest in ``statements``.

    A DO block is followed by what its body runs, as far as do_block.py sees it. Bodies of functions are left alone:
    creating one runs nothing.
    """
    unreadable: list[LintProblem] = []
    try:
        statements = tuple(_statements(name, sql, unreadable))
    except PgQueryError as error:
        return SqlFile(name, sql, (), (_refused(name, sql.count("\n", 0, max(error.cursorpos - 1, 0)) + 1, error),))
    return SqlFile(name, sql, statements, tuple(unreadable))


def _statements(name: str, sql: str, unreadable: list[LintProblem]) -> Iterator[Statement]:
    # The parser counts bytes here, and a statement begins where the one before it ended.
    text = sql.encode()
    starts = [token.start for token in scan(sql).tokens if token.token not in COMMENTS]
    tree = wrap(parse(sql))
    assert isinstance(tree, ParseResult)
    for raw in tree.stmts:
        begin = next(start for start in starts if start >= raw.stmt_location)
        line = text.count(b"\n", 0, begin) + 1
        end = raw.stmt_location + raw.stmt_len if raw.stmt_len else len(text)
        for node in _with_elements(raw.stmt):
            yield Statement(node, line)
            if isinstance(node, DoStmt):
                try:
                    yield from _run_by(node, text, text[begin:end].decode())
                except PgQueryError as error:
                    near = NEAR_LINE.search(error.context or "")
                    first = _body_line(node, text)
                    unreadable.append(_refused(name, first + int(near[1]) - 1 if near else line, error))


def _with_elements(node: AstNode | None) -> Iterator[AstNode]:
    if node is not None:
        yield node
    if isinstance(node, CreateSchemaStmt):
        yield from node.schema_elts


def _body_line(node: DoStmt, text: bytes) -> int:
    body = next(option for option in node.args if isinstance(option, DefElem) and option.defname == "as")
    return text.count(b"\n", 0, body.location) + 1


def _run_by(node: DoStmt, text: bytes, sql: str) -> Iterator[Statement]:
    first = _body_line(node, text)
    for query, line in queries(sql):
        tree = wrap(parse(query))
        assert isinstance(tree, ParseResult)
        for raw in tree.stmts:
            if raw.stmt is not None:
                yield Statement(raw.stmt, first + line - 1, in_do=True)


def _refused(name: str, line: int, error: PgQueryError) -> LintProblem:
    return LintProblem(
        name, line, "unparsable_sql", f"PostgreSQL's parser says: {error.message}; correct the statement, or split it"
    )
