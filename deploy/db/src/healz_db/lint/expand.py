"""The rules of an expand: it only adds, and whoever reads or writes meanwhile hardly waits."""

from collections.abc import Iterator

from postgast import pg_query_pb2 as pg
from postgast import walk_typed
from postgast.nodes import (
    A_Const,
    AlterDomainStmt,
    AlterEnumStmt,
    AlterObjectSchemaStmt,
    AlterTableMoveAllStmt,
    AlterTableStmt,
    AstNode,
    ClusterStmt,
    DefElem,
    DeleteStmt,
    DropdbStmt,
    DropOwnedStmt,
    DropRoleStmt,
    DropStmt,
    DropSubscriptionStmt,
    DropTableSpaceStmt,
    DropUserMappingStmt,
    IndexStmt,
    InsertStmt,
    LockStmt,
    MergeStmt,
    MergeWhenClause,
    RefreshMatViewStmt,
    ReindexStmt,
    RenameStmt,
    RuleStmt,
    SelectStmt,
    TruncateStmt,
    UpdateStmt,
    VacuumStmt,
)

from healz_db.lint.alter_table import alter_table_problems
from healz_db.lint.revoke import revoke_problems
from healz_db.lint.rules import LintProblem
from healz_db.lint.sql import is_on, reindexes_beside
from healz_db.lint.sql_file import SqlFile
from healz_db.lint.sql_names import KINDS, index_name, name_of

Found = Iterator[tuple[str, str]]
"""Rule and message."""

# What a file may make anew under the same name. That a function keeps its arguments is for the running release's tests.
REPLACEABLE = ("policy", "trigger", "function")
CHANGES_ROWS = (SelectStmt, InsertStmt, UpdateStmt, DeleteStmt, MergeStmt)
DROPS_ELSEWHERE = (
    DropOwnedStmt, DropRoleStmt, DropdbStmt, DropSubscriptionStmt, DropTableSpaceStmt, DropUserMappingStmt,
)  # fmt: skip


def expand_problems(file: SqlFile, partitioned: set[str]) -> Iterator[LintProblem]:
    """``partitioned``: the partitioned tables of the whole tree."""
    for place, statement in enumerate(file.statements):
        node = statement.node
        for rule, message in (
            *_drops(file, place, node),
            *_renames(file, place, node),
            *_rows(file, place, node),
            *_waits(file, place, node, partitioned),
            *(alter_table_problems(file, place, node) if isinstance(node, AlterTableStmt) else ()),
            *revoke_problems(file, place, node),
            *_rule(node),
        ):
            yield file.problem(statement, rule, message)


def _drops(file: SqlFile, place: int, node: AstNode) -> Found:
    todo = "an expand drops nothing; leave it to a contract of a later release"
    match node:
        case DropStmt(behavior=pg.DROP_CASCADE):
            yield "drop_in_expand", f"CASCADE drops whatever hangs on it too; {todo}"
        case DropStmt(objects=objects, remove_type=kind):
            word = pg.ObjectType.Name(kind).removeprefix("OBJECT_").lower()
            for name in map(name_of, objects):
                places = file.created.get((KINDS.get(kind, word), name), [])
                created_before = file.creates(KINDS.get(kind, word), name, place)
                replaced = KINDS.get(kind) in REPLACEABLE and any(other > place for other in places)
                if not (created_before or replaced or _clears_index(file, node, name)):
                    yield "drop_in_expand", f"it drops the {word} {name}; {todo}"
        case AlterDomainStmt(subtype="X", name=name):
            yield "drop_in_expand", f"it drops the constraint {name} of a domain; {todo}"
        case _ if isinstance(node, DROPS_ELSEWHERE):
            yield "drop_in_expand", f"it drops something of the whole cluster or database; {todo}"


def _clears_index(file: SqlFile, node: DropStmt, name: str) -> bool:
    """What an interrupted CREATE INDEX CONCURRENTLY leaves behind is invalid and serves nobody."""
    return (
        node.concurrent
        and node.missing_ok
        and any(
            isinstance(statement.node, IndexStmt) and statement.node.concurrent and index_name(statement.node) == name
            for statement in file.statements
        )
    )


