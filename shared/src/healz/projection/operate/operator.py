"""One command on one projection, as it was asked: what the commands have in common."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from healz.projection.operate import groups, tenants
from healz.projection.operate.course import Course, Throttle
from healz.projection.operate.settings import OperatorSettings
from healz.projection.operate.shown import Terminal
from healz.projection.operate.workers import Workers, connect
from healz.projection.shape import Projection

DONE, REFUSED, WRONG, NOT_ALL, NO_SUCH_ROW = 0, 1, 3, 4, 5
"""Exit codes."""
ROWS_SHOWN_MAX = 20


class NotDone(Exception):
    """And why: for the operator."""


@dataclass(frozen=True)
class Operator:
    """One command on one projection."""

    name: str
    projection: Projection[Any]
    settings: OperatorSettings
    asked: argparse.Namespace
    shown: Terminal

    async def connection(self) -> Any:
        """One more connection of the projector's login."""
        return await connect(self.settings, f"healz-projection {self.name}")

    async def each(self, wanted: Sequence[UUID], do: Callable[[Any, UUID], Awaitable[None]]) -> None:
        """Tenant by tenant, as many at a time as there are workers, each on a connection of its own."""
        left = iter(wanted)

        async def one_after_the_other() -> None:
            connection = await self.connection()
            for tenant_id in left:
                await do(connection, tenant_id)

        begun = [asyncio.create_task(one_after_the_other()) for _ in range(min(self.asked.workers, len(wanted)))]
        try:
            await asyncio.gather(*begun)
        finally:
            for task in begun:
                task.cancel()
            await asyncio.gather(*begun, return_exceptions=True)

    async def tenants(self, connection: Any) -> list[UUID]:
        """Those that are asked for. Raises NotDone."""
        known = await tenants.all_tenants(connection, self.projection.schema)
        if self.asked.tenant is None:
            return known
        if self.asked.tenant not in known:
            raise NotDone(f"there is no tenant {self.asked.tenant}: neither a log nor a read model names it")
        return [self.asked.tenant]

    def tenant(self) -> UUID:
        """The one that is asked for. Raises NotDone."""
        if self.asked.tenant is None:
            raise NotDone("say whose patient: --tenant")
        tenant_id: UUID = self.asked.tenant
        return tenant_id

    def which(self) -> groups.Which:
        """Of the parked. Raises NotDone where nobody was named."""
        asked = self.asked
        if asked.cause is None and asked.tenant is None and asked.patient is None and not asked.all:
            raise NotDone("say who: a CAUSE of `healz-projection parked`, --tenant, --patient, or --all")
        return groups.Which(asked.cause, asked.tenant, asked.patient)

    def workers(self) -> Workers:
        """As many as were asked for. Raises NotDone beyond the bound."""
        if self.asked.workers > self.settings.healz_refold_workers_max:
            raise NotDone(f"at most {self.settings.healz_refold_workers_max} workers (HEALZ_REFOLD_WORKERS_MAX)")
        return Workers(self.name, self.settings, self.asked.workers)

    def course(self, workers: Workers, span_events_max: int | None = None) -> Course:
        """As fast as was asked for."""
        throttle = Throttle(self.asked.events_per_second)
        return Course(workers, throttle, span_events_max or self.settings.healz_refold_span_events_max)

    def confirm(self, sentence: str) -> None:
        """Asks a person. Raises NotDone without a yes."""
        if self.asked.yes:
            return
        if not sys.stdin.isatty():
            raise NotDone(f"{sentence}. Nobody to ask: say --yes")
        sys.stderr.write(f"{sentence}. Go on? [y/N] ")
        sys.stderr.flush()
        if input().strip().lower() not in {"y", "yes"}:
            raise NotDone("nothing was changed")
