"""The rules of every migration and every rollback."""

import re
from collections.abc import Iterator

from postgast import pg_query_pb2 as pg
from postgast import walk_typed
from postgast.nodes import (
    A_Const,
    AlterFunctionStmt,
    AstNode,
    Boolean,
    CreateFunctionStmt,
    DefElem,
    DiscardStmt,
    DropStmt,
    Float,
    FuncCall,
    IndexStmt,
    Integer,
    ReindexStmt,
    String,
    TransactionStmt,
    VariableSetStmt,
    VariableShowStmt,
    ViewStmt,
)

from healz_db.lint.rules import LintProblem
from healz_db.lint.sql_file import SqlFile, Statement
from healz_db.lint.sql_names import dotted, name_of

LONGEST_WAIT_MS = 10_000
UNITS = {"": 1.0, "us": 0.001, "ms": 1.0, "s": 1000.0, "min": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}
WAIT = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(us|ms|s|min|h|d|)\s*")
TRUE = {"true", "t", "yes", "y", "on", "1"}


def sql_problems(file: SqlFile) -> Iterator[LintProblem]:
    """What is wrong with the file whatever it is for."""
    yield from file.unreadable
    yield from _lock_timeout(file)
    for statement in file.statements:
        yield from _transaction(file, statement)
        yield from _definition(file, statement)


def is_on(option: DefElem) -> bool:
    """Whether an option like ``security_invoker`` is set to true; its bare name is true too."""
    match option.arg:
        case None:
            return True
        case String(sval=text):
            return text.lower() in TRUE
        case Boolean(boolval=value):
            return value
        case Integer(ival=number):
            return number != 0
    return False


def reindexes_beside(node: ReindexStmt) -> bool:
    """Whether a REINDEX is CONCURRENTLY, in either spelling."""
    return any(
        isinstance(option, DefElem) and option.defname == "concurrently" and is_on(option) for option in node.params
    )


def _lock_timeout(file: SqlFile) -> Iterator[LintProblem]:
    """Anything but SET and SHOW may take a lock: a SELECT too, when it calls a function."""
    local = file.transactional
    todo = (
        "put `SET LOCAL lock_timeout = '5s';` first, which ends with the transaction"
        if local
        else "put `SET lock_timeout = '5s';` first (SET LOCAL has no effect where there is no transaction)"
    )
    is_set = False
    for statement in file.statements:
        match statement.node:
            case node if undoing := _takes_back(node):
                message = f"{undoing} undoes the lock_timeout, or hides it; take it out, and {todo}"
                yield file.problem(statement, "missing_lock_timeout", message)
                return
            case VariableSetStmt(name=name, is_local=is_local, kind=kind, args=args) if name.lower() == "lock_timeout":
                is_set = kind == pg.VAR_SET_VALUE and _waits_shortly(args) and is_local == local
            case VariableSetStmt() | VariableShowStmt():
                pass
            case _ if not is_set:
                message = f"no lock_timeout of at most {LONGEST_WAIT_MS} ms is set before this statement; {todo}"
                yield file.problem(statement, "missing_lock_timeout", message)
                return


def _waits_shortly(args: list[AstNode]) -> bool:
    """Whether the value is at most the longest, and not zero, which waits for ever."""
    match args:
        case [A_Const(val=Integer(ival=number))]:
            text = str(number)
        case [A_Const(val=Float(fval=text) | String(sval=text))]:
            pass
        case _:
            return False
    parts = WAIT.fullmatch(text)
    # Below one, it may be rounded to zero.
    return parts is not None and 1 <= float(parts[1]) * UNITS[parts[2]] <= LONGEST_WAIT_MS


def _takes_back(node: AstNode) -> str:
    """How a statement other than SET undoes a lock_timeout."""
    match node:
        case VariableSetStmt(kind=pg.VAR_RESET_ALL):
            return "RESET ALL"
        case VariableSetStmt(kind=pg.VAR_RESET, name=name) if name.lower() == "lock_timeout":
            return "RESET lock_timeout"
        case DiscardStmt(target=pg.DISCARD_ALL):
            return "DISCARD ALL"
        # Bodies of functions run later; a DO block's statements come one by one.
        case CreateFunctionStmt():
            return ""
    for _, inner in walk_typed(node):
        match inner:
            case FuncCall(funcname=[*_, String(sval="set_config")], args=args):
                if any(_names_lock_timeout(arg) for arg in args):
                    return "set_config('lock_timeout', …)"
    return ""


def _names_lock_timeout(node: AstNode) -> bool:
    for _, inner in walk_typed(node):
        match inner:
            case A_Const(val=String(sval=text)) if text.lower() == "lock_timeout":
                return True
    return False


def _transaction(file: SqlFile, statement: Statement) -> Iterator[LintProblem]:
    concurrently = "is CONCURRENTLY, which can't run in a transaction; put `-- transaction: none` into the header"
    match statement.node:
        case TransactionStmt() if not statement.in_do or file.transactional:
            # A DO block of a file without a transaction may commit its batches.
            yield file.problem(
                statement,
                "transaction_control",
                "BEGIN, COMMIT and the like belong to the runner; take it out, or split the file",
            )
        case IndexStmt(concurrent=True, idxname=name) if file.transactional:
            yield file.problem(statement, "concurrently_in_transaction", f"the index {name} {concurrently}")
        case ReindexStmt() as node if file.transactional and reindexes_beside(node):
            yield file.problem(statement, "concurrently_in_transaction", f"this REINDEX {concurrently}")
        case DropStmt(concurrent=True) if file.transactional:
            yield file.problem(statement, "concurrently_in_transaction", f"this DROP INDEX {concurrently}")


def _definition(file: SqlFile, statement: Statement) -> Iterator[LintProblem]:
    match statement.node:
        case ViewStmt(view=view, options=options):
            if not any(
                isinstance(option, DefElem)
                and option.defname in ("security_invoker", "security_barrier")
                and is_on(option)
                for option in options
            ):
                yield file.problem(
                    statement,
                    "plain_view",
                    f"the view {name_of(view)} reads with its owner's policies; create it WITH "
                    "(security_invoker = true) (or security_barrier, where it filters by the tenant itself)",
                )
        case CreateFunctionStmt(funcname=parts, options=options):
            yield from _definer(file, statement, dotted(parts), options)
        case AlterFunctionStmt(func=function, actions=options):
            yield from _definer(file, statement, name_of(function), options)


def _definer(file: SqlFile, statement: Statement, name: str, options: list[AstNode]) -> Iterator[LintProblem]:
    definer = search_path = False
    for option in options:
        match option:
            case DefElem(defname="security"):
                definer = is_on(option)
            case DefElem(defname="set", arg=VariableSetStmt(name="search_path", kind=pg.VAR_SET_VALUE)):
                search_path = True
    if definer and not search_path:
        yield file.problem(
            statement,
            "definer_without_search_path",
            f"{name} is SECURITY DEFINER and searches the caller's path; add SET search_path = pg_catalog, pg_temp",
        )
