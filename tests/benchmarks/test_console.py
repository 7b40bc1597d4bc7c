"""The console with as much as a large clinic group and its platform have."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import httpx
import pytest

from benchmarks.conftest import Tell
from benchmarks.figures import percentile
from benchmarks.sizes import SIZES
from console_visitor import Visitor, form_to
from healz.read_models import READ_MODELS
from healz_local.tokens import issue_token, operator_token
from plans import FILL
from system import SECRET, System

pytestmark = pytest.mark.benchmark

TENANT, CLINIC = UUID("00000000-0000-7000-8000-000000000001"), UUID("019a0000-0009-7000-8000-000000000000")
PATIENT = UUID("019a0000-0001-7000-8000-000000000001")
OTHER = UUID("00000000-0000-7000-8000-000000000002")
TENANTS, PARKED, CAUSES = 300, 5_000, 20
PAGE_MS_MAX = 500.0
LOOKS = 10
TRIAL_SECONDS_MAX = 600.0
# Of each patient: registered, booked, a journey, and its stage; one in ten did not come.
HISTORIES = """
INSERT INTO event_store.events (tenant_id, position, created_at, event_id, event_type, schema_version, aggregate_type,
    aggregate_id, aggregate_version, patient_id, clinic_id, correlation_id, event_data)
