"""The rules of ALTER TABLE in an expand, on tables that were there before the file."""

from collections.abc import Iterator

from postgast import pg_query_pb2 as pg
from postgast.nodes import (
    AlterTableCmd,
    AlterTableStmt,
    AstNode,
    BoolExpr,
    ColumnDef,
    ColumnRef,
    Constraint,
    NullTest,
    String,
)

from healz_db.lint.added_column import added_column_problems, to_build_beside, to_validate_later
from healz_db.lint.sql_file import SqlFile
from healz_db.lint.sql_names import name_of

Found = Iterator[tuple[str, str]]
"""Rule and message."""

TO_CONTRACT = "leave it to a contract of a later release"
REWRITES = {
    pg.AT_SetTableSpace: "SET TABLESPACE",
    pg.AT_SetLogged: "SET LOGGED",
    pg.AT_SetUnLogged: "SET UNLOGGED",
    pg.AT_SetAccessMethod: "SET ACCESS METHOD",
    pg.AT_SetExpression: "SET EXPRESSION",
}
TAKES_AWAY = {
    pg.AT_DropColumn: "the column",
    pg.AT_DropConstraint: "the constraint",
    pg.AT_DropIdentity: "the identity of",
    pg.AT_DropExpression: "the expression of",
    pg.AT_DropInherit: "the inheritance of",
    pg.AT_DetachPartition: "a partition of",
    pg.AT_DetachPartitionFinalize: "a partition of",
    pg.AT_DisableRowSecurity: "the row-level security of",
    pg.AT_NoForceRowSecurity: "the owner's row-level security of",
}


def alter_table_problems(file: SqlFile, place: int, node: AlterTableStmt) -> Found:
    """Rule and message; ``place`` is the statement's in the file."""
    table = name_of(node.relation)
    own = file.creates("relation", table, place) or file.creates("type", table, place)
    for command in node.cmds:
        if isinstance(command, AlterTableCmd):
            if command.subtype in TAKES_AWAY and command.behavior == pg.DROP_CASCADE:
                yield "drop_in_expand", f"CASCADE drops more than {table}.{command.name}; {TO_CONTRACT}"
            elif not own:
                yield from _command(file, place, table, command)


def _command(file: SqlFile, place: int, table: str, command: AlterTableCmd) -> Found:
    column = f"{table}.{command.name}"
    match command:
        case AlterTableCmd(subtype=pg.AT_AddColumn, def_=ColumnDef() as added):
            yield from added_column_problems(table, added)
        case AlterTableCmd(subtype=pg.AT_AddConstraint, def_=Constraint() as added):
            yield from _added_constraint(table, added)
        case AlterTableCmd(subtype=pg.AT_SetNotNull) if not _shown_not_null(file, place, table, command.name):
            yield (
                "not_null_on_existing",
                f"{column} becomes NOT NULL; add CHECK ({command.name} IS NOT NULL) NOT VALID and VALIDATE it first",
            )
        case AlterTableCmd(subtype=pg.AT_AlterColumnType, name=name):
            yield (
                "type_change",
                f"the type of {table}.{name} changes; add a new column beside it and write a contract for the old one "
                "(so too for a wider varchar, which would only lock)",
            )
        case AlterTableCmd(subtype=pg.AT_ColumnDefault, def_=None):
            yield (
                "drop_in_expand",
                f"it drops the default of {column}, with which the running release inserts; {TO_CONTRACT}",
            )
        case AlterTableCmd(subtype=subtype) if subtype in REWRITES:
            yield (
                "table_rewrite",
                f"{REWRITES[subtype]} rewrites {table}; make a new table beside it and leave the old one to a contract",
            )
        case AlterTableCmd(subtype=pg.AT_DropConstraint, name=name) if _checks_anew(file, place, table, name):
            pass
        case AlterTableCmd(subtype=subtype) if subtype in TAKES_AWAY:
            if not (file.creates("column", column, place) or file.creates("constraint", column, place)):
                what = f"{TAKES_AWAY[subtype]} {column if command.name else table}"
                yield "drop_in_expand", f"it takes away {what}; an expand only adds: {TO_CONTRACT}"


def _added_constraint(table: str, added: Constraint) -> Found:
    name = f"{table}'s constraint {added.conname}".rstrip()
    match added.contype:
        case pg.CONSTR_PRIMARY | pg.CONSTR_UNIQUE if not added.indexname:
            yield "unique_without_index", f"{name} builds its index; {to_build_beside(table)}"
        case pg.CONSTR_EXCLUSION:
            yield "unique_without_index", f"{name} builds its index; put it on a new table, and let that take over"
        case pg.CONSTR_CHECK | pg.CONSTR_FOREIGN if not added.skip_validation and added.is_enforced:
            yield "constraint_without_not_valid", f"{name} is checked on all rows; {to_validate_later(table)}"
        case pg.CONSTR_NOTNULL if not added.skip_validation:
            yield "not_null_on_existing", f"{name} is checked on all rows; {to_validate_later(table)}"


def _checks_anew(file: SqlFile, place: int, table: str, name: str) -> bool:
    """Whether the file goes on with another CHECK of that name: what it refuses, the other rules look at."""
    return any(
        isinstance(command, AlterTableCmd)
        and isinstance(command.def_, Constraint)
        and (command.def_.contype, command.def_.conname) == (pg.CONSTR_CHECK, name)
        for statement in file.statements[place:]
        if isinstance(statement.node, AlterTableStmt) and name_of(statement.node.relation) == table
        for command in statement.node.cmds
    )


def _shown_not_null(file: SqlFile, place: int, table: str, column: str) -> bool:
    """Whether statements before this one have added a constraint that says so, and validated it."""
    says_so: set[str] = set()
    for statement in file.statements[:place]:
        match statement.node:
            case AlterTableStmt(cmds=commands) as node if name_of(node.relation) == table:
                for command in commands:
                    match command:
                        case AlterTableCmd(subtype=pg.AT_AddConstraint, def_=Constraint() as added):
                            if _says_not_null(added, column):
                                says_so.add(added.conname)
                                if not added.skip_validation:
                                    return True
                        case AlterTableCmd(subtype=pg.AT_ValidateConstraint, name=name) if name in says_so:
                            return True
    return False


def _says_not_null(added: Constraint, column: str) -> bool:
    if added.contype == pg.CONSTR_NOTNULL:
        return any(name_of(key) == column for key in added.keys)
    return added.contype == pg.CONSTR_CHECK and _tests(added.raw_expr, column)


def _tests(expression: AstNode | None, column: str) -> bool:
    match expression:
        case NullTest(nulltesttype=pg.IS_NOT_NULL, arg=ColumnRef(fields=[String(sval=name)])):
            return name == column
        case BoolExpr(boolop=pg.AND_EXPR, args=parts):
            return any(_tests(part, column) for part in parts)
    return False
