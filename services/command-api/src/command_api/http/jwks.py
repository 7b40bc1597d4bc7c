"""The identity provider's keys: fetched in the background, so that a request never waits for who answers slowly."""

import asyncio
import json
import logging
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from jwt import PyJWTError

from command_api.http.signing_keys import Keys, usable_keys
from command_api.token_settings import TokenSettings

log = logging.getLogger(__name__)


class UnknownKey(PyJWTError):
    """The set has no such key."""


class KeysAway(Exception):
    """Nobody can say now whether there is such a key."""


class Jwks:
    """A stale-while-revalidate cache of the set at ``url``.

    It is fetched anew every ``healz_jwks_refresh_seconds``, and sooner for a key that isn't known or after a failure;
    but never twice within ``healz_jwks_cooldown_seconds``, however many unknown keys are asked for. What was known goes
    on for ``healz_jwks_stale_seconds_max``.
    """

    def __init__(self, url: str, settings: TokenSettings) -> None:
        self._url = url
        self._settings = settings
        self._keys: Keys = {}
        self._failing = True
        self._fetched_at = self._rests_until = -math.inf  # time.monotonic()
        self._wanted = asyncio.Event()
        self._fetched = asyncio.Event()
        """Of the fetch that is under way or comes next."""

    @property
    def retry_after(self) -> str:
        """Seconds until it is worth asking again."""
        return str(math.ceil(self._settings.healz_jwks_cooldown_seconds))

    @asynccontextmanager
    async def refreshing(self) -> AsyncIterator[None]:
        """Keeps the keys fresh meanwhile; begins once they were fetched, or could not be."""
        first, keeping = self._fetched, asyncio.create_task(self._keep_fetching())
        try:
            await first.wait()
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):  # that is what was asked of it
                await keeping

    async def key(self, kid: str, algorithm: str) -> Any:
        """The public key of that name. Waits only for one that isn't known yet, and not for long.

        Raises UnknownKey and KeysAway.
        """
        name = (kid, algorithm)
        is_newest = name in self._keys or await self._look_again()
        if time.monotonic() - self._fetched_at > self._settings.healz_jwks_stale_seconds_max:
            raise KeysAway
        if name not in self._keys:
            raise UnknownKey if is_newest and not self._failing else KeysAway
        return self._keys[name]

    def known(self, kid: str, algorithm: str) -> Any:
        """The public key of that name while what is known counts; None: ask for it by ``key``."""
        is_stale = time.monotonic() - self._fetched_at > self._settings.healz_jwks_stale_seconds_max
        return None if is_stale else self._keys.get((kid, algorithm))

    async def _look_again(self) -> bool:
        """Whether the set is as new as it can be: fetched a moment ago, or just now."""
        self._wanted.set()
        if time.monotonic() < self._rests_until:
            return True
        with suppress(TimeoutError):  # then the set is as it was
            return await asyncio.wait_for(self._fetched.wait(), self._settings.healz_jwks_wait_seconds)
        return False

    async def _keep_fetching(self) -> None:
        rest = self._settings.healz_jwks_cooldown_seconds
        timeout = self._settings.healz_jwks_timeout_seconds
        async with httpx.AsyncClient(follow_redirects=False, timeout=timeout) as client:
            while True:
                self._wanted.clear()
                await self._fetch(client)
                self._rests_until = time.monotonic() + rest
                self._fetched.set()
                self._fetched = asyncio.Event()
                # The pace of asking, whoever wants it.
                await asyncio.sleep(rest)
                if not self._failing:
                    with suppress(TimeoutError):  # nobody wanted it sooner
                        longer = max(0.0, self._settings.healz_jwks_refresh_seconds - rest)
                        await asyncio.wait_for(self._wanted.wait(), longer)

    async def _fetch(self, client: httpx.AsyncClient) -> None:
        try:
            # The client's own time-out is for each read: a set that comes byte by byte would take for ever.
            async with asyncio.timeout(self._settings.healz_jwks_timeout_seconds):
                self._keys = _usable(await self._download(client))
        # Whatever came instead of a set: the keys that are known go on.
        except Exception as error:
            self._failing = True
            age = round(time.monotonic() - self._fetched_at, 1) if self._keys else None
            about = {"reason": repr(error), "known_keys": len(self._keys), "age_seconds": age}
            log.warning("the identity provider's keys can't be had", extra=about)
        else:
            self._failing, self._fetched_at = False, time.monotonic()

    async def _download(self, client: httpx.AsyncClient) -> bytes:
        most = self._settings.healz_jwks_bytes_max
        body = bytearray()
        # Not compressed: how large it gets would be known too late.
        async with client.stream("GET", self._url, headers={"Accept-Encoding": "identity"}) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"it was answered with {answer.status_code}")
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise ValueError("it came compressed, which was not asked for")
            async for part in answer.aiter_raw():
                body += part
                if len(body) > most:
                    raise ValueError(f"it has more than {most} bytes")
        return bytes(body)


def _usable(body: bytes) -> Keys:
    keys, left_out = usable_keys(json.loads(body))
    if left_out:
        log.warning("some of the identity provider's keys can't be used", extra={"reasons": left_out})
    if not keys:
        raise ValueError("there is no key in it that can be used")
    return keys
