"""Every table with a tenant has row-level security from the file on that creates it."""

from collections.abc import Iterable, Iterator

from postgast import pg_query_pb2 as pg
from postgast.nodes import (
    A_Const,
    A_Star,
    AlterTableCmd,
    AlterTableStmt,
    AstNode,
    CallStmt,
    ColumnDef,
    ColumnRef,
    CreatePolicyStmt,
    CreateStmt,
    CreateTableAsStmt,
    FuncCall,
    IntoClause,
    NamedArgExpr,
    RangeVar,
    ResTarget,
    SelectStmt,
    String,
    TableLikeClause,
    TypeCast,
)

from healz_db.lint.rules import LintProblem
from healz_db.lint.sql_file import SqlFile
from healz_db.lint.sql_names import dotted, name_of

TENANT = "tenant_id"
TEMPORARY = "t"
PROTECT = ("ops.protect", "ops.protect_read_model")


def tenant_tables(files: Iterable[SqlFile]) -> set[str]:
    """The tables that have a tenant, their own or another table's whose columns they take over."""
    found: set[str] = set()
    for file in files:
        for statement in file.statements:
            found.update(_with_tenant(statement.node, found))
    return found


def partitioned_tables(files: Iterable[SqlFile]) -> set[str]:
    """The tables that are divided into partitions."""
    return {
        name_of(statement.node.relation)
        for file in files
        for statement in file.statements
        if isinstance(statement.node, CreateStmt) and statement.node.partspec is not None
    }


def security_problems(file: SqlFile, known: set[str]) -> Iterator[LintProblem]:
    """``known``: the whole tree's tables with a tenant. A protection under a name that is built can't be seen."""
    protected = _protected(file)
    for statement in file.statements:
        for table, is_partition in _with_tenant(statement.node, known).items():
            # Nobody reads a partition by its own name: there no policy, and so no row, is what is wanted.
            enough = {"enabled", "forced"} if is_partition else {"enabled", "forced", "policy"}
            if not enough <= protected.get(table, set()):
                yield file.problem(
                    statement,
                    "no_row_level_security",
                    f"{table} has a tenant_id but no row-level security; add CALL ops.protect('{table}', …) to this "
                    "file, or ENABLE and FORCE ROW LEVEL SECURITY and a policy",
                )


def _with_tenant(node: AstNode, known: set[str]) -> dict[str, bool]:
    """The tables with a tenant that the statement makes; true for a partition."""
    match node:
        case CreateStmt(relation=RangeVar(relpersistence=kind) as table, table_elts=elements, inh_relations=parents):
            taken_over = [*parents, *(element.relation for element in elements if isinstance(element, TableLikeClause))]
            has_column = any(isinstance(element, ColumnDef) and element.colname == TENANT for element in elements)
            if kind != TEMPORARY and (has_column or any(name_of(relation) in known for relation in taken_over)):
                return {name_of(table): node.partbound is not None}
        case CreateTableAsStmt(objtype=pg.OBJECT_TABLE, into=IntoClause(rel=RangeVar() as table), query=query):
            if table.relpersistence != TEMPORARY and _selects_tenant(query, known):
                return {name_of(table): False}
        case SelectStmt(into_clause=IntoClause(rel=RangeVar() as table)):
            if table.relpersistence != TEMPORARY and _selects_tenant(node, known):
                return {name_of(table): False}
        case AlterTableStmt(relation=table, cmds=commands):
            for command in commands:
                match command:
                    case AlterTableCmd(subtype=pg.AT_AddColumn, def_=ColumnDef(colname="tenant_id")):
                        return {name_of(table): False}
    return {}


def _selects_tenant(query: AstNode | None, known: set[str]) -> bool:
    """Whether a tenant_id is among the columns, by its name or by the star of a table that has one."""
    if not isinstance(query, SelectStmt):
        return False
    star = any(isinstance(relation, RangeVar) and name_of(relation) in known for relation in query.from_clause)
    for column in query.target_list:
        match column:
            case ResTarget(name="tenant_id"):
                return True
            case ResTarget(name="", val=ColumnRef(fields=[*_, String(sval="tenant_id")])):
                return True
            case ResTarget(val=ColumnRef(fields=[*_, A_Star()])) if star:
                return True
    return False


def _protected(file: SqlFile) -> dict[str, set[str]]:
    done: dict[str, set[str]] = {}
    for statement in file.statements:
        match statement.node:
            case CallStmt(funccall=FuncCall(funcname=parts, args=args)) if dotted(parts) in PROTECT:
                for name in map(_literal, args):
                    done.setdefault(name, set()).update({"enabled", "forced", "policy"})
            case CreatePolicyStmt(table=table):
                done.setdefault(name_of(table), set()).add("policy")
            case AlterTableStmt(relation=table, cmds=commands):
                for command in commands:
                    match command:
                        case AlterTableCmd(subtype=pg.AT_EnableRowSecurity):
                            done.setdefault(name_of(table), set()).add("enabled")
                        case AlterTableCmd(subtype=pg.AT_ForceRowSecurity):
                            done.setdefault(name_of(table), set()).add("forced")
    return done


def _literal(node: AstNode | None) -> str:
    match node:
        case NamedArgExpr(arg=inner) | TypeCast(arg=inner):
            return _literal(inner)
        case A_Const(val=String(sval=text)):
            return text
    return ""
