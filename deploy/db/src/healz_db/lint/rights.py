"""Rights that no migration gives to anyone."""

from collections.abc import Iterator

from postgast import pg_query_pb2 as pg
from postgast.nodes import (
    AccessPriv,
    AlterDefaultPrivilegesStmt,
    AlterRoleStmt,
    AstNode,
    CreateRoleStmt,
    DefElem,
    GrantRoleStmt,
    GrantStmt,
    List,
    RoleSpec,
)

from healz_db.lint.rules import LintProblem
from healz_db.lint.sql import is_on
from healz_db.lint.sql_file import SqlFile
from healz_db.lint.sql_names import name_of

EVENTS = "event_store.events"
CHANGES_HISTORY = {"ALL", "UPDATE", "DELETE", "TRUNCATE"}


def right_problems(file: SqlFile) -> Iterator[LintProblem]:
    """What EXECUTE builds from pieces can't be seen; the catalogue test sees what it has done."""
    for statement in file.statements:
        for message in _messages(statement.node):
            yield file.problem(statement, "dangerous_right", message)


def _messages(node: AstNode | None) -> Iterator[str]:
    match node:
        case CreateRoleStmt(options=options) | AlterRoleStmt(options=options):
            for option in options:
                if isinstance(option, DefElem) and option.defname in ("bypassrls", "superuser") and is_on(option):
                    word = option.defname.upper()
                    yield f"a role with {word} sees every clinic's rows; leave {word} out"
        case AlterDefaultPrivilegesStmt(action=GrantStmt(is_grant=True) as action, options=options):
            yield from _messages(action)
            words = _words(action) & CHANGES_HISTORY
            if words and action.objtype == pg.OBJECT_TABLE and _meets_events(options):
                yield f"it grants {', '.join(sorted(words))} on partitions of {EVENTS} to come, which only grows"
        case GrantRoleStmt(is_grant=True, grantee_roles=roles) if _public(roles):
            yield "it grants a role to PUBLIC; name the roles that need it"
        case GrantStmt(is_grant=True, grantees=roles):
            if _public(roles):
                yield "it grants to PUBLIC, which is every role there is and will be; name the roles that need it"
            words = _words(node) & CHANGES_HISTORY
            if words and _has_events(node):
                yield f"it grants {', '.join(sorted(words))} on {EVENTS}, which only grows; SELECT and INSERT will do"


def _public(roles: list[AstNode]) -> bool:
    return any(isinstance(role, RoleSpec) and role.roletype == pg.ROLESPEC_PUBLIC for role in roles)


def _words(node: GrantStmt) -> set[str]:
    # ALL is no privilege at all, ALL of some columns one without a name.
    return {
        privilege.priv_name.upper() or "ALL" for privilege in node.privileges if isinstance(privilege, AccessPriv)
    } or {"ALL"}


def _meets_events(options: list[AstNode]) -> bool:
    """Whether default privileges are for the schema of the events, or for every schema."""
    for option in options:
        match option:
            case DefElem(defname="schemas", arg=List(items=schemas)):
                return EVENTS.partition(".")[0] in map(name_of, schemas)
    return True


def _has_events(node: GrantStmt) -> bool:
    names = set(map(name_of, node.objects))
    if node.objtype != pg.OBJECT_TABLE:
        return False
    if node.targtype == pg.ACL_TARGET_ALL_IN_SCHEMA:
        return EVENTS.partition(".")[0] in names
    # A partition's own rights go past its parent's.
    return any(name == EVENTS or name.startswith(f"{EVENTS}_") for name in names)
