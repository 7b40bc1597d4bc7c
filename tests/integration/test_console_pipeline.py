"""The pipeline's pages by HTTP: whose they are, what is kept of an act, and that they end when the server stops."""

import asyncio
import signal
import time

import pytest

from console_visitor import Seen, Visitor, form_to, given_logins
from healz_local.tokens import issue_token, operator_token
from system import SECRET, WAIT_SECONDS, System, register


@pytest.fixture
async def api_of_operators(system: System) -> System:
    given_logins(system).start("command-api")
    await system.ready()
    return system


def visitor(system: System) -> Visitor:
    return Visitor(f"http://127.0.0.1:{system.api_port}")


@pytest.mark.parametrize("role", ["admin", "manager", "viewer"])
async def test_nobody_of_an_organisation_sees_the_pipeline(api_of_operators: System, role: str) -> None:
    system = api_of_operators
    async with visitor(system) as other:
        await other.log_in(issue_token(SECRET, system.tenant_id, role, clinics="all" if role == "viewer" else ()))
        assert (await other.client.get("/console/pipeline")).status_code == 403
        assert (await other.client.get("/console/pipeline/live")).status_code == 403
        proof = form_to(await other.look("/console/clinics"), "/session/end").fields
        assert (await other.client.post("/console/pipeline/patient/rebuild", data=proof)).status_code == 403


async def test_an_operator_sees_no_patient_and_no_route_takes_the_token(api_of_operators: System) -> None:
    system = api_of_operators
    async with system.client() as admin:
        patient = await register(admin)
    async with visitor(system) as operator, system.client_with(operator_token(SECRET)) as client:
        await operator.log_in(operator_token(SECRET))
        for path in ("/console/clinics", "/console/patients", f"/console/patients/{patient}", "/console/rules"):
            assert (await operator.client.get(path)).status_code == 403
        assert (await client.get("/v1/patients")).status_code == 401
        page = await operator.look("/console/pipeline")
        assert page.inline == []
        assert "1 event behind, in 1 organisation" in page.text


async def test_an_api_without_the_logins_has_no_pipeline(api: System) -> None:
    async with visitor(api) as operator:
        await operator.log_in(operator_token(SECRET))
        answer = await operator.client.get("/console/pipeline")
        assert answer.status_code == 404
        assert "was given no logins" in answer.text


@pytest.mark.parametrize("lifetime", [-1.0, 25.0])
async def test_an_operators_token_is_held_to_the_same_times(api_of_operators: System, lifetime: float) -> None:
    async with visitor(api_of_operators) as operator:
        answer = await operator.log_in(operator_token(SECRET, hours=lifetime))
        assert answer.status_code == 401


async def shows(operator: Visitor, sentence: str) -> str:
    """The pipeline's page, once it says so."""
    text = ""
    give_up_at = time.monotonic() + WAIT_SECONDS
    while sentence not in text:
        assert time.monotonic() < give_up_at, text
        text = (await operator.look("/console/pipeline")).text
        await asyncio.sleep(0.2)  # the pace of looking
    return text


async def test_what_an_operator_drops_is_kept_with_who_and_why(api_of_operators: System) -> None:
    system = api_of_operators
    system.start("projector-patient")
    admin = system.database.admin
    await admin.execute("ALTER TABLE patient.patient_view ADD CONSTRAINT short CHECK (full_name <> 'Ana Longa')")
    async with system.client() as client:
        await register(client, full_name="Ana Longa")
    await system.caught_up("patient")
    async with visitor(system) as operator:
        await operator.log_in(operator_token(SECRET, subject="ana@platform"))
        page = await operator.look("/console/pipeline")
        answer = await operator.send(form_to(page, "/retry"))
        running = await operator.client.get("/console/pipeline")
        # Nothing else can be done about it meanwhile, and whoever is quicker is told so, with the way back.
        assert running.text.count(" disabled>") == 4
        refused = await operator.send(form_to(page, "/patient/rebuild"))
        assert refused.status_code == 409
        assert "Wait until it has ended." in refused.text
        assert Seen(refused.text).links[-1] == "/console/pipeline"
        assert answer.headers["location"] == "/console/pipeline"
        assert "not all was done" in await shows(operator, "still parked: 1")
        page = await operator.look("/console/pipeline")
        drop = form_to(page, "/drop")
        assert (await operator.send(drop, reason=" ")).status_code == 422
        assert (await operator.send(drop, cause="--all", reason="x")).status_code == 422
        page = await operator.follow(await operator.send(drop, reason="-- um nome errado"))
        assert "Dropping has begun." in page.text
        busy = await operator.send(form_to(page, "/patient/verify"))
        assert busy.status_code in (303, 409)

        assert "ana@platform" in await shows(operator, "still parked: 0")
    rows = await admin.fetch("SELECT dropped_by, reason FROM patient.dropped_event")
    assert [tuple(row) for row in rows] == [("ana@platform", "-- um nome errado")]
    said = [line for line in system.processes[0].said() if line["message"] == "an operator acts"]
    assert [(line["operator"], line["projection"], line["act"]) for line in said] == [
        ("ana@platform", "patient", "retry"),
        ("ana@platform", "patient", "drop"),
    ]


async def test_a_stopping_server_does_not_wait_for_who_looks(api_of_operators: System) -> None:
    system = api_of_operators
    async with visitor(system) as operator:
        await operator.log_in(operator_token(SECRET))
        async with operator.client.stream("GET", "/console/pipeline/live") as live:
            lines = live.aiter_lines()
            assert await anext(lines) == "event: look"
            began = time.monotonic()
            [api] = [process for process in system.processes if process.name == "command-api"]
            await system.end(api, signal.SIGTERM)
            assert time.monotonic() - began < 5
