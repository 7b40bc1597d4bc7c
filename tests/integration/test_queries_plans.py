"""No question reads a whole tenant where an index can serve: the plans, and the rows they read, with 100,000 patients.

Each statement runs as the API runs it, with its policies, and tells its own plan; so do the functions that it calls.
"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from command_api.http.queries.appointments import BY_ID as ONE_APPOINTMENT
from command_api.http.queries.at_risk import AT_RISK
from command_api.http.queries.calendar import BY_CLINIC, BY_DOCTOR, BY_PATIENT
from command_api.http.queries.conversations import BY_ID as ONE_CONVERSATION
from command_api.http.queries.conversations import part
from command_api.http.queries.dashboard import DASHBOARD
from command_api.http.queries.doctor_appointments import OF_A_DOCTOR
from command_api.http.queries.journeys import BY_ID as ONE_JOURNEY
from command_api.http.queries.journeys import FOUND
from command_api.http.queries.left_out import FIRST_LEFT_OUT
from command_api.http.queries.log_pages import EVENTS as LOG_PAGE
from command_api.http.queries.medical_history import NEWEST as MEDICAL
from command_api.http.queries.messages import FIRST as MESSAGES
from command_api.http.queries.messages import FURTHER as FURTHER_MESSAGES
from command_api.http.queries.operation import EVENTS as OPERATION
from command_api.http.queries.patient_as_of import LAST
from command_api.http.queries.patient_history import EVENTS as HISTORY
from command_api.http.queries.patient_in_clinics import IN_CLINICS
from command_api.http.queries.patients import BY_ID as ONE_PATIENT
from command_api.http.queries.patients import SEARCH
from command_api.http.queries.reader import POSITION, with_position
from command_api.http.queries.shown_events import ANONYMIZED
from command_api.http.queries.unclosed import UNCLOSED
from command_api.http.queries.unconfirmed import UNCONFIRMED
from command_api.http.queries.writing import ON_PHONE
from healz.events.fields import INSTANT_MAX, INSTANT_MIN
from plans import FILL, nodes
from system import Database, eventually

TENANT = UUID("00000000-0000-7000-8000-000000000001")
NOW = datetime.now(UTC)
PAGE = 51
ROWS_MAX = 6000
"""Read for a page: a few in a hundred of a tenant's."""
MORE_ROWS = {"a name that many have": 15_000, "at risk, of a doctor": 8_000}
"""All who have it, by its trigrams: no index has those in the order of the names. A doctor's appointments, for
each of the list's two parts."""


def numbered(kind: int, number: int) -> UUID:
    """As hundred_thousand_patients.sql numbers them."""
    return UUID(f"019a0000-{kind:04x}-7000-8000-{number:012x}")


LARGE, SMALL = numbered(9, 0), numbered(9, 3)
"""Half of all journeys, and one in twenty."""

TABLES = (
    "patient.patient_view",
    "journey.journey_view",
    "journey.patient_clinic",
    "journey.patient_contact",
    "journey.conversation",
    "journey.message",
    "journey.message_status",
    "journey.message_change",
    "appointment.appointment_view",
    "event_store.events",
)
NO_FILTER: tuple[Any, ...] = (True, None, None, None, None, None, None, None, None, None, PAGE)


def journeys(**filters: Any) -> tuple[Any, ...]:
    """The arguments of FOUND; under way where nothing else is said."""
    names = ("active", "stage", "level", "follow_up", "escalation", "clinic", "patient", "silent", "at", "id", "limit")
    return (TENANT, *(dict(zip(names, NO_FILTER, strict=True)) | filters).values())


def search(**filters: Any) -> tuple[Any, ...]:
    """The arguments of SEARCH."""
    known_by = ("words", "phones", "phone_end", "cpf", "emails", "birth_date")
    names = (*known_by, "status", "stage", "silent", "after", "after_id", "limit", "clinics")
    return tuple((dict.fromkeys(names) | {"limit": PAGE} | filters).values())


def at_risk(
    score_min: str,
    clinic: UUID | None = None,
    after: tuple[Any, ...] = (None, None, None),
    level: str | None = None,
    doctor: UUID | None = None,
    claimed: bool | None = None,
) -> tuple[Any, ...]:
    """The arguments of AT_RISK."""
    return (TENANT, Decimal(score_min), Decimal("0.7"), clinic, level, doctor, claimed, None, False, *after, PAGE)


def appointments(
    clinics: list[UUID] | None = None,
    doctor: UUID | None = None,
    patient: UUID | None = None,
    time: tuple[datetime, datetime] = (NOW, NOW + timedelta(days=7)),
) -> tuple[Any, ...]:
    """The arguments of the calendar's statements."""
    return (TENANT, clinics, doctor, patient, *time, ["scheduled", "confirmed"], None, None, PAGE)


