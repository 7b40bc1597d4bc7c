"""The commands that change rows, or where a projector reads; each returns its exit code."""

import getpass
from dataclasses import replace
from typing import Any
from uuid import UUID

from healz.events import UnknownEvent
from healz.events.patient import PatientAnonymized
from healz.kafka import access
from healz.projection.operate import groups, offsets
from healz.projection.operate.found import Findings, by_tenant
from healz.projection.operate.operator import DONE, NOT_ALL, ROWS_SHOWN_MAX, NotDone, Operator
from healz.projection.operate.place import Underway
from healz.projection.operate.rebuild import Rebuild
from healz.projection.operate.shown import Pace
from healz.projection.operate.verify import NEWER, compared, keep, tell
from healz.projection.refold.mend import Refold
from healz.projection.refold.span import of_one

NOBODY = "nobody is parked there: `healz-projection parked` says who is, by cause"


async def rebuild(operator: Operator) -> int:
    """Puts right what differs, while all else goes on."""
    if operator.asked.dry_run:
        found = await compared(operator)
        tell(operator, found)
        operator.shown.say("nothing was changed: a dry run")
        plain = found.as_plain(values=operator.asked.values)
        operator.shown.answer({"projection": operator.name, "dry_run": True, **plain})
        return NOT_ALL if found.not_done else DONE
    connection = await operator.connection()
    if operator.asked.patient:
        done = Findings()
        done.add(await Refold(operator.projection).mend(connection, of_one(operator.tenant(), operator.asked.patient)))
        if not done.patients:
            raise NotDone("there is no such patient, neither events nor rows")
        _rebuilt(operator, done, underway=0)
        return DONE
    done, underway, all_anew = Findings(), 0, True
    wanted, begun_at = await operator.tenants(connection), await connection.fetchval("SELECT now()")
    with operator.workers() as workers:
        course = operator.course(workers)
        rebuilding = Rebuild(operator.projection, operator.settings, course, await operator.connection())

        async def rebuild_one(connection: Any, tenant_id: UUID) -> None:
            nonlocal underway, all_anew
            try:
                went_on = await rebuilding.tenant(connection, tenant_id, operator.name, done, anew=operator.asked.anew)
            except Underway as error:
                operator.shown.say(str(error), "yellow")
                underway += 1
            except UnknownEvent as error:
                operator.shown.say(f"{error}; {NEWER}", "yellow")
                done.not_done[tenant_id] = str(error)
            else:
                done.tenants += 1
                if went_on is not None:
                    operator.shown.say(went_on)
                    all_anew = False

        await operator.each(wanted, rebuild_one)
    _rebuilt(operator, done, underway=underway)
    if underway or done.not_done:
        return NOT_ALL
    # As good as a verify that found nothing; but what an interrupted one had done may be wrong since.
    if operator.asked.tenant is None and all_anew:
        await keep(operator, replace(done.verification(), wrong=0), unless_found_since=begun_at)
    return DONE


async def retry(operator: Operator) -> int:
    """Tries parked patients again, in the order of their events."""
    connection, which = await operator.connection(), operator.which()
    patients = await groups.parked(connection, operator.projection.schema, which)
    if not patients and not operator.asked.all:
        raise NotDone(NOBODY)
    return await _retry(operator, connection, patients)


async def drop(operator: Operator) -> int:
    """Leaves the events of parked patients out for ever, and goes on with those after them."""
    connection, which = await operator.connection(), operator.which()
    patients = await groups.parked(connection, operator.projection.schema, which)
    if not patients:
        raise NotDone(NOBODY)
    if any(one.event_type == PatientAnonymized.__name__ for one in patients):
        raise NotDone("an anonymisation is not left out: whoever was forgotten would stay in this read model")
    for one in patients[:ROWS_SHOWN_MAX]:
        operator.shown.say(f"{one.event_type} at {one.position} of tenant {one.tenant_id}, patient {one.patient_id}")
    operator.confirm(f"{len(patients):,} events of {operator.name} will be left out of this read model for ever")
    by = operator.asked.by or _user()
    dropped = await groups.drop(connection, operator.projection.schema, patients, by, operator.asked.reason)
    operator.shown.say(f"dropped {dropped:,} events")
    return await _retry(operator, connection, patients)


async def reset_offsets(operator: Operator) -> int:
    """Sets the consumer group back to where the topic begins."""
    settings = operator.settings
    if settings.kafka_bootstrap_servers is None:
        raise NotDone("KAFKA_BOOTSTRAP_SERVERS is needed")
    group = settings.healz_consumer_group or operator.projection.component
    operator.confirm(f"the group {group} will read {settings.healz_topic} from its beginning; rows don't change")
    brokers = {"bootstrap_servers": settings.kafka_bootstrap_servers} | access(settings)
    try:
        before = await offsets.reset(brokers, settings.healz_topic, group)
    except offsets.NotReset as error:
        raise NotDone(str(error)) from error
    for partition, offset in before.items():
        operator.shown.say(f"partition {partition}: was at {offset:,}")
    operator.shown.answer({"projection": operator.name, "group": group, "offsets_before": before})
    return DONE


def _rebuilt(operator: Operator, done: Findings, *, underway: int) -> None:
    rows = done.wrong.total()
    operator.shown.say(
        f"{operator.name}: rebuilt {done.patients:,} patients from {done.events:,} events in {done.seconds:.1f} s;"
        f" {rows:,} rows changed,"
        f" {done.freed:,} patients are parked no more, {done.parked:,} are",
        "green",
    )
    counted = {"patients": done.patients, "events": done.events, "seconds": round(done.seconds, 3)}
    counted |= {"rows_changed": rows, "freed": done.freed, "parked": done.parked, "underway": underway}
    operator.shown.answer({"projection": operator.name, **counted, "not_done": by_tenant(done.not_done)})


async def _retry(operator: Operator, connection: Any, patients: list[groups.ParkedPatient]) -> int:
    progress = Pace(f"retry {operator.name}", 0)
    done, not_done = await groups.retry(
        connection, Refold(operator.projection), patients, lambda so_far: progress.done(so_far.events)
    )
    progress.end()
    left = len(done.parked) + len(not_done)
    operator.shown.say(f"{operator.name}: {done.freed:,} of {len(patients):,} are parked no more; {left:,} are still")
    for patient_id, why in list(done.parked.items())[:ROWS_SHOWN_MAX]:
        operator.shown.say(f"patient {patient_id}: {why.event_type} at {why.position}: {why.error}", "yellow")
    for said in list(not_done.values())[:ROWS_SHOWN_MAX]:
        operator.shown.say(f"{said}; {NEWER}", "yellow")
    plain = {"freed": done.freed, "parked": left, "not_done": list(not_done.values())}
    operator.shown.answer({"projection": operator.name, **plain})
    return NOT_ALL if not_done else DONE


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise NotDone("say who decided it: --by") from error
