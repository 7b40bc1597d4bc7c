"""The sweeps as processes: what they find, that they do it once, and what they leave alone."""

import asyncio
import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import httpx
import pytest
from uuid_utils.compat import uuid7

from command_api.decide.journey.past.state import ClinicJourney
from command_api.decide.journey.risk import indicators
from command_api.decide.journey.rules import DEFAULT_RULES, JourneyRules
from command_api.sweeps.candidates import SWEEPS
from command_api.sweeps.database import FIND, find
from healz.events.appointment import AppointmentReminderFailed, AppointmentReminderSent
from healz.events.journey import JourneyAbandoned, JourneyCompleted, RiskScoreRecalculated
from healz.events.risk import Factor
from system import SCRIPTS, Clinic, Database, System, book, eventually, put_clinic, register

TESTS = Path(__file__).resolve().parents[1]
PATIENTS = 12
DAY = timedelta(days=1)
JOURNEYS = 100_000
LOG = "command_api.messenger.LogMessenger"


def ago(days: float) -> datetime:
    return datetime.now(UTC) - days * DAY


@pytest.fixture
async def swept(system: System) -> System:
    """The API, and the read model in which candidates are found; without Kafka's help, so a little late."""
    system.start("command-api")
    system.start("projector-journey")
    await system.ready()
    return system


