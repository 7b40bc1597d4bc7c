"""The rules of every migration and every rollback."""

from collections.abc import Iterator

from postgast import pg_query_pb2 as pg
from postgast.nodes import (
    A_Const,
    AlterFunctionStmt,
    AstNode,
    Boolean,
    CreateFunctionStmt,
    DefElem,
    DropStmt,
    IndexStmt,
    Integer,
    String,
    TransactionStmt,
    VariableSetStmt,
    VariableShowStmt,
    ViewStmt,
)

from healz_db.lint_rules import Problem
from healz_db.sql_file import SqlFile, Statement
from healz_db.sql_names import dotted, name_of

TRUE = {"true", "t", "yes", "y", "on", "1"}


def sql_problems(file: SqlFile) -> Iterator[Problem]:
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


def _lock_timeout(file: SqlFile) -> Iterator[Problem]:
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
            case VariableSetStmt(name="lock_timeout", is_local=is_local, kind=kind, args=args):
                is_set = kind == pg.VAR_SET_VALUE and not _is_zero(args) and is_local == local
            case VariableSetStmt() | VariableShowStmt():
                pass
            case _ if not is_set:
                message = f"no lock_timeout is set before this statement; {todo}"
                yield file.problem(statement, "missing_lock_timeout", message)
                return


def _is_zero(args: list[AstNode]) -> bool:
    # Zero waits for ever. A number is an Integer without a field when it is 0.
    match args:
        case [A_Const(val=Integer(ival=0))]:
            return True
        case [A_Const(val=String(sval=text))]:
            return text.rstrip(" acdehimnsu").strip("0.") == ""
    return False


def _transaction(file: SqlFile, statement: Statement) -> Iterator[Problem]:
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
        case DropStmt(concurrent=True) if file.transactional:
            yield file.problem(statement, "concurrently_in_transaction", f"this DROP INDEX {concurrently}")


def _definition(file: SqlFile, statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ViewStmt(view=view, options=options):
            if not any(
                isinstance(one, DefElem) and one.defname in ("security_invoker", "security_barrier") and is_on(one)
                for one in options
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


def _definer(file: SqlFile, statement: Statement, name: str, options: list[AstNode]) -> Iterator[Problem]:
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
