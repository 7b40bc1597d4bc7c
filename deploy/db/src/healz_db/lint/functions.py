"""The rules of functions that change: only what changes is written down, and it fits what the files before have made.

The files are replayed without a database: which bodies there are after each of them, and what a change makes of one.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from postgast import PgQueryError, parse, parse_plpgsql
from postgast.nodes import (
    A_Const,
    AstNode,
    CallStmt,
    CreateFunctionStmt,
    DefElem,
    DropStmt,
    FuncCall,
    List,
    NamedArgExpr,
    String,
)

from healz_db.lint.rules import LintProblem
from healz_db.lint.sql_file import SqlFile
from healz_db.lint.sql_names import KINDS, dotted, name_of

CHANGE = "ops.change_function"
LONGEST_COPY_LINES = 20
"""A body that is no longer than this is easier read whole than as a change."""
ARGUMENTS = ("p_function", "p_before", "p_after", "p_makes")


@dataclass(frozen=True)
class Body:
    """A function's text between the quotes; ``file`` is the SQL of the file that made it, with the text ``first``."""

    text: str
    first: str
    language: str
    file: str


Bodies = dict[str, list[Body]]
"""By schema.name; several of one name differ in their arguments."""


def function_problems(migrations: Iterable[SqlFile], rollbacks: Iterable[SqlFile]) -> Iterator[LintProblem]:
    """``migrations`` in the order of their versions; a rollback is held to what is there after its migration."""
    back = {_version(file): file for file in rollbacks}
    bodies: Bodies = {}
    for file in migrations:
        yield from _replay(file, bodies)
        if rollback := back.get(_version(file)):
            yield from _replay(rollback, {name: list(found) for name, found in bodies.items()})


def checksum(body: str) -> str:
    """As ops.change_function has it: the first 12 hexadecimal digits of the SHA-256."""
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def _version(file: SqlFile) -> str:
    return file.name.rpartition("/")[2][1:]


def _replay(file: SqlFile, bodies: Bodies) -> Iterator[LintProblem]:
    """Does to ``bodies`` what the file does to the database's."""
    for statement in file.statements:
        match statement.node:
            case CreateFunctionStmt(funcname=parts) as node if body := _body(node, file.sql):
                name = dotted(parts)
                lines = body.text.strip().count("\n") + 1
                if node.replace and name in bodies and CHANGE in bodies and lines > LONGEST_COPY_LINES:
                    message = f"the body of {name} is written down once more; CALL {CHANGE} with what changes in it"
                    yield file.problem(statement, "copied_body", message)
                bodies[name] = [body] if node.replace else [*bodies.get(name, []), body]
            case DropStmt(objects=objects, remove_type=kind) if KINDS.get(kind) == "function":
                for name in map(name_of, objects):
                    # Which of several goes, their arguments say; those aren't looked at here.
                    if len(bodies.get(name, [])) == 1:
                        del bodies[name]
            case CallStmt(funccall=FuncCall(funcname=parts, args=args)) if dotted(parts) == CHANGE:
                if wrong := _change(_arguments(args), bodies):
                    yield file.problem(statement, "change_does_not_fit", wrong)


def _change(said: dict[str, str], bodies: Bodies) -> str | None:
    """Changes the body; or says what is wrong with the change, and what to do."""
    if said.keys() != set(ARGUMENTS):
        return f"write {', '.join(ARGUMENTS)} out as texts: what is built can't be checked"
    name, before = said["p_function"].partition("(")[0], said["p_before"]
    found = [body for body in bodies.get(name, []) if before and before in body.text]
    if len(found) != 1 or found[0].text.count(before) != 1:
        times = sum(body.text.count(before) for body in found)
        return (
            f"p_before stands {times} times in the body of {name}, as the files before make it; it must be there once"
        )
    after = replace(found[0], text=found[0].text.replace(before, said["p_after"]))
    bodies[name] = [after if body is found[0] else body for body in bodies[name]]
    if unreadable := _unreadable(after):
        return f"PostgreSQL's parser says of the body that it makes of {name}: {unreadable}; correct p_after"
    if (makes := checksum(after.text)) != said["p_makes"]:
        return f"it makes the body {makes} of {name}, and not {said['p_makes']}; correct p_makes, or what comes before"
    return None


def _body(node: CreateFunctionStmt, file: str) -> Body | None:
    """None for one that isn't quoted, which PostgreSQL keeps parsed."""
    options = {option.defname: option.arg for option in node.options if isinstance(option, DefElem)}
    match options.get("as"), options.get("language"):
        case List(items=[String(sval=text)]), String(sval=language):
            return Body(text, text, language, file)
    return None


def _unreadable(body: Body) -> str | None:
    """What the parser says of a body that PostgreSQL would refuse."""
    try:
        if body.language == "sql":
            parse(body.text)
        else:
            # With its arguments and the other statements of the file, which were parsed before.
            parse_plpgsql(body.file.replace(body.first, body.text))
    except PgQueryError as error:
        # Without a server it knows no table's type: then the database is the first to say.
        return None if error.message.startswith("Not implemented") else error.message
    return None


def _arguments(args: Iterable[AstNode]) -> dict[str, str]:
    """Those that are written out, by name."""
    found = {}
    for place, argument in enumerate(args):
        name, value = (
            (argument.name, argument.arg) if isinstance(argument, NamedArgExpr) else (ARGUMENTS[place], argument)
        )
        match value:
            case A_Const(val=String(sval=text)):
                found[name] = text
    return found
