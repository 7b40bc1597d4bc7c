"""Load shedding: what a tenant asks beyond its room or its rate is refused in front of the framework.

There a refusal costs a small part of an answer, so that those who are refused take little from those who are answered.
Only a token that is known as good is looked at; whatever else is too much passes, and is refused further inside.
"""

import asyncio
import time
from functools import lru_cache
from typing import Any
from uuid import UUID

from litestar import Litestar
from litestar.serialization import encode_json
from litestar.types import HTTPScope, Receive, Send

from command_api.fold.lines import Busy
from command_api.http.answer_headers import NEVER_SHOWN, Headers, always, cors, cors_headers
from command_api.http.auth import bearer
from command_api.http.metrics import answered
from command_api.http.problems import PROBLEM_TYPE, Problem, busy, document
from command_api.http.rate import MAY, too_many
from command_api.http.refusals import Refusals
from command_api.http.requests_counted import RequestsCounted
from command_api.http.tokens import Tokens
from command_api.http.tracing import operation
from command_api.settings import ApiSettings
from command_api.shares import Shares

FOR_A_TENANT = "/v1/"
"""What is asked with a token begins so."""


class Gate:
    """An ASGI application in front of ``app``; takes what it judges by from its state.

    It answers as is answered further inside, but for the log: refusals have no line each (``Refusals``).
    """

    def __init__(self, app: Litestar, settings: ApiSettings) -> None:
        self._app = app
        self._tokens: Tokens = app.state.tokens
        self._shares: Shares = app.state.shares
        self._counted: RequestsCounted = app.state.requests_counted
        self._refusals: Refusals = app.state.refusals
        self._pause_seconds = settings.healz_refusal_pause_seconds
        self._always = [*always(settings.healz_hsts_seconds), *NEVER_SHOWN]
        self._cors = cors(settings.healz_cors_origins)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Refuses the request, or passes it on."""
        if scope["type"] == "http":
            tenant_id = self._tenant(scope)
            refusal = None if tenant_id is None else self._refusal(tenant_id)
            if tenant_id is not None and refusal is not None:
                self._refusals.count(tenant_id, refusal.status)
                await self._refuse(refusal, scope, send)
                return
        await self._app(scope, receive, send)

    def _tenant(self, scope: HTTPScope) -> UUID | None:
        """Whose the request is, if that is known without a look at a signature."""
        if not scope["path"].startswith(FOR_A_TENANT) or scope["method"] == "OPTIONS":
            return None
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        token = bearer(sent[0].decode("latin-1")) if len(sent) == 1 else None
        principal = self._tokens.known(token) if token else None
        return principal.tenant_id if principal is not None else None

    def _refusal(self, tenant_id: UUID) -> Problem | None:
        try:
            self._shares.check_room(tenant_id)
        except Busy as error:
            return busy(error)
        seconds = self._counted.seconds_to_wait(tenant_id, time.time())
        return too_many(MAY, self._counted.per_minute_max, seconds - self._pause_seconds) if seconds else None

    async def _refuse(self, refusal: Problem, scope: HTTPScope, send: Send) -> None:
        if refusal.status == 429:
            await asyncio.sleep(self._pause_seconds)  # the tarpit, as RateLimit has it
        now = operation(scope, recorded=False)
        answered(scope["method"], None, refusal.status, time.perf_counter() - now.started)
        head, body = _rendered(refusal.status, refusal.detail, refusal.headers["Retry-After"])
        headers = [
            *head,
            (b"x-correlation-id", str(now.correlation_id).encode()),
            (b"traceparent", now.traceparent.encode()),
            *self._always,
            *cors_headers(self._cors, scope["headers"]),
        ]
        await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


@lru_cache(maxsize=100)
def _rendered(status: int, detail: str, retry_after: str) -> tuple[Headers, bytes]:
    """The headers that belong to the body, and the body."""
    body = encode_json(document(Problem(status, detail)))
    return [
        (b"content-type", PROBLEM_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", retry_after.encode()),
    ], body
