"""Rebuilds a tenant: its patients one span after the other, each written down, so that an interrupted one goes on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from healz.postgres import AWAY
from healz.projection.moves import JUST_THE_CHECKPOINT
from healz.projection.operate import tenants
from healz.projection.operate.course import Course
from healz.projection.operate.found import Findings
from healz.projection.operate.place import RebuildPlace, RebuildPlaces
from healz.projection.operate.settings import OperatorSettings
from healz.projection.operate.shown import Pace
from healz.projection.refold.span import FIRST
from healz.projection.refold.writing import Writing
from healz.projection.shape import Projection
from healz.projection.tables import Tables

RENEWALS_PER_LEASE = 4


class Rebuild:
    """``leasing`` is a connection of its own: the place is held while the other waits."""

    def __init__(self, projection: Projection[Any], settings: OperatorSettings, course: Course, leasing: Any) -> None:
        self._tables: Tables[Any] = Tables(projection)
        self._writing: Writing[Any] = Writing(projection)
        self._course = course
        self._leasing = leasing
        self._leasing_lock = asyncio.Lock()
        self._lease_seconds = settings.healz_rebuild_lease_seconds
        self._places = RebuildPlaces(projection.schema, projection.version, self._lease_seconds)

    async def tenant(self, connection: Any, tenant_id: UUID, name: str, done: Findings, *, anew: bool) -> str | None:
        """Adds to ``done`` what was done by this call. Returns what is to be said of its beginning.

        ``anew``: not from where an interrupted one ended. Raises Underway, and what the work raises.
        """
        async with self._leasing_lock:
            place = await self._places.take(self._leasing, tenant_id, anew=anew)
        first = None if place.after == FIRST else place.after
        patients, events = await tenants.size(connection, tenant_id, place.after)
        progress, begun_at = Pace(f"rebuild {name} of {tenant_id}", events), place.events
        try:
            await self._set_right(connection, tenant_id)
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
        except BaseException:  # whatever ended it: whoever comes next need not wait for the lease to end
            with contextlib.suppress(*AWAY):
                async with self._leasing_lock:
                    await self._places.let_go(self._leasing, tenant_id)
            raise
        finally:
            progress.end()
        begun = f"begun {place.started_at:%Y-%m-%d %H:%M:%S} UTC (--anew: from the first)"
        return None if first is None else f"{tenant_id}: went on after the patient {first}, {begun}"

    async def _set_right(self, connection: Any, tenant_id: UUID) -> None:
        """Where the checkpoint is not of this log, before anything is refolded."""
        async with self._writing.held(connection, tenant_id):
            seen, _ = await self._tables.read(connection, {tenant_id: JUST_THE_CHECKPOINT}, ())
            if seen[tenant_id].problem is not None:
                await self._places.set_right(connection, tenant_id)

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
                with contextlib.suppress(*AWAY):  # what is written after the next span says whether that matters
                    await self._write_down(tenant_id, place)

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing
