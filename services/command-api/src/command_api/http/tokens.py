"""The bearer token: a JWT (RFC 7519), from its signature and its times to the Principal that it speaks of."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

import jwt
from pydantic import BaseModel, Field, ValidationError

from command_api.decide.given import Role
from command_api.http.auth import WHOLE_TENANT, Principal
from command_api.http.jwks import Jwks, KeysAway
from command_api.http.problems import Problem
from command_api.http.signing_keys import ALGORITHMS
from command_api.token_settings import TokenSettings
from healz.kept import Kept

SUBJECT_LENGTH_MAX = 255
CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
KEPT_BYTES, KEPT_BYTES_A_LETTER = 1000, 3
"""About as much memory as a good token takes: it is mostly a set of clinics, of which it has 50 letters each."""
EXPIRED, NOT_YET = "the token has expired; get a new one", "the token is not valid yet; are the clocks right?"
MAY_SAY_ALL: tuple[Role, ...] = ("bot", "import", "viewer")

Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Claims(BaseModel):
    """What Healz reads of a token, beside what is checked with the signature."""

    sub: Annotated[str, Field(min_length=1, max_length=SUBJECT_LENGTH_MAX)]
    tenant_id: UUID
    role: Role
    clinic_ids: list[UUID] | Literal["all"] | None = None
    """"all" is every clinic of the tenant; an empty list, null or nothing is no clinic."""
    iat: Seconds
    exp: Seconds


class OperatorClaims(BaseModel):
    """What is read of the token of somebody who runs the platform: no organisation, and so no patient, is theirs."""

    sub: Annotated[str, Field(min_length=1, max_length=SUBJECT_LENGTH_MAX)]
    role: Literal["operator"]
    iat: Seconds
    exp: Seconds


@dataclass(frozen=True)
class _Good:
    """What a good token said, and the key that it was signed with; ``kid`` None: the development secret."""

    principal: Principal
    expires_at: int
    kid: str | None
    algorithm: str
    key: Any


class Tokens:
    """Checks tokens by a JWKS (RS256, ES256), or by the development secret (HS256).

    A good one is kept, by its hash, and its signature checked once: it goes on being good until it expires or the set
    has no longer that very key under its ``kid``.
    """

    def __init__(self, settings: TokenSettings) -> None:
        self._settings = settings
        self._jwks = Jwks(settings.healz_jwks_url, settings) if settings.healz_jwks_url else None
        required = ["iss"] if settings.healz_jwt_issuer else []
        self._good: Kept[bytes, _Good] = Kept(settings.healz_jwt_kept_bytes_max)
        self._options: Any = {"require": ["exp", "iat", "aud", "sub", *required], "enforce_minimum_key_length": True}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps the keys fresh meanwhile."""
        if self._jwks is None:
            yield
        else:
            async with self._jwks.refreshing():
                yield

    async def principal(self, token: str) -> Principal:
        """Whom the token speaks of.

        Raises Problem: 401 for a token that is not good, 403 for one that gives no access, 503 while nobody can tell.
        """
        if (principal := self.known(token)) is not None:
            return principal
        try:
            said, kid, algorithm, key = await self._verified(token)
            claims = Claims.model_validate(said)
        except KeysAway as error:
            assert self._jwks is not None
            detail = "the identity provider's keys can't be had now; try again shortly"
            raise Problem(503, detail, headers={"Retry-After": self._jwks.retry_after}) from error
        except (jwt.PyJWTError, ValidationError) as error:
            raise Problem(401, _reason(error), headers=CHALLENGE) from error
        self._check_lifetime(claims)
        principal = Principal(_user_id(claims.sub), claims.tenant_id, claims.role, _clinics(claims))
        good = _Good(principal, int(claims.exp), kid, algorithm, key)
        self._good.put(_digest(token), good, KEPT_BYTES + KEPT_BYTES_A_LETTER * len(token))
        return principal

    async def operator(self, token: str) -> str | None:
        """Who, where the token is a good one of an operator; None: ``principal`` says what it is.

        No route of /v1 takes such a token.
        """
        if self.known(token) is not None:
            return None
        try:
            said, *_ = await self._verified(token)
            claims = OperatorClaims.model_validate(said)
        except (KeysAway, jwt.PyJWTError, ValidationError):
            return None
        self._check_lifetime(claims)
        return claims.sub

    def _check_lifetime(self, claims: Claims | OperatorClaims) -> None:
        hours = self._settings.healz_jwt_lifetime_hours_max
        latest = min(claims.iat, time.time() + self._settings.healz_jwt_leeway_seconds) + hours * 3600
        if claims.exp > latest:
            raise Problem(
                401, f"the token is valid for more than {hours:g} hours; get a shorter one", headers=CHALLENGE
            )

    def known(self, token: str) -> Principal | None:
        """The same, of a token that is kept and still good; None: it has to be looked at."""
        good = self._good.get(_digest(token))
        return good.principal if good is not None and self._is_still_good(good) else None

    def _is_still_good(self, good: _Good) -> bool:
        if good.expires_at <= time.time() - self._settings.healz_jwt_leeway_seconds:
            return False
        return good.kid is None or self._jwks is None or self._jwks.known(good.kid, good.algorithm) == good.key

    async def _verified(self, token: str) -> tuple[dict[str, Any], str | None, str, Any]:
        """The claims, and by which key they were checked: its ``kid``, algorithm and itself."""
        settings, kid = self._settings, None
        if len(token) > settings.healz_jwt_bytes_max:
            raise jwt.DecodeError("it is too large")
        if self._jwks is None:
            assert settings.healz_jwt_development_secret is not None
            key, algorithm = settings.healz_jwt_development_secret.get_secret_value(), "HS256"
        else:
            header = jwt.get_unverified_header(token)
            kid, algorithm = header.get("kid"), header.get("alg", "")
            if not isinstance(kid, str) or algorithm not in ALGORITHMS.values():
                raise jwt.InvalidAlgorithmError("its header names no key of a kind that is taken")
            key = await self._jwks.key(kid, algorithm)
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            [algorithm],
            options=self._options,
            audience=settings.healz_jwt_audience,
            issuer=settings.healz_jwt_issuer,
            leeway=settings.healz_jwt_leeway_seconds,
        )
        return claims, kid, algorithm, key


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _reason(error: Exception) -> str:
    """What to do about it, as far as it helps; never what the token says."""
    match error:
        case jwt.ExpiredSignatureError():
            return EXPIRED
        case jwt.ImmatureSignatureError():
            return NOT_YET
        case jwt.InvalidAudienceError():
            return "the token is for another audience"
        case jwt.InvalidIssuerError():
            return "the token is of another issuer"
        case jwt.MissingRequiredClaimError(claim=claim):
            return f"the token lacks the claim {claim}"
        case ValidationError():
            named = sorted({str(fault["loc"][0]) for fault in error.errors()})
            return f"the token's claims are not as they must be: {', '.join(named)}"
        case _:
            return "the token is not valid here"


def _clinics(claims: Claims) -> frozenset[UUID] | None:
    """None: the whole tenant, by role or because the token says so. Raises Problem 403 for a token of no clinic."""
    role = claims.role
    if role in WHOLE_TENANT:
        return None
    may_say_all = role in MAY_SAY_ALL
    if claims.clinic_ids == "all" and may_say_all:
        return None
    # A doctor without a clinic still sees the tenant's patients; these roles are nobody without one.
    if claims.clinic_ids == "all" or (may_say_all and not claims.clinic_ids):
        or_all = ', or says "all"' if may_say_all else ""
        raise Problem(403, f"a token of the role {role} names its clinics in clinic_ids{or_all}; this one does not")
    return frozenset(claims.clinic_ids or ())


def _user_id(subject: str) -> UUID:
    """The subject itself where it is a UUID, else one that is always the same for it."""
    try:
        return UUID(subject)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"urn:healz:user:{subject}")
