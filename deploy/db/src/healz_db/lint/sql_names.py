"""What a parsed statement creates, and what the things in it are called."""

from collections.abc import Iterable, Iterator

from postgast import pg_query_pb2 as pg
from postgast.nodes import (
    AlterTableCmd,
    AlterTableStmt,
    AstNode,
    ColumnDef,
    CompositeTypeStmt,
    Constraint,
    CreateDomainStmt,
    CreateEnumStmt,
    CreateExtensionStmt,
    CreateForeignTableStmt,
    CreateFunctionStmt,
    CreatePolicyStmt,
    CreateRangeStmt,
    CreateRoleStmt,
    CreateSchemaStmt,
    CreateSeqStmt,
    CreateStmt,
    CreateTableAsStmt,
    CreateTrigStmt,
    IndexStmt,
    IntoClause,
    List,
    ObjectWithArgs,
    RangeVar,
    RuleStmt,
    SelectStmt,
    String,
    TypeName,
    ViewStmt,
)

Thing = tuple[str, str]
"""Kind and name: relations share one name space, functions and procedures another."""

KINDS = {
    pg.OBJECT_TABLE: "relation",
    pg.OBJECT_VIEW: "relation",
    pg.OBJECT_MATVIEW: "relation",
    pg.OBJECT_INDEX: "relation",
    pg.OBJECT_SEQUENCE: "relation",
    pg.OBJECT_FOREIGN_TABLE: "relation",
    pg.OBJECT_FUNCTION: "function",
    pg.OBJECT_PROCEDURE: "function",
    pg.OBJECT_ROUTINE: "function",
    pg.OBJECT_TYPE: "type",
    pg.OBJECT_DOMAIN: "type",
    pg.OBJECT_SCHEMA: "schema",
    pg.OBJECT_EXTENSION: "extension",
    pg.OBJECT_POLICY: "policy",
    pg.OBJECT_TRIGGER: "trigger",
    pg.OBJECT_RULE: "rule",
}


def name_of(node: AstNode | None) -> str:
    """As it is written, with points: schema.table, schema.table.policy. Functions without their arguments."""
    match node:
        case RangeVar(schemaname=schema, relname=name):
            return f"{schema}.{name}" if schema else name
        case String(sval=name):
            return name
        case ObjectWithArgs(objname=parts) | List(items=parts) | TypeName(names=parts):
            return dotted(parts)
    return ""


def dotted(parts: Iterable[AstNode]) -> str:
    """The parts of a name, with points between."""
    return ".".join(name_of(part) for part in parts)


def index_name(index: IndexStmt) -> str:
    """An index lies in its table's schema, which CREATE INDEX doesn't repeat."""
    schema = index.relation.schemaname if index.relation else ""
    return f"{schema}.{index.idxname}" if schema else index.idxname


def created_by(node: AstNode) -> Iterator[Thing]:
    """What the statement creates; columns and constraints too, where ALTER TABLE adds them.

    With IF NOT EXISTS nothing: it may be what was there already.
    """
    match node:
        case (
            CreateStmt(if_not_exists=True)
            | CreateForeignTableStmt(base_stmt=CreateStmt(if_not_exists=True))
            | CreateSeqStmt(if_not_exists=True)
            | CreateTableAsStmt(if_not_exists=True)
            | IndexStmt(if_not_exists=True)
            | CreateSchemaStmt(if_not_exists=True)
            | CreateExtensionStmt(if_not_exists=True)
        ):
            return
        case CreateStmt(relation=name) | CreateForeignTableStmt(base_stmt=CreateStmt(relation=name)):
            yield "relation", name_of(name)
        case ViewStmt(view=name) | CreateSeqStmt(sequence=name):
            yield "relation", name_of(name)
        case CreateTableAsStmt(into=IntoClause(rel=name)) | SelectStmt(into_clause=IntoClause(rel=name)):
            yield "relation", name_of(name)
        case IndexStmt():
            yield "relation", index_name(node)
        case CreateFunctionStmt(funcname=parts):
            yield "function", dotted(parts)
        case CompositeTypeStmt(typevar=name):
            yield "type", name_of(name)
        case CreateEnumStmt(type_name=parts) | CreateRangeStmt(type_name=parts) | CreateDomainStmt(domainname=parts):
            yield "type", dotted(parts)
        case CreateSchemaStmt(schemaname=text):
            yield "schema", text
        case CreateExtensionStmt(extname=text):
            yield "extension", text
        case CreateRoleStmt(role=text):
            yield "role", text
        case CreatePolicyStmt(policy_name=text, table=table):
            yield "policy", f"{name_of(table)}.{text}"
        case CreateTrigStmt(trigname=text, relation=table):
            yield "trigger", f"{name_of(table)}.{text}"
        case RuleStmt(rulename=text, relation=table):
            yield "rule", f"{name_of(table)}.{text}"
        case AlterTableStmt(relation=table, cmds=commands):
            for command in commands:
                match command:
                    case AlterTableCmd(missing_ok=True):
                        continue
                    case AlterTableCmd(def_=ColumnDef(colname=text), subtype=pg.AT_AddColumn):
                        yield "column", f"{name_of(table)}.{text}"
                    case AlterTableCmd(def_=Constraint(conname=text), subtype=pg.AT_AddConstraint):
                        yield "constraint", f"{name_of(table)}.{text}"


def replaces(node: AstNode) -> bool:
    """Whether the statement says OR REPLACE."""
    return isinstance(node, ViewStmt | CreateFunctionStmt | CreateTrigStmt | RuleStmt) and node.replace
