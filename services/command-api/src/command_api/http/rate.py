"""A rate limit for each tenant: one clinic's runaway script is not another clinic's slow day."""

import asyncio
import math
import time
from uuid import UUID

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from command_api.http.auth import Principal
from command_api.http.problems import Problem
from command_api.http.requests_counted import RequestsCounted

PUBLIC_PAGES = ("/schema", "/contracts")
"""And /schema-ui, the files of the first."""
NOBODY = UUID(int=0)
"""Whom it is counted for what is asked of the public pages."""
MAY = "this organisation may make"
ALL_MAY = "of the public pages, all who look at them may make"


class RateLimit(ASGIMiddleware):
    """Refuses with 429 what a tenant asks beyond its rate, counted over the last 60 seconds.

    And with 503 what finds as many requests of its organisation waiting as may wait, before anything is done for it.

    Comes after the authentication; of tokens that are known the Gate has looked already. What asks for the page at
    /schema, for its files and for contracts needs none: all of that together may be as much as one tenant's. Probes of
    health pass.

    A refusal comes ``pause_seconds`` later (a tarpit): whoever asks again at once, whatever is answered, would
    otherwise keep the process busy with refusals.
    """

    def __init__(self, counted: RequestsCounted, pause_seconds: float) -> None:
        self._counted = counted
        self._pause_seconds = pause_seconds

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Counts the request and passes it on. Raises Problem, and Busy."""
        user: Principal | None = scope.get("user")
        if user is not None:
            scope["litestar_app"].state.shares.check_room(user.tenant_id)
            await self._count(user.tenant_id, MAY)
        elif scope["path"].startswith(PUBLIC_PAGES):
            await self._count(NOBODY, ALL_MAY)
        await next_app(scope, receive, send)

    async def _count(self, who: UUID, may: str) -> None:
        now = time.time()
        seconds = self._counted.seconds_to_wait(who, now)
        if seconds:
            await asyncio.sleep(self._pause_seconds)  # the tarpit
            raise too_many(may, self._counted.per_minute_max, seconds - self._pause_seconds)
        self._counted.count(who, now)


def too_many(may: str, most: int, seconds: float) -> Problem:
    """The refusal of one that would be too many; ``seconds`` until one more may be asked."""
    whole = max(1, math.ceil(seconds))
    return Problem(429, f"{may} {most} requests a minute; go on in {whole} s", headers={"Retry-After": str(whole)})
