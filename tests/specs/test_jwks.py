"""The keys are fetched in the background: whatever comes instead of a set, and however late, the known ones go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from command_api.http.jwks import Jwks, KeysAway, UnknownKey
from command_api.token_settings import TokenSettings
from identity_provider import IdentityProvider, Key, rsa_key
from system import eventually

KEY, NEW, FORGED = rsa_key("the-key"), rsa_key("new"), rsa_key("stranger")


@asynccontextmanager
async def kept_fresh(provider: IdentityProvider, **seconds: float) -> AsyncIterator[Jwks]:
    """Refreshed every 50 ms, unless told otherwise."""
    names = {"refresh": 0.05, "cooldown": 0.05, "timeout": 0.2, "wait": 0.1, "stale": 60} | seconds
    settings = TokenSettings(
        healz_jwks_url=provider.url,
        healz_jwks_stale_seconds_max=names.pop("stale"),
        **{f"healz_jwks_{name}_seconds": value for name, value in names.items()},  # type: ignore[arg-type]
    )
    jwks = Jwks(provider.url, settings)
    async with jwks.refreshing():
        yield jwks


async def found(jwks: Jwks, key: Key) -> Any:
    return await jwks.key(key.kid, key.algorithm)


BAD_ANSWERS: dict[str, dict[str, Any]] = {
    "an error": {"status": 500},
    "a redirect": {"status": 302, "header": "Location: {url}\r\n"},
    "an empty set": {"body": b'{"keys": []}'},
    "no set": {"body": b"[]"},
    "no JSON": {"body": b"<html>"},
    "nested too deeply": {"body": b"[" * 60_000},
    "too large": {"body": b" " * 70_000},
    "compressed": {"header": "Content-Encoding: gzip\r\n"},
    "silence": {"silent": True},
}


async def test_whatever_comes_instead_of_a_set_the_known_keys_go_on() -> None:
    provider, aside = IdentityProvider(KEY), IdentityProvider(FORGED)
    async with provider.serving(), aside.serving(), kept_fresh(provider) as jwks:
        good = dict(vars(provider))
        for what, answer in BAD_ANSWERS.items():
            for name, value in answer.items():
                setattr(provider, name, value.format(url=aside.url) if name == "header" else value)
            so_far = provider.fetches

            async def again(so_far: int = so_far) -> bool:
                return provider.fetches > so_far + 1

            await eventually(again)
            assert await found(jwks, KEY), what
            with pytest.raises(KeysAway):
                await found(jwks, FORGED)
            for name in answer:
                setattr(provider, name, good[name])
    assert aside.fetches == 0


async def test_a_set_that_is_away_for_too_long_counts_no_more_until_it_is_back() -> None:
    provider = IdentityProvider(KEY)
    async with provider.serving(), kept_fresh(provider, stale=0.5) as jwks:
        assert await found(jwks, KEY)
        await provider.stop()

        async def away() -> bool:
            try:
                await found(jwks, KEY)
            except KeysAway:
                return True
            return False

        await eventually(away)
        await provider.start()

        async def back() -> bool:
            return not await away()

        await eventually(back)


async def test_however_many_unknown_keys_come_there_is_one_fetch_in_a_cooldown() -> None:
    provider = IdentityProvider(KEY)
    async with provider.serving(), kept_fresh(provider, refresh=50, cooldown=30) as jwks:
        for number in range(50):
            with pytest.raises(UnknownKey):
                await jwks.key(f"forged-{number}", "RS256")
        assert provider.fetches == 1


async def test_the_first_token_of_a_new_key_brings_it() -> None:
    provider = IdentityProvider(KEY)
    async with provider.serving(), kept_fresh(provider, refresh=50, wait=10) as jwks:
        await asyncio.sleep(0.1)  # the cooldown
        provider.keys = [NEW.jwk]
        assert await asyncio.gather(*(found(jwks, NEW) for _ in range(20)))
        assert provider.fetches == 2
        with pytest.raises(UnknownKey):
            await found(jwks, KEY)


async def test_before_the_first_set_nobody_can_tell() -> None:
    provider = IdentityProvider(KEY)
    provider.status = 500
    async with provider.serving(), kept_fresh(provider) as jwks:
        with pytest.raises(KeysAway):
            await found(jwks, KEY)
