"""The rules of ADD COLUMN in an expand."""

from collections.abc import Iterator

from postgast import pg_query_pb2 as pg
from postgast import walk_typed
from postgast.nodes import A_Const, AstNode, ColumnDef, Constraint, FuncCall

from healz_db.lint.sql_names import dotted

# Built-in functions with another value in each row; the rest of what has no schema is stable or immutable.
VOLATILE = {
    "gen_random_uuid", "uuidv4", "uuidv7", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4",
    "gen_random_bytes", "random", "random_normal", "clock_timestamp", "timeofday",
    "nextval", "setval", "currval", "lastval", "pg_sleep",
}  # fmt: skip
SERIAL = {"serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"}


def to_build_beside(table: str) -> str:
    """What to do instead of building a unique index under a lock."""
    return f"CREATE UNIQUE INDEX CONCURRENTLY on {table}, then ADD CONSTRAINT … USING INDEX"


def to_validate_later(table: str) -> str:
    """What to do instead of checking all rows under a lock."""
    return f"ALTER TABLE {table} ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT"


def added_column_problems(table: str, added: ColumnDef) -> Iterator[tuple[str, str]]:
    """Rule and message, for ADD COLUMN on a table that was there before the file."""
    column = f"{table}.{added.colname}"
    made = [constraint for constraint in added.constraints if isinstance(constraint, Constraint)]
    kinds = {constraint.contype for constraint in made}
    default = next((constraint.raw_expr for constraint in made if constraint.contype == pg.CONSTR_DEFAULT), None)
    if isinstance(default, A_Const) and default.isnull:
        default = None
    own_value = _own_value(added, made) or (_volatile(default) if default else None)
    if own_value:
        yield (
            "volatile_default",
            f"{column} gets {own_value} in every row; add it without, fill it batch by batch, then SET DEFAULT",
        )
    elif pg.CONSTR_NOTNULL in kinds and default is None:
        yield "not_null_without_default", f"{column} is NOT NULL without a default; give it one, or let it be NULL"
    if kinds & {pg.CONSTR_PRIMARY, pg.CONSTR_UNIQUE}:
        yield "unique_without_index", f"{column} is unique; {to_build_beside(table)}"
    # A reference of a column that is NULL in every row has nothing to check.
    if pg.CONSTR_CHECK in kinds or (pg.CONSTR_FOREIGN in kinds and default is not None):
        yield "constraint_without_not_valid", f"all rows are checked for {column}; {to_validate_later(table)}"


def _own_value(added: ColumnDef, made: list[Constraint]) -> str | None:
    """What makes the column differ from row to row, apart from its default."""
    if added.type_name and dotted(added.type_name.names) in SERIAL:
        return "a serial number"
    for constraint in made:
        if constraint.contype == pg.CONSTR_IDENTITY:
            return "an identity"
        if constraint.contype == pg.CONSTR_GENERATED and constraint.generated_kind == "s":
            return "a stored expression"
    return None


def _volatile(default: AstNode) -> str | None:
    """The function that may give each row another value. A project's own function can't be looked up from here."""
    for _, inner in walk_typed(default):
        if isinstance(inner, FuncCall):
            name = dotted(inner.funcname).removeprefix("pg_catalog.")
            if name in VOLATILE or "." in name:
                return f"{name}()"
    return None
