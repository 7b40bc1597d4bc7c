"""Who asks, and what each role may do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from command_api.decide.given import STAFF as STAFF
from command_api.decide.given import Role
from command_api.http.sent_once import sent_once

WHOLE_TENANT: tuple[Role, ...] = ("admin", "manager")


@dataclass(frozen=True)
class Principal:
    """The token's claims. ``clinics`` None: the whole tenant."""

    user_id: UUID
    tenant_id: UUID
    role: Role
    clinics: frozenset[UUID] | None


class Authentication(AbstractAuthenticationMiddleware):
    """Puts the Principal of the token into ``request.user``."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        token = bearer(sent_once(connection, "authorization") or "")
        if token is None:
            detail = "send the header Authorization: Bearer and a token"
            raise NotAuthorizedException(detail, headers={"WWW-Authenticate": "Bearer"})
        principal: Principal = await connection.app.state.tokens.principal(token)
        return AuthenticationResult(user=principal, auth=None)


def bearer(sent: str) -> str | None:
    """The token in the header Authorization; None: there is none."""
    scheme, _, token = sent.partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None


def allow(*roles: Role) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]:
    """A guard that lets these roles pass. A coroutine: Litestar sends each call of a plain function to a thread."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if connection.user.role not in roles:
            raise PermissionDeniedException(f"the role {connection.user.role} may not; {', '.join(roles)} may")

    return guard