DEEP = (Decimal("0.90"), NOW - timedelta(days=100), numbered(2, 50_000))
HOURS = (NOW + timedelta(hours=23), NOW + timedelta(hours=25))
FAR, LONG_SINCE = NOW - timedelta(days=100), NOW - timedelta(seconds=50_000)
ALL_TIMES = (INSTANT_MIN, INSTANT_MAX)
LONG_AGO = NOW - timedelta(days=206)
QUESTIONS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "at risk": (AT_RISK, at_risk("0.7")),
    "at risk, from no score at all": (AT_RISK, at_risk("0")),
    "at risk, a page far down": (AT_RISK, at_risk("0.7", after=DEEP)),
    "at risk, the last of all": (AT_RISK, at_risk("0.7", after=(Decimal("0.30"), NOW, numbered(2, 99_999)))),
    "at risk in a large clinic": (AT_RISK, at_risk("0.7", LARGE)),
    "at risk in a small one": (AT_RISK, at_risk("0.7", SMALL)),
    "at risk, of a level": (AT_RISK, at_risk("0.7", level="critical")),
    "at risk, of a doctor": (AT_RISK, at_risk("0.7", doctor=numbered(4, 7))),
    "at risk, of nobody": (AT_RISK, at_risk("0.7", claimed=False)),
    "at risk, of a doctor in a small clinic": (AT_RISK, at_risk("0.7", SMALL, doctor=numbered(4, 7))),
    "a name": (SEARCH, search(words=["silva", "00"])),
    "a name that many have": (SEARCH, search(words=["maria"])),
    "two letters that nobody's begins with": (SEARCH, search(words=["zz"])),
    "one letter": (SEARCH, search(words=["a"])),
    "two words of a name": (SEARCH, search(words=["silva", "maria"])),
    "a phone": (SEARCH, search(phones=["+5527900000055", "+552700000055"])),
    "the end of a phone": (SEARCH, search(phone_end="00055")),
    "a cpf": (SEARCH, search(cpf="52998224725")),
    "an e-mail address": (SEARCH, search(emails=["maria55@example.com"])),
    "the end of a phone, one row": (SEARCH, search(phone_end="27900000055", limit=2)),
    "an e-mail address, one row": (SEARCH, search(emails=["maria55@example.com"], limit=2)),
    "a birth date": (SEARCH, search(birth_date=date(1985, 7, 14))),
    "suspended": (SEARCH, search(status="suspended")),
    "patients at a stage": (SEARCH, search(stage="at_risk")),
    "patients at a rare stage": (SEARCH, search(stage="abandoned")),
    "patients silent for long": (SEARCH, search(silent=NOW - timedelta(days=206))),
    "patients, a page far down": (SEARCH, search(after="jose", after_id=numbered(1, 1))),
    "a week of a clinic": (BY_CLINIC, appointments(clinics=[LARGE])),
    "a week of two clinics": (BY_CLINIC, appointments(clinics=[LARGE, SMALL])),
    "a week of a doctor": (BY_DOCTOR, appointments(doctor=numbered(4, 7))),
    "all of a patient's appointments": (
        BY_PATIENT,
        appointments(patient=numbered(1, 7), time=(INSTANT_MIN, INSTANT_MAX)),
    ),
    "a medical history": (MEDICAL, (TENANT, numbered(1, 7))),
    "unconfirmed": (UNCONFIRMED, (TENANT, *HOURS, None, None, None, PAGE)),
    "unconfirmed in a clinic": (UNCONFIRMED, (TENANT, *HOURS, SMALL, None, None, PAGE)),
    "all of a doctor": (OF_A_DOCTOR, (TENANT, numbered(3, 1), NOW, None, None, None, PAGE)),
    "unclosed": (UNCLOSED, (TENANT, HOURS[0], None, None, None, None, PAGE)),
    "unclosed in a clinic": (UNCLOSED, (TENANT, HOURS[0], SMALL, None, None, None, PAGE)),
    "a history": (HISTORY, (TENANT, numbered(1, 7), 0, PAGE)),
    "a page of a fold": (LOG_PAGE, (TENANT, numbered(1, 7), 10**9, None, [], 0, PAGE)),
    "the last event of a day": (LAST, (TENANT, numbered(1, 7), NOW)),
    "the first that is left out": (FIRST_LEFT_OUT, (TENANT, numbered(1, 7), 10**9, 3)),
    "journeys": (FOUND, journeys()),
    "journeys, a page far down": (FOUND, journeys(at=NOW - timedelta(days=100), id=numbered(2, 1))),
    "at a stage": (FOUND, journeys(stage="scheduled")),
    "at a rare stage": (FOUND, journeys(stage="at_risk")),
    "abandoned": (FOUND, journeys(active=False, stage="abandoned")),
    "completed": (FOUND, journeys(active=False, stage="completed")),
    "critical": (FOUND, journeys(level="critical")),
    "to be followed up": (FOUND, journeys(follow_up=True)),
    "escalated": (FOUND, journeys(escalation=True)),
    "of a large clinic": (FOUND, journeys(clinic=LARGE)),
    "of a small one": (FOUND, journeys(clinic=SMALL)),
    "of a patient": (FOUND, journeys(active=None, patient=numbered(1, 7))),
    "silent for long": (FOUND, journeys(silent=NOW - timedelta(days=206))),
    "who is on a phone": (ON_PHONE, (TENANT, ["+5527900000055", "+552700000055"], 20)),
    "one journey": (with_position(ONE_JOURNEY, 2), (TENANT, numbered(2, 7), ["journey"], None)),
    "one patient": (with_position(ONE_PATIENT, 2), (TENANT, numbered(1, 7), ["patient"], None)),
    "one appointment": (with_position(ONE_APPOINTMENT, 2), (TENANT, numbered(3, 7), ["appointment"], None)),
    "one conversation": (with_position(ONE_CONVERSATION, 2), (TENANT, numbered(6, 7), ["journey"], None)),
    "an inbox, what waits": (part("open", (), idle=False, further=False), (TENANT, PAGE)),
    "an inbox": (part("open", (), idle=True, further=False), (TENANT, PAGE)),
    "an inbox, a page far down": (part("open", (), idle=True, further=True), (TENANT, PAGE, FAR, numbered(6, 1))),
    "an inbox of a large clinic": (part("open", ("clinic_id",), idle=True, further=False), (TENANT, PAGE, LARGE)),
    "an inbox of a large clinic, a page far down": (
        part("open", ("clinic_id",), idle=True, further=True),
        (TENANT, PAGE, LARGE, FAR, numbered(6, 1)),
    ),
    "an inbox of a small one": (part("open", ("clinic_id",), idle=True, further=False), (TENANT, PAGE, SMALL)),
    "unanswered in a large clinic": (
        part("unanswered", ("clinic_id",), idle=False, further=False),
        (TENANT, PAGE, LARGE),
    ),
    "escalated conversations": (part("escalated", (), idle=False, further=False), (TENANT, PAGE)),
    "an agent's": (part("open", ("agent_id",), idle=True, further=False), (TENANT, PAGE, numbered(10, 0))),
    "a patient's open one": (part("open", ("patient_id",), idle=True, further=False), (TENANT, PAGE, numbered(1, 7))),
    "a patient's closed ones": (
        part("closed", ("patient_id",), idle=True, further=False),
        (TENANT, PAGE, numbered(1, 7)),
    ),
    "what was said": (MESSAGES, (TENANT, numbered(6, 7), PAGE, 10**6)),
    "what was said long ago": (FURTHER_MESSAGES, (TENANT, numbered(6, 7), PAGE, 10**6, LONG_SINCE, numbered(11, 1))),
    "an operation": (OPERATION, (TENANT, numbered(7, 7), 0, PAGE)),
    "who was anonymised": (ANONYMIZED, (TENANT, [numbered(1, n) for n in range(PAGE)])),
}
SCOPED = {
    "a stage, to who sees a large clinic": (SEARCH, search(stage="attended", clinics=[LARGE])),
    "a stage, to who sees a small one": (SEARCH, search(stage="at_risk", clinics=[SMALL])),
    "silent for long, to who sees a large clinic": (SEARCH, search(silent=LONG_AGO, clinics=[LARGE])),
    "silent for long, to who sees a small one": (SEARCH, search(silent=LONG_AGO, clinics=[SMALL])),
    "silent at all, to who sees a large clinic": (SEARCH, search(silent=NOW, clinics=[LARGE])),
    "silent at all, to who sees a small one": (SEARCH, search(silent=NOW, clinics=[SMALL])),
    "a page of patients, to who sees a large clinic": (
        IN_CLINICS,
        (TENANT, [numbered(1, n) for n in range(PAGE)], [LARGE], NOW),
    ),
    **{
        f"{what}, to who sees a small clinic": QUESTIONS[what]
        for what in (
            "at risk",
            "unconfirmed",
            "journeys",
            "at a stage",
            "escalated",
            "silent for long",
            "an operation",
            "an inbox",
        )
    },
}


