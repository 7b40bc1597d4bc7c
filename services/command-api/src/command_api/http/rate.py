"""A rate limit for each tenant: one clinic's runaway script is not another clinic's slow day."""

import asyncio
import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from command_api.http.auth import Principal
from command_api.http.problems import Problem

PUBLIC_PAGES = "/schema"
"""And /schema-ui, its files."""


class RateLimit(ASGIMiddleware):
    """Refuses with 429 what a tenant asks beyond ``requests_per_minute_max``, counted over the last 60 seconds.

    And with 503 what finds as many requests of its organisation waiting as may wait, before anything is done for it.

    Each process of the API counts what comes to it. Comes after the authentication. What asks for the page at /schema
    and for its files needs none: all of that together may be as much as one tenant's. Probes of health pass.

    A refusal comes ``pause_seconds`` later (a tarpit): whoever asks again at once, whatever is answered, would
    otherwise keep the process busy with refusals.
    """

    def __init__(self, requests_per_minute_max: int, pause_seconds: float) -> None:
        self._pause_seconds = pause_seconds
        self._most = RateLimitItemPerMinute(requests_per_minute_max)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Counts the request and passes it on. Raises Problem, and Busy."""
        user: Principal | None = scope.get("user")
        if user is not None:
            scope["litestar_app"].state.shares.check_room(user.tenant_id)
            await self._count(str(user.tenant_id), "this organisation may make")
        elif scope["path"].startswith(PUBLIC_PAGES):
            await self._count(PUBLIC_PAGES, "of this page, all who look at it may make")
        await next_app(scope, receive, send)

    async def _count(self, who: str, may: str) -> None:
        if await self._limiter.hit(self._most, who):
            return
        window = await self._limiter.get_window_stats(self._most, who)
        await asyncio.sleep(self._pause_seconds)  # the tarpit
        seconds = max(1, math.ceil(window.reset_time - time.time()))
        raise Problem(
            429,
            f"{may} {self._most.amount} requests a minute; go on in {seconds} s",
            headers={"Retry-After": str(seconds)},
        )