SELECT $1, n * 5 + k, date_trunc('month', now()), gen_random_uuid(), e.event_type, 1, e.of, e.id, e.version,
       p.patient_id, CASE WHEN k > 1 THEN numbered('0009', 0) END, gen_random_uuid(),
       jsonb_build_object('patient_id', p.patient_id) || e.data
  FROM generate_series(0, $2::bigint - 1) AS n
 CROSS JOIN LATERAL (SELECT numbered('0011', n) AS patient_id, numbered('0012', n) AS journey_id,
                            numbered('0013', n) AS appointment_id, numbered('0009', 0) AS clinic_id,
                            to_char(now() - n % 40 * interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS.000000"Z"') AS at) AS p
 CROSS JOIN LATERAL (VALUES
       (1, 'PatientRegistered', 'Patient', p.patient_id, 1, jsonb_build_object(
           'phone', '+5527' || 900000000 + n, 'full_name', 'Maria ' || n, 'registration_source', 'manual',
           'registered_at', p.at)),
       (2, 'AppointmentScheduled', 'Appointment', p.appointment_id, 1, jsonb_build_object(
           'appointment_id', p.appointment_id, 'clinic_id', p.clinic_id, 'doctor_id', p.clinic_id,
           'doctor_name', 'Ana', 'scheduled_for', p.at, 'duration', 30, 'appointment_type', 'first_visit',
           'scheduled_by', 'agent', 'scheduled_at', p.at)),
       (3, 'JourneyStarted', 'Journey', p.journey_id, 1, jsonb_build_object(
           'journey_id', p.journey_id, 'clinic_id', p.clinic_id, 'initiated_by', 'appointment_scheduled',
           'started_at', p.at)),
       (4, 'JourneyStageChanged', 'Journey', p.journey_id, 2, jsonb_build_object(
           'journey_id', p.journey_id, 'clinic_id', p.clinic_id, 'previous_stage', 'initiated',
           'new_stage', 'scheduled', 'reason', 'appointment_scheduled', 'changed_at', p.at)),
       (5, 'AppointmentMarkedAsNoShow', 'Appointment', p.appointment_id, 2, jsonb_build_object(
           'appointment_id', p.appointment_id, 'clinic_id', p.clinic_id, 'doctor_id', p.clinic_id,
           'scheduled_for', p.at, 'marked_by', 'agent', 'marked_at', p.at))
       ) AS e (k, event_type, of, id, version, data)
 WHERE k < 5 OR n % 10 = 0
"""
JOURNEYS = """
INSERT INTO journey.journey_view (tenant_id, journey_id, version, clinic_id, patient_id, current_stage,
    stage_changed_at, risk_score, risk_level, first_contact_at, last_interaction_at, is_active, needs_follow_up,
    has_escalation, patient_name, patient_phone, started_at, updated_at)
SELECT $1, numbered('0012', n), 1, numbered('0009', 0), numbered('0011', n), 'scheduled', now(), 0, 'low', now(), now(),
       true, false, false, 'Maria ' || n, '', now(), now()
  FROM generate_series(0, $2::bigint - 1) AS n
"""
BEHIND = """
WITH behind AS (
       INSERT INTO event_store.tenant_log (tenant_id, position, last_at)
       SELECT gen_random_uuid(), 1 + n, now() FROM generate_series(1, $1::bigint) AS n RETURNING tenant_id, position)
INSERT INTO event_store.events (tenant_id, position, created_at, event_id, event_type, schema_version, aggregate_type,
    aggregate_id, aggregate_version, patient_id, correlation_id, event_data)
SELECT b.tenant_id, 1, now(), gen_random_uuid(), 'MessageReceived', 1, 'Conversation', gen_random_uuid(), 1,
       gen_random_uuid(), gen_random_uuid(), '{}'
  FROM behind AS b
"""
PARK = """
INSERT INTO patient.parked_patient (tenant_id, patient_id, position, event_type, error)
SELECT t.tenant_id, gen_random_uuid(), n, 'PatientContactUpdated', 'CheckViolationError ' || n % $2
  FROM generate_series(1, $1::bigint) AS n
 CROSS JOIN LATERAL (SELECT tenant_id FROM event_store.tenant_log ORDER BY tenant_id OFFSET n % 300 LIMIT 1) AS t
"""


async def test_console(system: System, tell: Tell) -> None:
    """The console: pages with 100,000 patients, rules tried on all; 300 tenants behind and 5,000 parked patients"""
    system.settings |= {
        "RELAY_DATABASE_URL": system.database.url("healz_relay"),
        **{
            f"PROJECTOR_{name.upper()}_DATABASE_URL": system.database.url(f"healz_projector_{name}")
            for name in READ_MODELS
        },
        "HEALZ_CONSOLE_GROUP": f"projector-{{projection}}-{system.topic}",
    }
    system.start("command-api")
    await system.ready()
    await pages_of_a_large_clinic(system, tell)
    await pipeline_of_a_large_platform(system, tell)


async def pages_of_a_large_clinic(system: System, tell: Tell) -> None:
    admin = system.database.admin
    await admin.execute(FILL)
    await admin.execute("INSERT INTO reference.tenants (tenant_id, name) VALUES ($1, 'Rede')", OTHER)
    for statement in (HISTORIES, JOURNEYS):
        await admin.execute(statement, OTHER, SIZES.console_patients)
    await admin.execute("ANALYZE")
    async with Visitor(f"http://127.0.0.1:{system.api_port}") as manager:
        await manager.log_in(issue_token(SECRET, TENANT, "manager"))
        for what, path in {
            "patients at risk": f"/console/clinics/{CLINIC}/at-risk",
            "a day": f"/console/clinics/{CLINIC}",
            "a search": "/console/patients?q=maria+silva",
            "a patient": f"/console/patients/{PATIENT}",
        }.items():
            took = [await _ms(partial(manager.look, path)) for _ in range(LOOKS * SIZES.rounds)]
            tell(f"{what}, p95", "ms", [percentile(took, 95)], PAGE_MS_MAX, at_most=True)
    async with Visitor(f"http://127.0.0.1:{system.api_port}") as manager:
        await manager.log_in(issue_token(SECRET, OTHER, "manager"))
        began, first = time.monotonic(), 0.0
        manager.client.timeout = httpx.Timeout(TRIAL_SECONDS_MAX)
        async with manager.client.stream("GET", "/console/rules/trial", params={"silence_days_min": "10"}) as told:
            assert told.status_code == 200
            async for line in told.aiter_lines():
                first = first or time.monotonic() - began
                if line.startswith("data: <p role"):
                    assert f"{SIZES.console_patients:,}" in line
                    break
        seconds = time.monotonic() - began
        tell("a trial: its first part", "s", [first], 10.0, at_most=True)
        beside = f"{SIZES.console_patients / seconds:,.0f} patients a second"
        tell("a trial: all of them", "s", [seconds], TRIAL_SECONDS_MAX, at_most=True, beside=beside)


async def pipeline_of_a_large_platform(system: System, tell: Tell) -> None:
    admin = system.database.admin
    await admin.execute(BEHIND, TENANTS)
    await admin.execute(PARK, PARKED, CAUSES)
    await admin.execute("ANALYZE")
    async with Visitor(f"http://127.0.0.1:{system.api_port}") as operator:
        await operator.log_in(operator_token(SECRET))
        page = await operator.look("/console/pipeline")
        assert "300 organisations" in page.text
        assert page.text.count("250 patients") == CAUSES
        assert form_to(page, "/retry").fields["cause"]
        looks = []
        for _ in range(LOOKS):
            await asyncio.sleep(1.0)  # a look is good for a second
            looks.append(await _ms(lambda: operator.look("/console/pipeline")))
        again = [await _ms(lambda: operator.look("/console/pipeline")) for _ in range(LOOKS)]
        tell("the pipeline, with a new look", "ms", [percentile(looks, 95)], PAGE_MS_MAX, at_most=True)
        tell("the pipeline, within a second of one", "ms", [percentile(again, 95)], PAGE_MS_MAX, at_most=True)


async def _ms(ask: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await ask()
    return (time.perf_counter() - began) * 1000