async def start_sweep(system: System, *arguments: str, **settings: str) -> asyncio.subprocess.Process:
    environment = system.environment("command-api") | {
        "SWEEPER_DATABASE_URL": system.database.url("healz_sweeper"),
        "PYTHONPATH": str(TESTS),
        "MESSAGES_SENT": str(system.folder / "messages"),
        **settings,
    }
    return await asyncio.create_subprocess_exec(
        str(SCRIPTS / "healz-sweep"),
        *arguments,
        "--json",
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def sweep(
    system: System, *arguments: str, code: int = 0, messenger: str = LOG, **settings: str
) -> dict[str, Any]:
    """One run to its end; what it answered, and ``log``."""
    process = await start_sweep(system, *arguments, HEALZ_MESSENGER=messenger, **settings)
    answer, log = await process.communicate()
    assert process.returncode == code, log.decode()
    found: dict[str, Any] = json.loads(answer) if answer else {}
    return found | {"log": log.decode()}


async def twice_at_once(system: System, *arguments: str, messenger: str = LOG) -> int:
    """Two processes; how many commands of either changed something."""
    both = await asyncio.gather(*(sweep(system, *arguments, messenger=messenger) for _ in range(2)))
    return sum(run["changed"] for run in both)


async def posted(client: httpx.AsyncClient, path: str, **body: Any) -> UUID:
    answer = await client.post(path, json=body)
    assert answer.status_code < 300, answer.text
    return UUID(answer.json()["id"])


async def spoke(client: httpx.AsyncClient, clinic: Clinic, at: datetime, patient_id: UUID | None = None) -> UUID:
    """A patient who wrote once, then; the conversation is left open. ``client`` imports."""
    patient_id = patient_id or await register(client, occurred_at=at.isoformat())
    ids = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
    talk = await posted(client, "/v1/conversations", **ids, occurred_at=at.isoformat())
    said = {"direction": "inbound", "content": "Bom dia", "occurred_at": at.isoformat()}
    await posted(client, f"/v1/conversations/{talk}/messages", **said)
    return patient_id


async def visited(client: httpx.AsyncClient, clinic: Clinic, at: datetime, *, come_again: bool) -> tuple[UUID, UUID]:
    """A patient who was seen then; (patient, appointment). ``client`` imports."""
    patient_id = await register(client, occurred_at=(at - DAY).isoformat())
    visit = await book(client, patient_id, clinic, scheduled_for=at.isoformat(), occurred_at=(at - DAY).isoformat())
    body = {"requires_follow_up": come_again, "occurred_at": at.isoformat()}
    await posted(client, f"/v1/appointments/{visit}/completion", **body)
    return patient_id, visit


async def suspend(client: httpx.AsyncClient, patient_id: UUID) -> None:
    (await client.put(f"/v1/patients/{patient_id}/status", json={"status": "suspended"})).raise_for_status()


async def caught_up(system: System) -> None:
    await system.caught_up("journey")


async def events_of(system: System, kind: type[Any]) -> list[Any]:
    """All of that kind in the tenant's log."""
    return [event for event in await system.database.log(system.tenant_id) if isinstance(event.event_data, kind)]


async def test_silence_is_weighed_once_a_day_whoever_looks(swept: System) -> None:
    async with swept.client() as admin, swept.client("import") as importing:
        clinic = await put_clinic(admin)
        for _ in range(PATIENTS):
            await spoke(importing, clinic, ago(20))
        await spoke(importing, clinic, ago(13))
        gone = await spoke(importing, clinic, ago(20))
        await suspend(admin, gone)
    await caught_up(swept)
    as_of = datetime.now(UTC).isoformat()
    assert await twice_at_once(swept, "silence", "--as-of", as_of) == PATIENTS
    weighed = await events_of(swept, RiskScoreRecalculated)
    assert len(weighed) == PATIENTS
    assert {float(event.event_data.new_score) for event in weighed} == {0.67}
    assert gone not in {event.patient_id for event in weighed}
    # One operation each, by nobody; as of the time that was said.
    assert len({event.correlation_id for event in weighed}) == PATIENTS
    assert {event.user_id for event in weighed} == {None}
    assert {event.event_data.recalculated_at for event in weighed} == {datetime.fromisoformat(as_of)}
    events = await swept.database.events()
    await caught_up(swept)
    again = await sweep(swept, "silence", "--as-of", as_of)
    # But for the suspended patient nobody is looked at again.
    assert (again["candidates"], again["changed"], again["failed"]) == (1, 0, 0)
    assert await swept.database.events() == events
    tomorrow = await sweep(swept, "silence")
    assert tomorrow["changed"] == 0, "the same day"


async def test_journeys_that_fell_silent_for_good_end_once(swept: System) -> None:
    async with swept.client() as admin, swept.client("import") as importing:
        clinic = await put_clinic(admin)
        lost = {await spoke(importing, clinic, ago(60)) for _ in range(PATIENTS)}
        well = {(await visited(importing, clinic, ago(181), come_again=False))[0] for _ in range(3)}
        await visited(importing, clinic, ago(179), come_again=False)
        suspended = await spoke(importing, clinic, ago(60))
        await caught_up(swept)
        assert (await sweep(swept, "silence", "--as-of", ago(38).isoformat()))["changed"] == PATIENTS + 1
        await suspend(admin, suspended)
    await caught_up(swept)
    # Thirty days of silence, but not nine of them at risk.
    early = await sweep(swept, "abandonment", "--as-of", ago(30).isoformat())
    assert (early["candidates"], early["changed"]) == (0, 0)
    assert await twice_at_once(swept, "abandonment") == PATIENTS + 3
    assert {event.patient_id for event in await events_of(swept, JourneyAbandoned)} == lost
    assert {event.patient_id for event in await events_of(swept, JourneyCompleted)} == well
    events = await swept.database.events()
    assert (await sweep(swept, "abandonment"))["changed"] == 0
    assert await swept.database.events() == events


async def test_silent_conversations_are_closed_once_but_not_who_waits_for_a_person(swept: System) -> None:
    async with swept.client() as admin, swept.client("import") as importing:
        clinic = await put_clinic(admin)
        for _ in range(PATIENTS):
            await spoke(importing, clinic, ago(8))
        await spoke(importing, clinic, ago(6))
        await suspend(admin, await spoke(importing, clinic, ago(8)))
        patient_id = await register(importing, occurred_at=ago(9).isoformat())
        ids = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id), "occurred_at": ago(9).isoformat()}
        talk = await posted(importing, "/v1/conversations", **ids)
        await posted(admin, f"/v1/conversations/{talk}/escalation", reason="complaint")
    await caught_up(swept)
    events = await swept.database.events()
    dry = await sweep(swept, "conversations", "--dry-run")
    assert (dry["candidates"], len(dry["found"]), dry["changed"]) == (PATIENTS + 1, PATIENTS + 1, 0)
    assert await swept.database.events() == events
    assert await twice_at_once(swept, "conversations") == PATIENTS
    assert await swept.database.events() == events + PATIENTS
    # The read model still shows them open to whoever looks too early: the log decides.
    assert (await sweep(swept, "conversations"))["changed"] == 0
    await caught_up(swept)
    assert (await sweep(swept, "conversations"))["candidates"] == 1  # the suspended patient's
    assert await swept.database.events() == events + PATIENTS


