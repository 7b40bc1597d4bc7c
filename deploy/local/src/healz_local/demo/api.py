"""The HTTP API as the demonstration uses it: repeats what may be repeated, and stops at a refusal."""

import asyncio
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from healz_local.errors import LocalStackError
from healz_local.settings import DEMO_TENANT, LocalSettings
from healz_local.tokens import Clinics, development_secret, issue_token

CONNECTIONS_MAX = 16
TIMEOUT_S = 15.0
GIVE_UP_AFTER_S = 60.0
BACKOFF_FIRST_S = 0.1
BACKOFF_MAX_S = 2.0


class RefusedByApi(LocalStackError):
    """The API understood and said no. ``rule`` is the broken rule's name, empty where the answer names none."""

    def __init__(self, method: str, path: str, answer: httpx.Response) -> None:
        try:
            document: Any = answer.json()
        except ValueError:
            document = {}
        said = document if isinstance(document, dict) else {}
        self.status = answer.status_code
        self.rule = str(said.get("rule", ""))
        detail = " ".join(str(said[part]) for part in ("detail", "errors") if said.get(part)) or answer.text[:300]
        named = f" ({self.rule})" if self.rule else ""
        super().__init__(f"{method} {path} was refused with {self.status}{named}: {detail}")


class Api:
    """One connection pool; a token per role, for the demonstration's tenant."""

    def __init__(self, settings: LocalSettings) -> None:
        self._url = settings.api_url
        self._secret = development_secret(settings.home)
        self._tokens: dict[tuple[str, Clinics], str] = {}
        limits = httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX)
        self._client = httpx.AsyncClient(base_url=self._url, timeout=TIMEOUT_S, limits=limits, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def check(self) -> None:
        """Raises LocalStackError when there is no API to play to."""
        try:
            answer = await self._client.get("/health/ready")
        except httpx.TransportError as error:
            raise LocalStackError(f"The API at {self._url} does not answer: run `make up`.") from error
        if answer.status_code != httpx.codes.OK:
            raise LocalStackError(f"The API at {self._url} is not ready: {answer.text[:300]}")

    async def send(
        self,
        method: str,
        path: str,
        *,
        role: str,
        clinics: Clinics = (),
        body: Mapping[str, object] | None = None,
        params: Mapping[str, str | int | list[str]] | None = None,
        key: str | None = None,
        min_position: int = 0,
    ) -> Any:
        """The answer's JSON. ``key``: the Idempotency-Key; GET, PUT and PATCH are safe to repeat without one.

        Raises RefusedByApi, and LocalStackError when the API has not answered for GIVE_UP_AFTER_S.
        """
        headers = {"Authorization": f"Bearer {self._token(role, clinics)}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        if min_position:
            headers["Healz-Min-Position"] = str(min_position)
        give_up_at = time.monotonic() + GIVE_UP_AFTER_S
        backoff_s = BACKOFF_FIRST_S
        while True:
            try:
                answer = await self._client.request(method, path, json=body, params=params, headers=headers)
            except httpx.TransportError as error:
                trouble = f"{type(error).__name__} {error}".strip()
            else:
                if answer.is_success:
                    return answer.json() if answer.content else None
                refused = RefusedByApi(method, path, answer)
                if not (answer.status_code in (502, 503, 504) or refused.rule == "conflict"):
                    raise refused
                trouble = str(refused)
            if time.monotonic() > give_up_at:
                raise LocalStackError(f"The API did not do {method} {path} within {GIVE_UP_AFTER_S:.0f} s: {trouble}")
            # The API is away or busy: give it time, a little more with each try.
            await asyncio.sleep(backoff_s)
            backoff_s = min(2 * backoff_s, BACKOFF_MAX_S)

    def _token(self, role: str, clinics: Clinics) -> str:
        if (role, clinics) not in self._tokens:
            self._tokens[role, clinics] = issue_token(self._secret, DEMO_TENANT, role, clinics=clinics, subject="demo")
        return self._tokens[role, clinics]