@pytest.fixture
async def reader(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """healz_reader with 100,000 patients in its tenant; each statement tells its plan."""
    await database.admin.execute(FILL)
    for table in TABLES:
        await eventually(partial(vacuumed, database.admin, table))
    connection = await asyncpg.connect(database.url("healz_admin"))
    await connection.execute("""
        LOAD 'auto_explain';
        SET auto_explain.log_min_duration = 0;
        SET auto_explain.log_nested_statements = on;
        SET auto_explain.log_analyze = on;
        SET auto_explain.log_timing = off;
        SET auto_explain.log_format = json;
        SET auto_explain.log_level = notice;
        SET jit = off;
        SET SESSION AUTHORIZATION healz_reader;
    """)
    yield connection
    await connection.close()


async def vacuumed(admin: asyncpg.Connection, table: str) -> bool:
    """Whether all its pages are marked as seen by everybody, as an index-only scan needs it: not those that somebody,
    autovacuum for one, looks at or looked at before."""
    await admin.execute(f"VACUUM (ANALYZE) {table}")
    done: bool = await admin.fetchval(
        "SELECT bool_and(relallvisible >= relpages) FROM pg_class WHERE relkind = 'r' AND (oid = $1::text::regclass"
        " OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::text::regclass))",
        table,
    )
    return done


async def scans(
    connection: asyncpg.Connection, sql: str, arguments: tuple[Any, ...], clinics: list[UUID] | None
) -> list[dict[str, Any]]:
    """The nodes of its plans that read one of TABLES, or a partition of one."""
    told: list[str] = []

    def listen(_: Any, message: asyncpg.PostgresLogMessage) -> None:
        told.append(message.message)

    async with connection.transaction():
        await connection.fetch(POSITION, TENANT, ["journey", "appointment"], clinics)
        connection.add_log_listener(listen)
        # The sixth time: whichever plan is kept for good by then is as good.
        for _ in range(6):
            told.clear()
            await connection.fetch(sql, *arguments)
        connection.remove_log_listener(listen)
    plans = [json.loads(text.partition("plan:")[2])["Plan"] for text in told if "plan:" in text]
    names = {table.partition(".")[2] for table in TABLES}
    return [
        node
        for plan in plans
        for node in nodes(plan)
        if any(node.get("Relation Name", "").startswith(name) for name in names)
    ]


def rows_read(scan: dict[str, Any]) -> float:
    """What it gave and what it threw away, over all its loops."""
    each = sum(scan.get(part, 0) for part in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"))
    return float(each * scan["Actual Loops"])


async def test_no_question_reads_a_whole_tenant(reader: asyncpg.Connection) -> None:
    wrong: list[str] = []
    for what, (sql, arguments), clinics in (
        *((what, asked, None) for what, asked in QUESTIONS.items()),
        *((what, asked, [LARGE if "large" in what else SMALL]) for what, asked in SCOPED.items()),
    ):
        found = await scans(reader, sql, arguments, clinics)
        assert found, what
        if any(scan["Node Type"] == "Seq Scan" and rows_read(scan) for scan in found):
            wrong.append(f"{what}: reads a table from end to end")
        if (rows := sum(map(rows_read, found))) > MORE_ROWS.get(what, ROWS_MAX):
            wrong.append(f"{what}: {rows:.0f} rows, {[scan.get('Index Name', scan['Node Type']) for scan in found]}")

    # A dashboard counts a clinic's journeys, and no others: from an index alone.
    found = await scans(reader, DASHBOARD, (TENANT, SMALL, "month", Decimal("0.7")), None)
    counted = [scan for scan in found if scan["Relation Name"] == "journey_view"]
    assert {scan["Node Type"] for scan in counted} == {"Index Only Scan"}
    assert {rows_read(scan) for scan in counted} == {5000}
    rest = [scan for scan in found if scan not in counted]
    assert sum(map(rows_read, rest)) < 1000
    assert all(scan["Node Type"] != "Seq Scan" for scan in rest)
    assert not wrong, "\n".join(wrong)


async def test_each_months_events_are_found_by_their_operation(database: Database) -> None:
    """A month that is made later gets the index that the migration built for those before it."""
    assert await database.admin.fetchval("SELECT ops.make_partition('2031-01-15')")
    rows = await database.admin.fetch("""
        SELECT t.inhrelid::regclass::text AS month, bool_or(i.inhrelid IS NOT NULL AND x.indisvalid) AS found
          FROM pg_inherits AS t
          JOIN pg_index AS x ON x.indrelid = t.inhrelid
          LEFT JOIN pg_inherits AS i
            ON i.inhrelid = x.indexrelid AND i.inhparent = 'event_store.events_correlation'::regclass
         WHERE t.inhparent = 'event_store.events'::regclass
         GROUP BY t.inhrelid
    """)
    assert {"event_store.events_default", "event_store.events_2031_01"} < {row["month"] for row in rows}
    assert [row["month"] for row in rows if not row["found"]] == []
    whole = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'event_store.events_correlation'::regclass"
    assert await database.admin.fetchval(whole)