async def test_each_tenant_for_itself(swept: System) -> None:
    tenants = [swept.tenant_id, uuid7()]
    for tenant_id in tenants:
        async with (
            swept.client(tenant_id=tenant_id) as admin,
            swept.client("import", tenant_id=tenant_id) as importing,
        ):
            await spoke(importing, await put_clinic(admin), ago(8))
    await caught_up(swept)
    run = await sweep(swept, "conversations", "--tenant", str(tenants[1]))
    assert (run["tenants"], run["changed"]) == (1, 1)
    assert "ConversationClosed" not in {event.event_type for event in await swept.database.log(tenants[0])}
    rest = await sweep(swept, "conversations")
    assert (rest["tenants"], rest["changed"]) == (2, 1)
    for tenant_id in tenants:
        assert [event.event_type for event in await swept.database.log(tenant_id)].count("ConversationClosed") == 1


async def test_a_visit_that_asked_for_another_is_reminded_of_once(swept: System) -> None:
    async with swept.client() as admin, swept.client("import") as importing:
        clinic = await put_clinic(admin)
        due = [await visited(importing, clinic, ago(31), come_again=True) for _ in range(3)]
        await visited(importing, clinic, ago(29), come_again=True)
        await visited(importing, clinic, ago(31), come_again=False)
        for channel in ({"reminder_enabled": False}, {"communication_channel": "email"}):
            patient_id, _ = await visited(importing, clinic, ago(31), come_again=True)
            (await admin.put(f"/v1/patients/{patient_id}/preferences", json=channel)).raise_for_status()
        suspended, _ = await visited(importing, clinic, ago(31), come_again=True)
        booked, _ = await visited(importing, clinic, ago(31), come_again=True)
        await book(admin, booked, clinic)
        await suspend(admin, suspended)
        # Silence began to count, and moves them to at_risk before nine o'clock.
        await caught_up(swept)
        assert (await sweep(swept, "silence"))["changed"] > 0
    await caught_up(swept)
    assert await twice_at_once(swept, "follow-up", messenger="messengers.Counting") == len(due) + 1
    sent = await events_of(swept, AppointmentReminderSent)
    assert {event.event_data.reminder_id for event in sent} == {uuid5(visit, "follow-up") for _, visit in due}
    assert {(event.event_data.channel, event.event_data.delivery_status) for event in sent} == {
        ("whatsapp", "delivered")
    }
    (unreachable,) = await events_of(swept, AppointmentReminderFailed)  # by e-mail, without an address
    assert unreachable.event_data.channel == "email"
    messages = (swept.folder / "messages").read_text().splitlines()
    assert len(messages) == len(due)
    again = await sweep(swept, "follow-up", messenger="messengers.Counting")
    assert again["changed"] == 0
    assert again["candidates"] > 0, "else the log was not asked"
    assert (swept.folder / "messages").read_text().splitlines() == messages


