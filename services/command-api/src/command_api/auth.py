"""Who asks: the bearer token, its checks, and what each role may do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_args
from uuid import NAMESPACE_URL, UUID, uuid5

import jwt
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from command_api.decider import Role
from command_api.settings import ApiSettings

STAFF: tuple[Role, ...] = ("admin", "manager", "doctor", "receptionist")
WHOLE_TENANT: tuple[Role, ...] = ("admin", "manager")


@dataclass(frozen=True)
class Principal:
    """The token's claims. ``clinics`` None: the whole tenant."""

    user_id: UUID
    tenant_id: UUID
    role: Role
    clinics: frozenset[UUID] | None


class Tokens:
    """Checks tokens by a JWKS (RS256, ES256), or by the development secret (HS256)."""

    def __init__(self, settings: ApiSettings) -> None:
        if (settings.healz_jwks_url is None) == (settings.healz_jwt_development_secret is None):
            raise ValueError("set either HEALZ_JWKS_URL or HEALZ_JWT_DEVELOPMENT_SECRET")
        self._audience = settings.healz_jwt_audience
        self._secret = settings.healz_jwt_development_secret
        self._jwks = jwt.PyJWKClient(settings.healz_jwks_url) if settings.healz_jwks_url else None

    async def principal(self, token: str) -> Principal:
        """The token's claims. Raises jwt.PyJWTError or ValueError for one that is not good."""
        required: Any = {"require": ["exp", "aud", "sub"]}
        if self._jwks is not None:
            key = await asyncio.to_thread(self._jwks.get_signing_key_from_jwt, token)
            claims = jwt.decode(token, key.key, ["RS256", "ES256"], options=required, audience=self._audience)
        else:
            assert self._secret is not None
            secret = self._secret.get_secret_value()
            claims = jwt.decode(token, secret, ["HS256"], options=required, audience=self._audience)
        return _principal(claims)


def _principal(claims: dict[str, Any]) -> Principal:
    role: Any = claims.get("role")
    if role not in get_args(Role):
        raise ValueError("the token names no role of Healz")
    clinics = frozenset(UUID(clinic) for clinic in claims.get("clinic_ids") or ())
    # A doctor and a receptionist act in their clinics alone; for the others, clinics narrow where they are named.
    whole = role in WHOLE_TENANT or (role not in ("doctor", "receptionist") and not clinics)
    return Principal(_user_id(claims["sub"]), UUID(claims["tenant_id"]), role, None if whole else clinics)


def _user_id(subject: str) -> UUID:
    """The subject itself where it is a UUID, else one that is always the same for it."""
    try:
        return UUID(subject)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"urn:healz:user:{subject}")


class Authentication(AbstractAuthenticationMiddleware):
    """Puts the Principal into ``request.user``."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthorizedException("send the header Authorization: Bearer and a token")
        tokens: Tokens = connection.app.state.tokens
        try:
            principal = await tokens.principal(token.strip())
        except jwt.ExpiredSignatureError as error:
            raise NotAuthorizedException("the token has expired; get a new one") from error
        except (jwt.PyJWTError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise NotAuthorizedException("the token is not valid here") from error
        return AuthenticationResult(user=principal, auth=None)


def allow(*roles: Role) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]:
    """A guard that lets these roles pass. A coroutine: Litestar sends each call of a plain function to a thread."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if connection.user.role not in roles:
            raise PermissionDeniedException(f"the role {connection.user.role} may not; {', '.join(roles)} may")

    return guard
