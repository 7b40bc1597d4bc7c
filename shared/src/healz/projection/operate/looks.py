"""The commands that change nothing; each returns its exit code."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from healz.projection.operate import groups, tenants, verification
from healz.projection.operate.explained import CellReason, reasons, table_of, whose
from healz.projection.operate.operator import DONE, NO_SUCH_ROW, WRONG, NotDone, Operator

TENANTS_SHOWN_MAX = 20


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
        [
            "tenant",
            "position",
            "behind",
            "for s",
            "version",
            "parked",
            "dropped",
            "refolds",
            "holes filled",
            "rebuild",
            "halted",
        ],
        [
            [
                str(one.tenant_id),
                one.position,
                one.behind,
                0 if one.waits_since is None else round((now - one.waits_since).total_seconds(), 1),
                one.version or 0,
                one.parked,
                one.dropped,
                one.refolds,
                one.holes_filled,
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
    verified = await verification.last(connection, schema)
    finding = await verification.finding(connection, schema)
    operator.shown.say(verified.in_words(now) if verified else "never verified", _style(verified))
    if finding is not None and finding != verified:
        operator.shown.say(f"and before: {finding.in_words(now)}; so much was not compared since, or mended", "red")
    plain: dict[str, Any] = {"projection": operator.name, "version": version}
    plain |= {f"last_verified_{name}": verified and verified.as_plain(now)[name] for name in verification.PLAIN}
    if finding is not None:
        plain["last_verified_wrong"] = finding.wrong
    plain["finding"] = finding and finding.as_plain(now)
    plain["tenants"] = [asdict(one) | {"behind": one.behind} for one in stands]
    operator.shown.answer(plain)
    return DONE


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


def _style(verified: verification.Verification | None) -> str:
    if verified is None:
        return "dim"
    return "red" if verified.wrong else "yellow" if verified.not_done else "green"