async def test_what_the_messenger_says_decides_and_who_is_away_is_asked_again(swept: System) -> None:
    async with swept.client() as admin, swept.client("import") as importing:
        _, visit = await visited(importing, await put_clinic(admin), ago(31), come_again=True)
    await caught_up(swept)
    away = await sweep(swept, "follow-up", code=1, messenger="messengers.Away")
    assert (away["changed"], away["failed"]) == (0, 1)
    assert "MessengerAway" in away["log"]
    assert (await sweep(swept, "follow-up", messenger="messengers.Refusing"))["changed"] == 1
    (failed,) = await events_of(swept, AppointmentReminderFailed)
    assert failed.event_data.reminder_id == uuid5(visit, "follow-up")
    assert failed.event_data.error == "not a number of this provider"
    assert (await sweep(swept, "follow-up"))["changed"] == 0, "asked once a visit"


async def test_killed_between_sending_and_recording_one_message_is_sent_again_and_recorded_once(swept: System) -> None:
    async with swept.client() as admin, swept.client("import") as importing:
        _, visit = await visited(importing, await put_clinic(admin), ago(31), come_again=True)
    await caught_up(swept)
    await sweep(swept, "follow-up", code=-signal.SIGKILL, messenger="messengers.Deadly")
    assert await events_of(swept, AppointmentReminderSent) == []
    assert [(await sweep(swept, "follow-up", messenger="messengers.Counting"))["changed"] for _ in range(2)] == [1, 0]
    (sent,) = await events_of(swept, AppointmentReminderSent)
    messages = (swept.folder / "messages").read_text().split("\n")[:-1]
    # Under one id, by which a provider can tell.
    assert [line.split()[0] for line in messages] == [str(uuid5(visit, "follow-up"))] * 2
    assert sent.event_data.reminder_id == uuid5(visit, "follow-up")


async def test_the_built_in_messenger_tells_ids_and_never_who(swept: System) -> None:
    async with swept.client() as admin, swept.client("import") as importing:
        patient_id, _ = await visited(importing, await put_clinic(admin), ago(31), come_again=True)
        patient = (await admin.get(f"/v1/patients/{patient_id}/history")).json()["items"][0]["event_data"]
    await caught_up(swept)
    log = (await sweep(swept, "follow-up"))["log"]
    assert str(patient_id) in log
    assert patient["full_name"] not in log
    assert patient["phone"] not in log
    (sent,) = await events_of(swept, AppointmentReminderSent)
    assert sent.event_data.delivery_status == "sent"


async def test_one_broken_log_stops_nobody_else(swept: System) -> None:
    async with swept.client() as admin, swept.client("import") as importing:
        clinic = await put_clinic(admin)
        broken = await spoke(importing, clinic, ago(8))
        await spoke(importing, clinic, ago(8))
    await caught_up(swept)
    await swept.database.admin.execute(
        "UPDATE event_store.patient_log SET facts = facts + 1 WHERE patient_id = $1", broken
    )
    run = await sweep(swept, "conversations", code=1)
    assert (run["changed"], run["failed"]) == (1, 1)
    (told,) = [line for line in run["log"].splitlines() if "passed over" in line]
    assert json.loads(told)["patient_id"] == str(broken)
    assert json.loads(told)["reason"] == "LogBroken"


async def test_a_tenants_own_numbers_hold_for_the_candidates_too(swept: System) -> None:
    async with swept.client() as admin, swept.client("import") as importing:
        clinic = await put_clinic(admin)
        await spoke(importing, clinic, ago(4))
        await caught_up(swept)
        assert (await sweep(swept, "conversations"))["candidates"] == 0
        body = {"name": "Rede", "time_zone": "America/Sao_Paulo", "journey_rules": {"conversation_silence_days": 3}}
        (await admin.put("/v1/tenant", json=body)).raise_for_status()
    assert (await sweep(swept, "conversations"))["changed"] == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        # Far enough for a suite that has run for hours.
        (("--as-of", (datetime.now(UTC) + timedelta(days=30)).isoformat()), "lies ahead of the clock"),
        (("--as-of", "2026-03-01T08:00:00"), "says no zone"),
        (("--as-of", "yesterday"), "is no time"),
        (("--as-of", "0001-01-01T00:00:00Z"), "is too long ago"),
        (("--as-of", "0001-01-03T00:00:00+14:00"), "is too long ago"),
        (("--as-of", "1899-12-31T23:59:59Z"), "is too long ago"),
        (("--at-local-hour", "24"), "invalid choice"),
        (("--tenant", "everybody"), "invalid UUID"),
    ],
)
async def test_what_makes_no_sense_is_refused(system: System, arguments: tuple[str, str], reason: str) -> None:
    told = (await sweep(system, "silence", *arguments, code=2))["log"]
    assert reason in told
    assert "Traceback" not in told


