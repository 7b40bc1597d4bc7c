"""One run of a sweep: all tenants, a bounded number of commands in flight; what fails is logged and passed over."""

import asyncio
import logging
import traceback
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

import asyncpg
from pydantic import ValidationError
from uuid_utils.compat import uuid7

from command_api.decide.rejected import Rejected
from command_api.handle import Handler
from command_api.scope import Asked
from command_api.settings import SweepSettings
from command_api.sweeps.candidates import Candidate, Sweep
from command_api.sweeps.database import Tenant, find, tenants
from command_api.sweeps.follow_up import Reminders
from healz.postgres import NO_CONNECTION, NO_ROOM, STALE_SESSION

log = logging.getLogger(__name__)

GONE = (*NO_CONNECTION, *NO_ROOM, *STALE_SESSION)
"""Of the database: there is no use in going on."""


@dataclass(frozen=True)
class Run:
    """What was asked for. ``local_hour``: only clinics where it is that hour; ``only`` empty: all tenants."""

    sweep: Sweep
    as_of: datetime
    local_hour: int | None = None
    only: tuple[UUID, ...] = ()
    dry_run: bool = False


@dataclass
class SweepTally:
    """What came of a run. ``changed``: how many led to events. ``stopped``: asked to end before it was through."""

    tenants: int = 0
    candidates: int = 0
    changed: int = 0
    failed: int = 0
    stopped: bool = False
    found: list[Candidate] = field(default_factory=list)
    """Of a dry run."""


class Watching(Protocol):
    """A display of how far a run has got."""

    def expects(self, candidates: int) -> None: ...
    def done(self) -> None: ...


@dataclass(frozen=True)
class Sweeper:
    """Runs sweeps. ``stop``: once it is set, what is in flight is finished, and nothing more begun."""

    connection: asyncpg.Connection
    handler: Handler
    reminders: Reminders
    settings: SweepSettings
    stop: asyncio.Event

    async def sweep(self, run: Run, watching: Watching) -> SweepTally:
        """All tenants, one after the other. Raises what is GONE, perhaps in a group: what was done stays done, and the
        next run does the rest."""
        tally = SweepTally()
        for tenant in await tenants(self.connection, run.only):
            if self.stop.is_set():
                tally.stopped = True
                break
            tally.tenants += 1
            try:
                await self._tenant(tenant, run, tally, watching)
            except GONE:
                raise
            except (ValidationError, asyncpg.PostgresError) as error:
                # Its rules are none (written past the service, or by a later release), or its query took too long.
                tally.failed += 1
                about = {"sweep": run.sweep.name, "tenant_id": tenant.tenant_id} | what_failed(error)
                log.warning("a tenant is passed over", extra=about)
        return tally

    async def _tenant(self, tenant: Tenant, run: Run, tally: SweepTally, watching: Watching) -> None:
        numbers = run.sweep.numbers(
            run.as_of, tenant.rules, timedelta(days=self.settings.healz_follow_up_late_days_max)
        )
        places = asyncio.Semaphore(self.settings.healz_sweep_commands_at_once)
        async with find(
            self.connection, run.sweep.query, tenant.tenant_id, run.as_of, run.local_hour, numbers
        ) as found:
            tally.candidates += found.count
            watching.expects(found.count)
            async with asyncio.TaskGroup() as in_flight:
                async for candidate in found.candidates():
                    if run.dry_run:
                        tally.found.append(candidate)
                        watching.done()
                        continue
                    await places.acquire()
                    if self.stop.is_set():
                        tally.stopped = True
                        break
                    task = in_flight.create_task(self._candidate(candidate, run, tally, watching))
                    task.add_done_callback(lambda _: places.release())

    async def _candidate(self, candidate: Candidate, run: Run, tally: SweepTally, watching: Watching) -> None:
        asked = Asked(
            tenant_id=candidate.tenant_id,
            role="system",
            user_id=None,
            clinics=None,
            command_id=uuid7(),
            correlation_id=uuid7(),
            metadata={"sweep": run.sweep.name},
        )
        try:
            # Not in one line with the sum: that would add to what it was before the wait.
            changed = await self._act(candidate, run, asked)
            tally.changed += changed
        except GONE:
            raise
        except Exception as error:
            # Whatever is wrong with one patient, a mistake of ours included: it must not keep all others waiting.
            tally.failed += 1
            about = {"sweep": run.sweep.name, "correlation_id": asked.correlation_id} | candidate.ids
            log.warning("a candidate is passed over", extra=about | what_failed(error))
        watching.done()

    async def _act(self, candidate: Candidate, run: Run, asked: Asked) -> bool:
        if run.sweep.command is None:
            return await self.reminders.remind(candidate, run.as_of, asked)
        answer = await self.handler.handle(run.sweep.command(occurred_at=run.as_of), candidate.target, asked)
        return bool(answer["events"])


def what_failed(error: Exception) -> dict[str, str]:
    """For the log: the kind of error, the rule that refused, the place; not its text, which may quote a patient."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    about = {"reason": type(error).__name__, "place": f"{Path(place.filename).name}:{place.lineno}"}
    return about | ({"rule": error.rule} if isinstance(error, Rejected) else {})
