"""Compares rows with events and changes nothing: of all, of one tenant or patient, or of a sample."""

import secrets
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from healz.events import UnknownEvent
from healz.postgres import AWAY
from healz.projection.halted import reason_of
from healz.projection.moves import JUST_THE_CHECKPOINT
from healz.projection.operate import tenants, verification
from healz.projection.operate.found import Findings, named
from healz.projection.operate.operator import DONE, NOT_ALL, ROWS_SHOWN_MAX, WRONG, NotDone, Operator
from healz.projection.operate.shown import Pace
from healz.projection.refold.mend import Refold
from healz.projection.refold.span import FIRST, of_one
from healz.projection.tables import Tables

SAMPLE_SPAN_EVENTS_MAX = 100
SAMPLE_SINGLY_MAX = 1000
"""Patients."""
SEEDS = 10**9
NEWER = "use the release that knows these events"


async def verify(operator: Operator) -> int:
    """Compares rows with events, and changes nothing."""
    asked, seed = operator.asked, _seed(operator)
    found = await compared(operator, asked.share, seed)
    tell(operator, found)
    if seed is not None:
        operator.shown.say(f"a sample; the same one again: --share {asked.share:g} --seed {seed}", "dim")
    plain = {"projection": operator.name, "share": found.share, "seed": seed}
    operator.shown.answer(plain | found.as_plain(values=asked.values))
    if asked.tenant is None:
        await keep(operator, found.verification())
    if not found.is_right:
        return WRONG
    return NOT_ALL if found.not_done else DONE


async def keep(
    operator: Operator, result: verification.Verification, *, unless_found_since: datetime | None = None
) -> None:
    """For ``status``, unless nobody was compared; where that fails, what was found has been told all the same."""
    if not result.patients and not result.wrong:
        return
    try:
        connection, schema = await operator.connection(), operator.projection.schema
        if unless_found_since and await verification.found_since(connection, schema, unless_found_since):
            return
        await verification.keep(connection, schema, result, operator.settings.healz_verifications_kept)
    except (asyncpg.PostgresError, *AWAY) as error:
        operator.shown.warn(f"the result was not kept for `status`: {reason_of(error)}")


async def compared(operator: Operator, share: float = 1.0, seed: int | None = None) -> Findings:
    """What verify finds, and a rebuild would change; of a sample, where ``seed`` says which."""
    connection, found = await operator.connection(), Findings()
    tables: Tables[Any] = Tables(operator.projection)
    if operator.asked.patient:
        tenant_id = operator.tenant()
        found.add(await Refold(operator.projection).verify(connection, of_one(tenant_id, operator.asked.patient)))
        if not found.patients:
            raise NotDone("there is no such patient, neither events nor rows")
        await _look_at_checkpoint(connection, tables, tenant_id, found)
        return found
    wanted = await operator.tenants(connection)
    sizes = [await tenants.size(connection, tenant_id, FIRST) for tenant_id in wanted]
    patients, events = (sum(size[n] for size in sizes) for n in range(2))
    if seed is not None:
        found.share = min(1.0, max(share, operator.settings.healz_verify_patients_min / max(1, patients)))
    progress = Pace(f"verify {operator.name}", round(events * found.share))
    with operator.workers() as workers:
        course = operator.course(workers, None if seed is None else _span_events_max(patients * found.share))

        async def compare(connection: Any, tenant_id: UUID) -> None:
            await _look_at_checkpoint(connection, tables, tenant_id, found)
            pick = None if seed is None else _picked(found.share, seed, tenant_id)
            try:
                async for _, refolded in course.go(connection, "verify", tenant_id, FIRST, pick):
                    found.add(refolded)
                    progress.done(found.events, f", {found.wrong.total():,} rows wrong" if found.wrong else "")
            except UnknownEvent as error:
                found.not_done[tenant_id] = str(error)
            else:
                found.tenants += 1

        await operator.each(wanted, compare)
    progress.end()
    return found


async def _look_at_checkpoint(connection: Any, tables: Tables[Any], tenant_id: UUID, found: Findings) -> None:
    seen, _ = await tables.read(connection, {tenant_id: JUST_THE_CHECKPOINT}, ())
    if (problem := seen[tenant_id].problem) is not None:
        found.problems[tenant_id] = problem.reason


def _seed(operator: Operator) -> int | None:
    """Of the sample that is asked for; None: all are compared."""
    if operator.asked.share >= 1 or operator.asked.patient:
        return None
    seed: int | None = operator.asked.seed
    return secrets.randbelow(SEEDS) if seed is None else seed


def _span_events_max(patients: float) -> int:
    """Few patients are taken one by one: several at a time, and chance may pick nobody at all."""
    return 1 if patients <= SAMPLE_SINGLY_MAX else SAMPLE_SPAN_EVENTS_MAX


def _picked(share: float, seed: int, tenant_id: UUID) -> Callable[[], bool]:
    """A tenant's own choice: which tenants are gone through at once, and by how many workers, does not count."""
    chance = Random(f"{seed} {tenant_id}")  # noqa: S311  # a sample, not a secret
    return lambda: chance.random() < share


def tell(operator: Operator, found: Findings) -> None:
    """Says it to people."""
    for tenant_id, problem in found.problems.items():
        operator.shown.say(f"tenant {tenant_id}: {problem}", "red")
    rows = [named(one, values=operator.asked.values) for one in found.rows[:ROWS_SHOWN_MAX]]
    if rows:
        operator.shown.table(
            ["table", "row", "key", "columns"],
            [[row["table"], row["what"], " ".join(row["key"].values()), _columns(row["columns"])] for row in rows],
        )
    counted = ", ".join(f"{number:,} {what}" for what, number in found.wrong.items())
    parked = f"; {found.parked:,} patients are parked" if found.parked else ""
    right = "all rows that were compared are right" if found.not_done else "all rows are right"
    right = right if found.patients else "nobody was compared"
    said = f"{counted} rows" if counted else right if found.is_right else "no row is wrong"
    for problem in found.not_done.values():
        operator.shown.say(problem, "yellow")
    if found.not_done:
        said += f"; {len(found.not_done):,} tenants were left: {NEWER}"
    style = "red" if not found.is_right else "yellow" if found.not_done else "green"
    operator.shown.say(
        f"{operator.name}: {said}, of {found.patients:,} patients with {found.events:,} events{parked}", style
    )


def _columns(columns: Any) -> str:
    if isinstance(columns, dict):
        return "; ".join(f"{name}: {one['is']} → {one['should_be']}" for name, one in columns.items())
    return ", ".join(columns)