@pytest.mark.parametrize("name", SWEEPS)
async def test_any_time_that_is_taken_leaves_room_for_the_rules_days(swept: System, name: str) -> None:
    most = {
        **dict.fromkeys(("silence_days_min", "silence_days_high", "silence_days_full", "follow_up_days"), 3650),
        **dict.fromkeys(("abandonment_silence_days", "completion_silence_days", "conversation_silence_days"), 3650),
    }
    async with swept.client() as admin, swept.client("import") as importing:
        await spoke(importing, await put_clinic(admin), ago(1))
        body = {"name": "Rede", "journey_rules": most}
        (await admin.put("/v1/tenant", json=body)).raise_for_status()
    await caught_up(swept)
    run = await sweep(swept, name, "--as-of", "1900-01-01T00:00:00Z", HEALZ_FOLLOW_UP_LATE_DAYS_MAX="3650")
    assert (run["tenants"], run["candidates"], run["failed"]) == (1, 0, 0)


async def test_a_lost_database_is_told_in_a_sentence(system: System) -> None:
    nowhere = "postgresql://healz_sweeper@127.0.0.1:1/nowhere"
    told = await sweep(system, "silence", code=2, SWEEPER_DATABASE_URL=nowhere)
    assert "the database does not answer" in told["log"]
    assert "Traceback" not in told["log"]


async def test_eight_is_eight_in_the_clinics_own_zone_on_each_side_of_a_change(swept: System) -> None:
    zones = {"America/New_York": uuid7(), "America/Manaus": uuid7(), "Asia/Kolkata": uuid7(), None: uuid7()}
    async with swept.client() as admin, swept.client("import") as importing:
        for zone, clinic_id in zones.items():
            clinic = await put_clinic(admin, clinic_id)
            if zone is not None:
                body = {"name": "Centro", "time_zone": zone}
                (await admin.put(f"/v1/clinics/{clinic_id}", json=body)).raise_for_status()
            await spoke(importing, clinic, datetime(2026, 1, 1, tzinfo=UTC))
    await caught_up(swept)
    for as_of, there in (
        ("2026-03-07T13:00:00Z", "America/New_York"),  # the day before clocks go forward
        ("2026-03-08T12:00:00Z", "America/New_York"),  # that day, Manaus has the same hour
        ("2026-10-31T12:30:00Z", "America/New_York"),
        ("2026-11-01T13:59:59Z", "America/New_York"),  # and back
        ("2026-03-07T12:00:00Z", "America/Manaus"),
        ("2026-03-07T02:45:00Z", "Asia/Kolkata"),
        ("2026-03-07T11:00:00Z", None),  # São Paulo, as for whoever says nothing
    ):
        run = await sweep(swept, "conversations", "--dry-run", "--at-local-hour", "8", "--as-of", as_of)
        found = {UUID(candidate["clinic_id"]) for candidate in run["found"]}
        same_hour = {zones["America/Manaus"]} if as_of in ("2026-03-08T12:00:00Z", "2026-10-31T12:30:00Z") else set()
        assert found == {zones[there]} | same_hour, as_of


