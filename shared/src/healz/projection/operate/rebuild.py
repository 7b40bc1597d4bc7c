"""Rebuilds a tenant: its patients one span after the other, each written down, so that an interrupted one goes on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from healz.projection.operate import tenants
from healz.projection.operate.course import Course
from healz.projection.operate.found import Findings
from healz.projection.operate.place import RebuildPlace, RebuildPlaces
from healz.projection.operate.settings import OperatorSettings
from healz.projection.operate.shown import Pace
from healz.projection.shape import Projection

RENEWALS_PER_LEASE = 4


class Rebuild:
    """``leasing`` is a connection of its own: the place is held while the other waits."""

    def __init__(self, projection: Projection[Any], settings: OperatorSettings, course: Course, leasing: Any) -> None:
        self._schema = projection.schema
        self._course = course
        self._leasing = leasing
        self._leasing_lock = asyncio.Lock()
        self._lease_seconds = settings.healz_rebuild_lease_seconds
        self._places = RebuildPlaces(projection.schema, projection.version, self._lease_seconds)

    async def tenant(self, connection: Any, tenant_id: UUID, name: str, done: Findings) -> None:
        """Adds to ``done`` what was done by this call. Raises Underway, and what the work raises."""
        async with self._leasing_lock:
            place = await self._places.take(self._leasing, tenant_id)
        patients, events = await tenants.size(connection, tenant_id, place.after)
        progress, begun_at = Pace(f"rebuild {name} of {tenant_id}", events), place.events
        try:
            async with self._held(tenant_id, place):
                async for until, refolded in self._course.go(connection, "mend", tenant_id, place.after):
                    done.add(refolded)
                    place.after = until
                    place.patients += refolded.patients
                    place.events += refolded.events
                    place.rows_changed += len(refolded.wrong)
                    await self._write_down(tenant_id, place)
                    progress.done(place.events - begun_at, f"; {patients:,} patients")
            async with self._leasing_lock:
                await self._places.done(self._leasing, tenant_id)
        except (asyncio.CancelledError, KeyboardInterrupt):
            async with self._leasing_lock:
                await self._places.let_go(self._leasing, tenant_id)
            raise
        finally:
            progress.end()

    async def _write_down(self, tenant_id: UUID, place: RebuildPlace) -> None:
        async with self._leasing_lock:
            await self._places.advance(self._leasing, tenant_id, place)

    @contextlib.asynccontextmanager
    async def _held(self, tenant_id: UUID, place: RebuildPlace) -> AsyncIterator[None]:
        """A throttled rebuild may wait for longer than the lease lasts."""

        async def renew() -> None:
            while True:
                # The pace of renewing.
                await asyncio.sleep(self._lease_seconds / RENEWALS_PER_LEASE)
                await self._write_down(tenant_id, place)

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing
