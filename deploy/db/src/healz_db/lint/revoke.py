"""An expand takes no right from anyone who may be using it."""

from collections.abc import Iterator

from postgast import pg_query_pb2 as pg
from postgast.nodes import AccessPriv, AstNode, GrantRoleStmt, GrantStmt, RoleSpec

from healz_db.lint.sql_file import SqlFile
from healz_db.lint.sql_names import KINDS, dotted, name_of

Right = tuple[int, str, str, str]
"""Kind of the object, object, privilege with its columns, role."""

INSTEAD = "leave it to a contract of a later release"


def revoke_problems(file: SqlFile, place: int, node: AstNode) -> Iterator[tuple[str, str]]:
    """Rule and message. Fine: from PUBLIC, on what the file has created or granted before."""
    match node:
        case GrantStmt(is_grant=False, objtype=kind, targtype=pg.ACL_TARGET_OBJECT):
            granted = {
                right for statement in file.statements[:place] for right in _rights(statement.node, is_grant=True)
            }
            for right in _rights(node, is_grant=False):
                _, thing, privilege, role = right
                if not (file.creates(KINDS.get(kind, ""), thing, place) or right in granted):
                    yield "revoke_in_expand", f"it takes {privilege} on {thing} from {role}; {INSTEAD}"
        case GrantStmt(is_grant=False) if any(_rights(node, is_grant=False)):
            yield "revoke_in_expand", f"it takes rights on all objects of a schema; {INSTEAD}"
        case GrantRoleStmt(is_grant=False, granted_roles=roles, grantee_roles=members):
            names = ", ".join(role.priv_name for role in roles if isinstance(role, AccessPriv))
            taken_from = [member.rolename for member in members if isinstance(member, RoleSpec)]
            for name in taken_from:
                if not file.creates("role", name, place):
                    yield "revoke_in_expand", f"it takes the role {names} from {name}; {INSTEAD}"


def _rights(node: AstNode, *, is_grant: bool) -> Iterator[Right]:
    """The rights of a GRANT or a REVOKE one by one, without those of PUBLIC."""
    if not isinstance(node, GrantStmt) or node.is_grant != is_grant:
        return
    privileges = [privilege for privilege in node.privileges if isinstance(privilege, AccessPriv)]
    words = [f"{privilege.priv_name.upper()}{_columns(privilege)}" for privilege in privileges] or ["ALL"]
    for role in node.grantees:
        if isinstance(role, RoleSpec) and role.roletype != pg.ROLESPEC_PUBLIC:
            for thing in map(name_of, node.objects):
                for word in words:
                    yield node.objtype, thing, word, role.rolename or "the current role"


def _columns(privilege: AccessPriv) -> str:
    return f" ({dotted(privilege.cols)})" if privilege.cols else ""