async def test_asked_to_stop_it_finishes_what_is_in_flight_and_the_next_run_does_the_rest(swept: System) -> None:
    async with swept.client() as admin, swept.client("import") as importing:
        clinic = await put_clinic(admin)
        patients = [await spoke(importing, clinic, ago(8)) for _ in range(PATIENTS)]
    await caught_up(swept)
    # Somebody else writes for the tenant, so that commands take a while.
    writer = await asyncpg.connect(swept.database.url("healz_admin"))
    transaction = writer.transaction()
    await transaction.start()
    await writer.execute("UPDATE event_store.tenant_log SET position = position WHERE tenant_id = $1", swept.tenant_id)
    process = await start_sweep(swept, "conversations", HEALZ_SWEEP_COMMANDS_AT_ONCE="2")

    # One of the two: the other waits in the process, to be committed with what comes next.
    async def waits() -> bool:
        return bool(
            await swept.database.admin.fetchval(
                "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = 'sweep conversations' AND wait_event_type = 'Lock'"
            )
        )

    await eventually(waits)
    process.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.3)  # the signal is there before the lock is given up
    await transaction.commit()
    await writer.close()
    answer, log = await process.communicate()
    assert process.returncode == 1, log.decode()
    told = json.loads(answer)
    assert told["stopped"]
    assert (told["changed"], told["failed"]) == (2, 0)
    assert (await sweep(swept, "conversations"))["changed"] == len(patients) - 2


# What was done leaves the query

RISKY = """
INSERT INTO journey.journey_view (
    tenant_id, journey_id, version, clinic_id, patient_id, current_stage, stage_changed_at, first_contact_at,
    last_interaction_at, risk_indicators, patient_name, patient_phone, started_at, updated_at)
VALUES ($1, gen_random_uuid(), 1, $1, gen_random_uuid(), 'first_contact', $2, $2, $2, $3, 'Rita', '+5592999990000',
        $2, $2)
"""


@pytest.mark.parametrize(
    "rules",
    [DEFAULT_RULES, JourneyRules(silence_days_min=2, silence_days_high=50, silence_days_full=300)],
    ids=["default", "a tenant's own"],
)
async def test_the_query_expects_what_the_decider_says_day_by_day(database: Database, rules: JourneyRules) -> None:
    as_of, tenant_id = datetime.now(UTC), uuid7()
    days = range(rules.silence_days_min, rules.silence_days_full + 5)
    for silent in days:
        spoke_at = as_of - silent * DAY - timedelta(hours=silent % 24)
        journey = ClinicJourney(tenant_id, stage="first_contact", last_interaction_at=spoke_at)
        (sign,) = indicators(journey, as_of, rules)
        factor = Factor(type=sign.type, weight=sign.weight, value=sign.value, severity=sign.severity, detected_at=as_of)
        found_indicators = json.dumps([factor.model_dump(mode="json")])
        await database.admin.execute(RISKY, tenant_id, spoke_at, found_indicators)
    sweeper = await asyncpg.connect(database.url("healz_sweeper"))
    found = {}
    for later in (timedelta(), DAY):
        numbers = SWEEPS["silence"].numbers(as_of + later, rules, DAY)
        async with find(sweeper, SWEEPS["silence"].query, tenant_id, as_of + later, None, numbers) as candidates:
            found[later] = candidates.count
    await sweeper.close()
    assert found[timedelta()] == 0
    # Tomorrow most of them have another value, until it is the greatest.
    assert found[DAY] > 0
    if rules is DEFAULT_RULES:
        assert found[DAY] == rules.silence_days_full - rules.silence_days_min


# A hundred thousand