def _renames(file: SqlFile, place: int, node: AstNode) -> Found:
    todo = "add the new name beside it, and let a contract of a later release take the old one away"
    match node:
        case RenameStmt(relation=relation, object=thing, rename_type=kind):
            name = name_of(relation) or name_of(thing)
            if not file.creates("relation" if relation else KINDS.get(kind, ""), name, place):
                yield "rename_in_expand", f"it renames {name or 'something'}, or a part of it; {todo}"
        case AlterObjectSchemaStmt(relation=relation, object=thing, object_type=kind):
            name = name_of(relation) or name_of(thing)
            if not file.creates(KINDS.get(kind, ""), name, place):
                yield "rename_in_expand", f"it moves {name} to another schema; {todo}"
        case AlterEnumStmt(old_val=old) if old:
            yield "rename_in_expand", f"it renames the value {old}; {todo}"


def _rows(file: SqlFile, place: int, node: AstNode) -> Found:
    todo = "leave the rows alone, or leave it to a contract of a later release"
    for name in _deleted_from(node):
        if not file.creates("relation", name, place):
            yield "rows_removed", f"it removes rows of {name}; {todo}"
    for name in _updated_throughout(node):
        if not file.creates("relation", name, place):
            yield "update_without_where", f"it updates every row of {name}; fill it batch by batch, with WHERE"


def _updated_throughout(node: AstNode) -> Iterator[str]:
    if isinstance(node, CHANGES_ROWS):
        for _, inner in walk_typed(node):
            match inner:
                case UpdateStmt(relation=table, where_clause=None | A_Const()):
                    yield name_of(table)


def _rule(node: AstNode) -> Found:
    if isinstance(node, RuleStmt):
        yield "create_rule", f"the rule {node.rulename} rewrites statements; write a trigger"


def _deleted_from(node: AstNode) -> Iterator[str]:
    if isinstance(node, TruncateStmt):
        yield from map(name_of, node.relations)
    if isinstance(node, CHANGES_ROWS):
        for _, inner in walk_typed(node):  # a DELETE may stand in WITH
            match inner:
                case DeleteStmt(relation=table):
                    yield name_of(table)
                case MergeStmt(relation=table, merge_when_clauses=whens) if any(
                    isinstance(when, MergeWhenClause) and when.command_type == pg.CMD_DELETE for when in whens
                ):
                    yield name_of(table)


def _waits(file: SqlFile, place: int, node: AstNode, partitioned: set[str]) -> Found:
    match node:
        case IndexStmt(concurrent=False, relation=table, idxname=index) if not file.creates(
            "relation", name_of(table), place
        ):
            # ON ONLY a partitioned table is a definition; the indexes are built on the partitions and attached.
            if not (table and not table.inh and name_of(table) in partitioned):
                yield (
                    "index_blocks_writes",
                    f"the index {index} on {name_of(table)}, which may be in use; CREATE INDEX CONCURRENTLY in a file "
                    "with `-- transaction: none` (partitioned: ON ONLY it, CONCURRENTLY on its parts, then attach)",
                )
        case ReindexStmt(relation=relation) if not (
            reindexes_beside(node) or (relation and file.creates("relation", name_of(relation), place))
        ):
            yield (
                "index_blocks_writes",
                "it rebuilds indexes that may be in use; REINDEX … CONCURRENTLY in a file with `-- transaction: none`",
            )
        case RefreshMatViewStmt(concurrent=False, relation=view) if not file.creates("relation", name_of(view), place):
            yield "refresh_blocks_reads", f"readers of {name_of(view)} wait; REFRESH MATERIALIZED VIEW CONCURRENTLY"
        # A system table of the cluster: no service waits for it.
        case LockStmt(relations=tables) if not all(name_of(table).startswith("pg_catalog.") for table in tables):
            names = ", ".join(map(name_of, tables))
            yield "lock_table", f"it locks {names} to the end; take it out, and let each statement take its own lock"
        case VacuumStmt(options=options) if any(
            isinstance(option, DefElem) and option.defname == "full" and is_on(option) for option in options
        ):
            yield "table_rewrite", "VACUUM FULL; use VACUUM, or a new table and a contract of a later release"
        case ClusterStmt() | AlterTableMoveAllStmt():
            yield "table_rewrite", "it rewrites whole tables; make a new one beside, and a contract of a later release"
