"""A good token's signature is checked once; and it stops being good when it did before: by its time, and by its key."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import jwt
import pytest

from command_api.http.problems import Problem
from command_api.http.tokens import Tokens
from command_api.token_settings import TokenSettings
from healz_local.tokens import claims_of
from identity_provider import IdentityProvider, Key, rsa_key
from system import eventually

KEY, NEW = rsa_key("the-key"), rsa_key("new")
TENANT = UUID(int=7)


@asynccontextmanager
async def checking(provider: IdentityProvider, **settings: Any) -> AsyncIterator[Tokens]:
    """Keys are fetched every 50 ms; clocks are taken to be right."""
    seconds = {"refresh": 0.05, "cooldown": 0.05, "timeout": 0.2, "wait": 0.1}
    named = {f"healz_jwks_{name}_seconds": value for name, value in seconds.items()} | settings
    async with provider.serving():
        tokens = Tokens(TokenSettings(healz_jwks_url=provider.url, healz_jwt_leeway_seconds=0, **named))
        async with tokens.running():
            yield tokens


def of(key: Key, **claims: Any) -> str:
    return key.sign(claims_of(TENANT, "admin", subject="ana") | claims)


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens whose signatures were checked."""
    seen: list[str] = []
    decode = jwt.decode

    def counting(token: str, *arguments: Any, **more: Any) -> Any:
        seen.append(token)
        return decode(token, *arguments, **more)

    monkeypatch.setattr(jwt, "decode", counting)
    return seen


async def refused(tokens: Tokens, token: str, status: int) -> bool:
    try:
        await tokens.principal(token)
    except Problem as problem:
        return problem.status == status
    return False


async def test_a_good_token_is_checked_once_and_another_one_by_itself(checks: list[str]) -> None:
    one, other = of(KEY), of(KEY, tenant_id=str(UUID(int=8)))
    async with checking(IdentityProvider(KEY)) as tokens:
        for _ in range(3):
            assert (await tokens.principal(one)).tenant_id == TENANT
            assert (await tokens.principal(other)).tenant_id == UUID(int=8)
    assert checks == [one, other]


async def test_no_more_are_kept_than_there_is_memory_for(checks: list[str]) -> None:
    one, other = of(KEY), of(KEY, sub="rita")
    async with checking(IdentityProvider(KEY), healz_jwt_kept_bytes_max=4000) as tokens:
        for token in (one, one, other, one):
            await tokens.principal(token)
    assert checks == [one, other, one]


async def test_a_token_that_has_expired_is_refused_though_it_was_good() -> None:
    token = of(KEY, exp=int(time.time()) + 2)
    async with checking(IdentityProvider(KEY)) as tokens:
        await tokens.principal(token)
        await eventually(lambda: refused(tokens, token, 401), seconds=10)


async def test_a_key_that_was_taken_out_of_the_set_is_good_no_more() -> None:
    provider, token = IdentityProvider(KEY, NEW), of(KEY)
    async with checking(provider) as tokens:
        await tokens.principal(token)
        provider.keys = [NEW.jwk]
        await eventually(lambda: refused(tokens, token, 401), seconds=10)


async def test_nor_is_one_whose_name_another_key_has() -> None:
    provider, token = IdentityProvider(KEY), of(KEY)
    async with checking(provider) as tokens:
        await tokens.principal(token)
        provider.keys = [Key(KEY.kid, NEW.private).jwk]
        await eventually(lambda: refused(tokens, token, 401), seconds=10)


async def test_a_set_that_is_away_for_too_long_makes_no_kept_token_good() -> None:
    provider, token = IdentityProvider(KEY), of(KEY)
    async with checking(provider, healz_jwks_stale_seconds_max=0.5) as tokens:
        await tokens.principal(token)
        await provider.stop()
        await eventually(lambda: refused(tokens, token, 503), seconds=10)


async def test_a_token_that_was_bad_is_checked_again() -> None:
    provider, token = IdentityProvider(KEY), of(NEW)
    async with checking(provider) as tokens:
        assert await refused(tokens, token, 401)
        provider.keys = [KEY.jwk, NEW.jwk]

        async def is_good() -> bool:
            return not await refused(tokens, token, 401)

        await eventually(is_good, seconds=10)
