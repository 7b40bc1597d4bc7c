"""Whose request is worked on next: fair queueing, so that an organisation that asks for much waits for itself alone.

A process works on few requests at once; more would only slow each other down, and wait for connections in the order in
which they came, whoever sent them. Those that wait stand in a line for each tenant, and a place that gets free goes to
the tenant that has the fewest, in turn where several have as few.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from uuid import UUID

from command_api.fold.lines import Busy
from command_api.settings import ApiSettings


@dataclass(frozen=True)
class ShareLimits:
    """``at_once_max`` in the process and ``per_tenant_max`` of these; so many of a tenant's wait, for so long."""

    at_once_max: int
    per_tenant_max: int
    waiting_per_tenant_max: int
    wait_seconds_max: float


def share_limits(settings: ApiSettings) -> ShareLimits:
    """As the settings say."""
    return ShareLimits(
        at_once_max=settings.healz_requests_at_once_max,
        per_tenant_max=settings.healz_requests_at_once_per_tenant_max,
        waiting_per_tenant_max=settings.healz_requests_waiting_per_tenant_max,
        wait_seconds_max=settings.healz_turn_wait_seconds_max,
    )


def placed(shares: "Shares | None", tenant_id: UUID) -> AbstractAsyncContextManager[None]:
    """A place of the tenant's; nothing where there are no shares: in a job of its own."""
    return nullcontext() if shares is None else shares.place(tenant_id)


class Shares:
    """The places of one process."""

    def __init__(self, limits: ShareLimits) -> None:
        self._limits = limits
        self._working: Counter[UUID] = Counter()
        self._taken = 0
        self._lines: OrderedDict[UUID, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def place(self, tenant_id: UUID) -> AsyncIterator[None]:
        """Held while the request computes or asks the database; never while it waits for its client.

        Raises Busy when too many of the tenant's wait already, or this one has for too long.
        """
        if self._may_work(tenant_id) and tenant_id not in self._lines:
            self._take(tenant_id)
        else:
            await self._wait(tenant_id)
        try:
            yield
        finally:
            self._give_back(tenant_id)

    def check_room(self, tenant_id: UUID) -> None:
        """Raises Busy when too many of the tenant's wait already: asked before anything is done for a request, so that
        to refuse it costs next to nothing."""
        if (waiting := len(self._lines.get(tenant_id, ()))) >= self._limits.waiting_per_tenant_max:
            raise Busy(f"{waiting} requests of this organisation wait for their turn already; try again shortly")

    def _may_work(self, tenant_id: UUID) -> bool:
        return self._taken < self._limits.at_once_max and self._working[tenant_id] < self._limits.per_tenant_max

    def _take(self, tenant_id: UUID) -> None:
        self._working[tenant_id] += 1
        self._taken += 1

    def _give_back(self, tenant_id: UUID) -> None:
        self._taken -= 1
        self._working[tenant_id] -= 1
        if not self._working[tenant_id]:
            del self._working[tenant_id]
        self._call_next()

    async def _wait(self, tenant_id: UUID) -> None:
        self.check_room(tenant_id)
        line = self._lines.setdefault(tenant_id, deque())
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(called)
        try:
            async with asyncio.timeout(self._limits.wait_seconds_max):
                await called
        except TimeoutError as error:
            self._leave(tenant_id, called)
            raise Busy(
                "this organisation asks for much at once, and its turn did not come; try again shortly"
            ) from error
        except asyncio.CancelledError:
            self._leave(tenant_id, called)
            raise

    def _leave(self, tenant_id: UUID, called: "asyncio.Future[None]") -> None:
        """The client has gone, or waited for too long. Whoever was just called gives the place on."""
        if called.done() and not called.cancelled():
            self._give_back(tenant_id)
        elif called in (line := self._lines.get(tenant_id, deque())):
            line.remove(called)
            if not line:
                del self._lines[tenant_id]

    def _call_next(self) -> None:
        """The places that are free, each to the tenant that has the fewest; the line that was called goes last."""
        while waiting := [tenant_id for tenant_id in self._lines if self._may_work(tenant_id)]:
            tenant_id = min(waiting, key=self._working.__getitem__)
            line = self._lines[tenant_id]
            called = line.popleft()
            # Cancelled, and its task has not run yet: it stands in no line any more.
            if not called.cancelled():
                called.set_result(None)
                self._take(tenant_id)
            if line:
                self._lines.move_to_end(tenant_id)
            else:
                del self._lines[tenant_id]
