"""The commands of ``healz-projection``; each returns its exit code."""

import argparse
import getpass
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from healz.projection.operate import groups, offsets, tenants
from healz.projection.operate.course import Course, Throttle
from healz.projection.operate.found import Findings, named
from healz.projection.operate.place import Underway
from healz.projection.operate.rebuild import Rebuild
from healz.projection.operate.settings import OperatorSettings
from healz.projection.operate.shown import Pace, Terminal
from healz.projection.operate.workers import Workers, connect
from healz.projection.refold.mend import Refold, Refolded
from healz.projection.refold.span import FIRST, of_one
from healz.projection.shape import Projection
from healz.projection.stored import Wanted
from healz.projection.tables import Tables

DONE, REFUSED, WRONG, UNDERWAY = 0, 1, 3, 4
TENANTS_SHOWN_MAX = 20
ROWS_SHOWN_MAX = 20
SAMPLE_SPAN_EVENTS_MAX = 100


class NotDone(Exception):
    """Not done, and why: for the operator."""


@dataclass(frozen=True)
class Operator:
    """One command on one projection."""

    name: str
    projection: Projection[Any]
    settings: OperatorSettings
    asked: argparse.Namespace
    shown: Terminal

    async def status(self) -> int:
        """How each tenant stands; the worst first."""
        connection = await self._connection()
        schema, version = self.projection.schema, self.projection.version
        now = datetime.now(UTC)
        all_of_them = await tenants.all_tenants(connection, schema)
        stands = await tenants.standing(connection, schema, all_of_them)
        stands.sort(key=lambda one: (one.halted is None, -one.behind, -one.parked, one.version == version))
        rows = stands if self.asked.all else stands[:TENANTS_SHOWN_MAX]
        self.shown.say(f"{self.name}, version {version}: {len(stands):,} tenants", "bold")
        self.shown.table(
            ["tenant", "position", "behind", "for s", "version", "parked", "dropped", "rebuild", "halted"],
            [
                [
                    str(one.tenant_id),
                    one.position,
                    one.behind,
                    0 if one.waits_since is None else round((now - one.waits_since).total_seconds(), 1),
                    one.version or 0,
                    one.parked,
                    one.dropped,
                    one.rebuild,
                    one.halted,
                ]
                for one in rows
            ],
        )
        if len(rows) < len(stands):
            self.shown.say(f"and {len(stands) - len(rows):,} more tenants; all of them: --all", "dim")
        older = sum(1 for one in stands if one.version not in {None, version})
        if older:
            self.shown.say(f"{older:,} tenants were folded by another version than {version}: rebuild them", "yellow")
        plain = [asdict(one) | {"behind": one.behind} for one in rows]
        self.shown.answer({"projection": self.name, "version": version, "tenants": plain})
        return DONE

    async def verify(self) -> int:
        """Compares rows with events, and changes nothing."""
        found = await self._verified()
        self._tell(found)
        self.shown.answer({"projection": self.name, **found.as_plain(values=self.asked.values)})
        return DONE if found.is_right else WRONG

    async def rebuild(self) -> int:
        """Puts right what differs, while all else goes on."""
        if self.asked.dry_run:
            found = await self._verified()
            self._tell(found)
            self.shown.say("nothing was changed: a dry run")
            self.shown.answer({"projection": self.name, "dry_run": True, **found.as_plain(values=self.asked.values)})
            return DONE
        connection = await self._connection()
        if self.asked.patient:
            done = Findings()
            done.add(await Refold(self.projection).mend(connection, of_one(self._tenant(), self.asked.patient)))
            self._rebuilt(done, underway=0)
            return DONE
        done, underway = Findings(), 0
        wanted = await self._tenants(connection)
        with self._workers() as workers:
            course = self._course(workers)
            rebuild = Rebuild(self.projection, self.settings, course, await self._connection())
            for tenant_id in wanted:
                try:
                    await rebuild.tenant(connection, tenant_id, self.name, done)
                except Underway as error:
                    self.shown.say(str(error), "yellow")
                    underway += 1
        self._rebuilt(done, underway=underway)
        return UNDERWAY if underway else DONE

    async def parked(self) -> int:
        """Who is parked, by cause."""
        connection = await self._connection()
        found = await groups.groups(connection, self.projection.schema)
        if found:
            self.shown.say(f"{self.name}: {sum(one.patients for one in found):,} patients are parked", "yellow")
        self.shown.table(
            ["cause", "patients", "tenants", "at an event", "error", "since"],
            [
                [one.cause, one.patients, one.tenants, one.event_type, one.error, f"{one.since:%Y-%m-%d %H:%M:%S}"]
                for one in found
            ],
        )
        if not found:
            self.shown.say(f"{self.name}: nobody is parked", "green")
        self.shown.answer({"projection": self.name, "groups": [asdict(one) for one in found]})
        return DONE

    async def retry(self) -> int:
        """Tries parked patients again, in the order of their events."""
        connection, which = await self._connection(), self._which()
        patients = await groups.parked(connection, self.projection.schema, which)
        self._retried(await self._retry(connection, patients), len(patients))
        return DONE

    async def drop(self) -> int:
        """Leaves the events of parked patients out for ever, and goes on with those after them."""
        connection, which = await self._connection(), self._which()
        patients = await groups.parked(connection, self.projection.schema, which)
        if not patients:
            raise NotDone("nobody is parked there: `healz-projection parked` says who is, by cause")
        for one in patients[:ROWS_SHOWN_MAX]:
            self.shown.say(f"{one.event_type} at {one.position} of tenant {one.tenant_id}, patient {one.patient_id}")
        self._confirm(f"{len(patients):,} events of {self.name} will be left out of this read model for ever")
        by = self.asked.by or getpass.getuser()
        dropped = await groups.drop(connection, self.projection.schema, patients, by, self.asked.reason)
        self.shown.say(f"dropped {dropped:,} events")
        self._retried(await self._retry(connection, patients), len(patients))
        return DONE

    async def reset_offsets(self) -> int:
        """Sets the consumer group back to where the topic begins."""
        if self.settings.kafka_bootstrap_servers is None:
            raise NotDone("KAFKA_BOOTSTRAP_SERVERS is needed")
        group = self.settings.healz_consumer_group or self.projection.component
        self._confirm(f"the group {group} will read {self.settings.healz_topic} from its beginning; rows don't change")
        try:
            before = await offsets.reset(self.settings.kafka_bootstrap_servers, self.settings.healz_topic, group)
        except offsets.NotReset as error:
            raise NotDone(str(error)) from error
        for partition, offset in before.items():
            self.shown.say(f"partition {partition}: was at {offset:,}")
        self.shown.answer({"projection": self.name, "group": group, "offsets_before": before})
        return DONE

    async def _verified(self) -> Findings:
        connection, found = await self._connection(), Findings()
        if self.asked.patient:
            found.add(await Refold(self.projection).verify(connection, of_one(self._tenant(), self.asked.patient)))
            return found
        wanted = await self._tenants(connection)
        share = getattr(self.asked, "share", 1.0)
        sample = None if share >= 1 else Random(self.asked.seed)  # noqa: S311  # a sample, not a secret
        tables: Tables[Any] = Tables(self.projection)
        events = 0
        for tenant_id in wanted:
            events += (await tenants.size(connection, tenant_id, FIRST))[1]
        progress = Pace(f"verify {self.name}", round(events * min(share, 1)))
        with self._workers() as workers:
            course = self._course(workers, SAMPLE_SPAN_EVENTS_MAX if sample else None)
            for tenant_id in wanted:
                seen, _ = await tables.read(connection, {tenant_id: Wanted(0, 0)}, ())
                if (problem := seen[tenant_id].problem) is not None:
                    found.problems[tenant_id] = problem.reason
                pick: Callable[[], bool] | None = (lambda: sample.random() < share) if sample else None
                async for _, refolded in course.go(connection, "verify", tenant_id, FIRST, pick):
                    found.add(refolded)
                    progress.done(found.events, f", {found.wrong.total():,} rows wrong" if found.wrong else "")
        progress.end()
        return found

    def _tell(self, found: Findings) -> None:
        for tenant_id, problem in found.problems.items():
            self.shown.say(f"tenant {tenant_id}: {problem}", "red")
        rows = [named(one, values=self.asked.values) for one in found.rows[:ROWS_SHOWN_MAX]]
        if rows:
            self.shown.table(
                ["table", "row", "key", "columns"],
                [[row["table"], row["what"], " ".join(row["key"].values()), _columns(row["columns"])] for row in rows],
            )
        counted = ", ".join(f"{number:,} {what}" for what, number in found.wrong.items())
        parked = f"; {found.parked:,} patients are parked" if found.parked else ""
        said = f"{counted} rows" if counted else "all rows are right" if found.is_right else "no row is wrong"
        style = "green" if found.is_right else "red"
        self.shown.say(
            f"{self.name}: {said}, of {found.patients:,} patients with {found.events:,} events{parked}", style
        )

    def _rebuilt(self, done: Findings, *, underway: int) -> None:
        rows = done.wrong.total()
        self.shown.say(
            f"{self.name}: rebuilt {done.patients:,} patients from {done.events:,} events in {done.seconds:.1f} s;"
            f" {rows:,} rows changed,"
            f" {done.freed:,} patients are parked no more, {done.parked:,} are",
            "green",
        )
        counted = {"patients": done.patients, "events": done.events, "seconds": round(done.seconds, 3)}
        counted |= {"rows_changed": rows, "freed": done.freed}
        self.shown.answer({"projection": self.name, **counted, "parked": done.parked, "underway": underway})

    async def _retry(self, connection: Any, patients: list[groups.ParkedPatient]) -> Refolded:
        progress = Pace(f"retry {self.name}", 0)
        done = await groups.retry(
            connection, Refold(self.projection), patients, lambda so_far: progress.done(so_far.events)
        )
        progress.end()
        return done

    def _retried(self, done: Refolded, patients: int) -> None:
        self.shown.say(
            f"{self.name}: {done.freed:,} of {patients:,} are parked no more; {len(done.parked):,} are still"
        )
        for patient_id, why in list(done.parked.items())[:ROWS_SHOWN_MAX]:
            self.shown.say(f"patient {patient_id}: {why.event_type} at {why.position}: {why.error}", "yellow")
        self.shown.answer({"projection": self.name, "freed": done.freed, "parked": len(done.parked)})

    async def _connection(self) -> Any:
        return await connect(self.settings, f"healz-projection {self.name}")

    async def _tenants(self, connection: Any) -> list[UUID]:
        known = await tenants.all_tenants(connection, self.projection.schema)
        if self.asked.tenant is None:
            return known
        if self.asked.tenant not in known:
            raise NotDone(f"there is no tenant {self.asked.tenant}: neither a log nor a read model names it")
        return [self.asked.tenant]

    def _tenant(self) -> UUID:
        if self.asked.tenant is None:
            raise NotDone("say whose patient: --tenant")
        tenant_id: UUID = self.asked.tenant
        return tenant_id

    def _which(self) -> groups.Which:
        asked = self.asked
        if asked.cause is None and asked.tenant is None and asked.patient is None and not asked.all:
            raise NotDone("say who: a CAUSE of `healz-projection parked`, --tenant, --patient, or --all")
        return groups.Which(asked.cause, asked.tenant, asked.patient)

    def _workers(self) -> Workers:
        if self.asked.workers > self.settings.healz_refold_workers_max:
            raise NotDone(f"at most {self.settings.healz_refold_workers_max} workers (HEALZ_REFOLD_WORKERS_MAX)")
        return Workers(self.name, self.settings, self.asked.workers)

    def _course(self, workers: Workers, span_events_max: int | None = None) -> Course:
        throttle = Throttle(self.asked.events_per_second)
        return Course(workers, throttle, span_events_max or self.settings.healz_refold_span_events_max)

    def _confirm(self, sentence: str) -> None:
        if self.asked.yes:
            return
        if not sys.stdin.isatty():
            raise NotDone(f"{sentence}. Nobody to ask: say --yes")
        if input(f"{sentence}. Go on? [y/N] ").strip().lower() not in {"y", "yes"}:
            raise NotDone("nothing was changed")


def _columns(columns: Any) -> str:
    if isinstance(columns, dict):
        return "; ".join(f"{name}: {one['is']} → {one['should_be']}" for name, one in columns.items())
    return ", ".join(columns)