GENERATED = """
INSERT INTO journey.journey_view (
    tenant_id, journey_id, version, clinic_id, patient_id, current_stage, stage_changed_at, first_contact_at,
    last_interaction_at, last_appointment_at, risk_indicators, patient_name, patient_phone, started_at, updated_at)
SELECT $1, gen_random_uuid(), 3, $2, gen_random_uuid(), d.stage, d.spoke_at, d.spoke_at, d.spoke_at,
       CASE WHEN d.stage IN ('follow_up', 'attended') THEN d.spoke_at END,
       CASE WHEN n % 10 = 0 OR d.days < 14 THEN '[]' ELSE jsonb_build_array(jsonb_build_object(
           'type', 'silence', 'value', least(round(d.days / 30.0, 2), 1), 'weight', 0.4,
           'severity', CASE WHEN d.days >= 21 THEN 'high' ELSE 'medium' END, 'detected_at', '2026-01-01T00:00Z')) END,
       'Rita', '+5592999990000', d.spoke_at, d.spoke_at
  FROM generate_series(1, $4) AS n
 CROSS JOIN LATERAL (
     SELECT (ARRAY['first_contact', 'scheduled', 'confirmed', 'attended', 'follow_up', 'at_risk'])[1 + n % 6] AS stage,
            n % 120 AS days, $3::timestamptz - (n % 120) * interval '24 hours' - interval '1 hour' AS spoke_at) AS d
"""
TALKS = """
INSERT INTO journey.conversation (tenant_id, conversation_id, patient_id, clinic_id, status, last_message_at)
SELECT tenant_id, gen_random_uuid(), patient_id, clinic_id,
       CASE WHEN hashint4(row_number() OVER ()::int) % 4 = 0 THEN 'active' ELSE 'closed' END, last_interaction_at
  FROM journey.journey_view
"""
INDEX_OF = {
    "silence": {"journey_view_stage_contact"},
    "abandonment": {"journey_view_stage_contact"},
    "follow-up": {"journey_view_stage_visit"},
    "conversations": {"conversation_silent"},
}


async def test_candidates_among_a_hundred_thousand_come_from_one_indexed_query(
    system: System, database: Database
) -> None:
    as_of, tenant_id = datetime.now(UTC), uuid7()
    for owner, count in ((tenant_id, JOURNEYS), (uuid7(), 5_000)):
        await database.admin.execute(GENERATED, owner, uuid7(), as_of, count)
        await database.admin.execute("INSERT INTO journey.checkpoint VALUES ($1, 0)", owner)
    await database.admin.execute(TALKS)
    await database.admin.execute("ANALYZE")
    expected = await database.admin.fetchval(
        """SELECT count(*) FROM journey.journey_view
            WHERE tenant_id = $1 AND risk_indicators = '[]' AND current_stage <> 'attended'
              AND last_interaction_at <= $2::timestamptz
                  - CASE WHEN current_stage = 'follow_up' THEN 30 ELSE 14 END * interval '24 hours'""",
        tenant_id,
        as_of,
    )
    assert expected > 1000

    sweeper = await asyncpg.connect(database.url("healz_sweeper"))
    for name, sweep_of in SWEEPS.items():
        numbers = sweep_of.numbers(as_of, DEFAULT_RULES, 7 * DAY)
        async with sweeper.transaction():
            await sweeper.execute("SELECT ops.enter_tenant($1)", tenant_id)
            rows = await sweeper.fetch(
                f"EXPLAIN (FORMAT JSON) {FIND}{sweep_of.query}", tenant_id, as_of, None, *numbers
            )
        scans = list(scans_of(json.loads(rows[0][0])[0]["Plan"]))
        assert {scan["Index Name"] for scan in scans} == INDEX_OF[name], json.dumps(scans, indent=1)
        for scan in scans:
            # The tenant and the time bound the range that is read; nothing reads the whole.
            assert "tenant_id" in scan["Index Cond"]
            assert "<=" in scan["Index Cond"], scan["Index Cond"]
    await sweeper.close()

    # Those whose value is today's are left out: the hourly run does not decide on them again.
    arguments = ("silence", "--dry-run", "--tenant", str(tenant_id), "--as-of", as_of.isoformat())
    assert (await sweep(system, *arguments))["candidates"] == expected


def scans_of(plan: dict[str, Any]) -> Any:
    """What reads a table or an index, but for the bitmap's second half."""
    if "Scan" in plan["Node Type"] and plan["Node Type"] not in ("Bitmap Heap Scan", "Subquery Scan"):
        assert plan.get("Index Name"), plan["Node Type"]
        yield plan
    for child in plan.get("Plans", ()):
        yield from scans_of(child)
