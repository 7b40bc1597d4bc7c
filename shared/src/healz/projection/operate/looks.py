"""The commands that change nothing; each returns its exit code."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from healz.projection.operate import groups, tenants
from healz.projection.operate.explained import CellReason, reasons, table_of, whose
from healz.projection.operate.found import Findings, named
from healz.projection.operate.operator import DONE, NO_SUCH_ROW, ROWS_SHOWN_MAX, WRONG, NotDone, Operator
from healz.projection.operate.shown import Pace
from healz.projection.refold.mend import Refold
from healz.projection.refold.span import FIRST, of_one
from healz.projection.stored import Wanted
from healz.projection.tables import Tables

TENANTS_SHOWN_MAX = 20
SAMPLE_SPAN_EVENTS_MAX = 100


async def status(operator: Operator) -> int:
    """How each tenant stands; the worst first."""
    connection = await operator.connection()
    schema, version = operator.projection.schema, operator.projection.version
    now = datetime.now(UTC)
    all_of_them = await tenants.all_tenants(connection, schema)
    stands = await tenants.standing(connection, schema, all_of_them)
    stands.sort(key=lambda one: (one.halted is None, -one.behind, -one.parked, one.version == version))
    rows = stands if operator.asked.all else stands[:TENANTS_SHOWN_MAX]
    operator.shown.say(f"{operator.name}, version {version}: {len(stands):,} tenants", "bold")
    operator.shown.table(
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
        operator.shown.say(f"and {len(stands) - len(rows):,} more tenants; all of them: --all", "dim")
    older = sum(1 for one in stands if one.version not in {None, version})
    if older:
        operator.shown.say(f"{older:,} tenants were folded by another version than {version}: rebuild them", "yellow")
    plain = [asdict(one) | {"behind": one.behind} for one in rows]
    operator.shown.answer({"projection": operator.name, "version": version, "tenants": plain})
    return DONE


async def verify(operator: Operator) -> int:
    """Compares rows with events, and changes nothing."""
    found = await compared(operator)
    tell(operator, found)
    operator.shown.answer({"projection": operator.name, **found.as_plain(values=operator.asked.values)})
    return DONE if found.is_right else WRONG


async def why(operator: Operator) -> int:
    """Of each column of a row, the event that last changed it."""
    connection = await operator.connection()
    table = table_of(operator.projection, operator.asked.table)
    if table is None:
        names = ", ".join(one.name for one in operator.projection.all_tables)
        raise NotDone(f"{operator.name} has no table {operator.asked.table}: say one of {names}")
    if len(operator.asked.key) != len(table.key) - 1:
        raise NotDone(f"a row of {table.name} is told by {' and '.join(table.key[1:])}")
    for tenant_id in await operator.tenants(connection):
        patient_id = await whose(connection, table, tenant_id, operator.asked.key)
        if patient_id is not None:
            if operator.asked.column is not None and operator.asked.column not in table.columns:
                raise NotDone(f"{table.name} has no column {operator.asked.column}: it has {', '.join(table.columns)}")
            found, parked = await reasons(
                connection, operator.projection, table, tenant_id, patient_id, operator.asked.key
            )
            asked = [one for one in found if operator.asked.column in {None, one.column}]
            return _explain(operator, table.name, asked, parked)
    operator.shown.say(f"{table.name} has no such row", "yellow")
    operator.shown.answer({"projection": operator.name, "table": table.name, "columns": None})
    return NO_SUCH_ROW


async def parked(operator: Operator) -> int:
    """Who is parked, by cause."""
    connection = await operator.connection()
    found = await groups.groups(connection, operator.projection.schema)
    if found:
        operator.shown.say(f"{operator.name}: {sum(one.patients for one in found):,} patients are parked", "yellow")
    operator.shown.table(
        ["cause", "patients", "tenants", "at an event", "error", "since"],
        [
            [one.cause, one.patients, one.tenants, one.event_type, one.error, f"{one.since:%Y-%m-%d %H:%M:%S}"]
            for one in found
        ],
    )
    if not found:
        operator.shown.say(f"{operator.name}: nobody is parked", "green")
    operator.shown.answer({"projection": operator.name, "groups": [asdict(one) for one in found]})
    return DONE


async def compared(operator: Operator) -> Findings:
    """What verify finds, and a rebuild would change."""
    connection, found = await operator.connection(), Findings()
    if operator.asked.patient:
        span = of_one(operator.tenant(), operator.asked.patient)
        found.add(await Refold(operator.projection).verify(connection, span))
        if not found.patients:
            raise NotDone("there is no such patient, neither events nor rows")
        return found
    wanted = await operator.tenants(connection)
    share = getattr(operator.asked, "share", 1.0)
    sample = None if share >= 1 else Random(operator.asked.seed)  # noqa: S311  # a sample, not a secret
    pick: Callable[[], bool] | None = None if sample is None else lambda: sample.random() < share
    tables: Tables[Any] = Tables(operator.projection)
    events = 0
    for tenant_id in wanted:
        events += (await tenants.size(connection, tenant_id, FIRST))[1]
    progress = Pace(f"verify {operator.name}", round(events * min(share, 1)))
    with operator.workers() as workers:
        course = operator.course(workers, SAMPLE_SPAN_EVENTS_MAX if sample else None)

        async def compare(connection: Any, tenant_id: UUID) -> None:
            seen, _ = await tables.read(connection, {tenant_id: Wanted(0, 0)}, ())
            if (problem := seen[tenant_id].problem) is not None:
                found.problems[tenant_id] = problem.reason
            async for _, refolded in course.go(connection, "verify", tenant_id, FIRST, pick):
                found.add(refolded)
                progress.done(found.events, f", {found.wrong.total():,} rows wrong" if found.wrong else "")

        await operator.each(wanted, compare)
    progress.end()
    return found


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
    right = "all rows are right" if found.patients else "nobody was compared"
    said = f"{counted} rows" if counted else right if found.is_right else "no row is wrong"
    style = "green" if found.is_right else "red"
    operator.shown.say(
        f"{operator.name}: {said}, of {found.patients:,} patients with {found.events:,} events{parked}", style
    )


def _explain(operator: Operator, table: str, found: list[CellReason], parked: int | None) -> int:
    operator.shown.table(
        ["column", "value", "event", "position", "recorded at", "operation"],
        [
            [
                one.column,
                str(one.value) if one.is_right else f"{one.value}, but there is {one.there}",
                one.event_type,
                one.position,
                f"{one.created_at:%Y-%m-%d %H:%M:%S}",
                str(one.correlation_id),
            ]
            for one in found
        ],
    )
    wrong = [one.column for one in found if not one.is_right]
    if wrong or not found:
        said = f"not what the events make: {', '.join(wrong)}" if found else "no event makes this row"
        operator.shown.say(f"{said}; `healz-projection rebuild` mends it", "red")
    if parked is not None:
        operator.shown.say(f"the patient is parked: the row is as of before position {parked}", "yellow")
    columns = [asdict(one) | {"right": one.is_right} for one in found]
    operator.shown.answer(
        {"projection": operator.name, "table": table, "columns": columns, "parked_at_position": parked}
    )
    return WRONG if wrong or not found else DONE


def _columns(columns: Any) -> str:
    if isinstance(columns, dict):
        return "; ".join(f"{name}: {one['is']} → {one['should_be']}" for name, one in columns.items())
    return ", ".join(columns)
