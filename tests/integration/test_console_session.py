"""The console when its session is over, or was another: pages, parts of pages, streams and forms."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from uuid_utils.compat import uuid7

from console_visitor import PageForm, Seen, Visitor, form_to, given_logins
from healz_local.tokens import issue_token, operator_token
from query_rows import Journey, put_journeys
from system import SECRET, Clinic, System, book, put_clinic, register

TRIAL = "/console/rules/trial?no_show_value=0.8"
SECONDS = 5
EVENT_STREAM = {"Accept": "text/event-stream"}


def visitor(api: System, language: str = "en") -> Visitor:
    return Visitor(f"http://127.0.0.1:{api.api_port}", language)


def token(api: System, role: str = "manager", **more: Any) -> str:
    return issue_token(SECRET, api.tenant_id, role, **more)


def expire(somebody: Visitor, api: System) -> None:
    """Their token is over; the browser does not know."""
    del somebody.client.cookies["healz_console"]
    somebody.client.cookies.set("healz_console", token(api, hours=-1), domain="127.0.0.1", path="/console")


async def at_risk(api: System) -> tuple[Clinic, Journey]:
    async with api.client() as admin:
        (await admin.put("/v1/tenant", json={"name": "Clínicas Vitória"})).raise_for_status()
        clinic = await put_clinic(admin)
    journey = Journey(api.tenant_id, clinic.clinic_id, "at_risk", 0.9)
    await put_journeys(api.database.admin, [journey])
    return clinic, journey


async def test_a_page_that_asks_for_a_part_of_itself_is_sent_to_the_login_as_a_whole(api: System) -> None:
    base, day = f"http://127.0.0.1:{api.api_port}", f"/console/clinics/{uuid7()}?day=2016-05-02"
    back = day.replace("/", "%2F").replace("?", "%3F").replace("=", "%3D")
    async with visitor(api) as manager:
        await manager.log_in(token(api))
        expire(manager, api)
        for path in (day, f"/console/patients/{uuid7()}/then?day=3", f"/console/patients/{uuid7()}?after=50"):
            answer = await manager.client.get(path, headers={"HX-Request": "true", "HX-Current-URL": base + day})
            assert answer.status_code == 401
            assert answer.headers["hx-redirect"] == f"/console/session?back={back}"
            assert "location" not in answer.headers
        foreign = {"HX-Request": "true", "HX-Current-URL": "https://evil.example/"}
        assert (await manager.client.get(day, headers=foreign)).headers["hx-redirect"] == "/console/session"
        for stream, page in {
            "/console/pipeline/live": "/console/pipeline",
            "/console/rules/trial?score_high=0.6": "/console/rules?score_high=0.6",
        }.items():
            told = await manager.client.get(stream, headers=EVENT_STREAM)
            assert told.headers["content-type"].startswith("text/event-stream")
            assert f'href="{page}"' in told.text
            assert told.text.endswith("event: end\ndata: \n\n")


async def test_the_login_leads_back_to_the_very_page(api: System) -> None:
    clinic, _ = await at_risk(api)
    wanted = f"/console/clinics/{clinic.clinic_id}?day=2016-05-02"
    async with visitor(api) as manager:
        login = await manager.look((await manager.client.get(wanted)).headers["location"])
        assert (await manager.send(login.forms[0], token=token(api))).headers["location"] == wanted


async def test_a_form_that_came_too_late_says_that_it_was_not_taken(api: System) -> None:
    clinic, _ = await at_risk(api)
    page_of_clinic = f"/console/clinics/{clinic.clinic_id}/at-risk?whose=all"
    async with visitor(api, "pt") as desk:
        for without in (expire, lambda somebody, _: somebody.client.cookies.clear()):
            await desk.log_in(token(api))
            call = form_to(await desk.look(page_of_clinic), "/call")
            without(desk, api)
            late = await desk.send(call, outcome="reached", notes="volta em março")
            assert late.status_code == 401
            login = Seen(late.text)
            assert "o que você enviou não foi salvo" in login.text
            assert login.forms[0].fields["back"] == page_of_clinic
            assert (await desk.send(login.forms[0], token=token(api))).headers["location"] == page_of_clinic
        out = form_to(await desk.look(page_of_clinic), "/session/end")
        desk.client.cookies.clear()
        assert (await desk.send(out)).headers["location"] == "/console/session"
    assert await api.database.events() == 0


async def test_a_token_that_is_not_taken_is_told_why_in_the_language_of_who_asks(api: System) -> None:
    async with visitor(api, "pt") as nobody:
        late = await nobody.log_in(token(api, hours=-1))
        assert "O prazo deste token acabou." in late.text
        wrong = await nobody.log_in("nonsense")
        assert "Este token não foi aceito." in wrong.text
        assert "token is" not in wrong.text


async def test_what_was_done_is_said_once_and_to_who_did_it(api: System) -> None:
    clinic, _ = await at_risk(api)
    page = f"/console/clinics/{clinic.clinic_id}/at-risk"
    async with visitor(api) as manager, visitor(api) as other:
        await manager.log_in(token(api, subject=str(uuid7())))
        await other.log_in(token(api, subject=str(uuid7())))
        assert "Recorded: the patient" not in (await manager.look(f"{page}?done=recover")).text
        saved = await manager.send(rules_form(await manager.look("/console/rules?score_high=0.6")))
        assert saved.headers["location"] == "/console/rules"
        [kept] = [cookie for cookie in saved.headers.get_list("set-cookie") if cookie.startswith("healz_console_done=")]
        assert "samesite=strict" in kept.lower()
        other.client.cookies.set("healz_console_done", manager.client.cookies["healz_console_done"], path="/console")
        assert "Saved." not in (await other.look("/console/rules")).text
        part = await manager.client.get("/console/rules", headers={"HX-Request": "true"})
        assert "Saved." not in part.text
        assert "Saved." in (await manager.look("/console/rules")).text
        assert "Saved." not in (await manager.look("/console/rules")).text


def rules_form(page: Seen) -> PageForm:
    return next(form for form in page.forms if form.action == "/console/rules")


async def test_what_is_not_there_is_said_on_a_page_with_the_way_on(api: System) -> None:
    unknown = {"/console/nothing": 404, "/console/clinics/zzz": 404, "/console/session/end": 405}
    async with visitor(api, "pt") as manager, visitor(api, "pt") as nobody, visitor(api, "pt") as operator:
        await manager.log_in(token(api))
        await operator.log_in(operator_token(SECRET))
        for path, status in unknown.items():
            page = await manager.look(path, status)
            assert {"/console/patients", "/console/rules"} <= set(page.links)
            assert page.text.count("Não deu certo")
            assert "/console/pipeline" in (await operator.look(path, status)).links
            assert "/console/patients" not in (await nobody.look(path, status)).links
        assert "/console/clinics" in (await manager.look("/console/clinics/zzz", 404)).links[-1]
        assert "/console/pipeline" in (await operator.look("/console/patients", 403)).links
        own = f"/console/clinics/{uuid7()}"
        assert (await manager.look(f"{own}?day=nonsense", 404)).links[-1] == own
        outside = await nobody.client.get("/v1/nothing")
        assert outside.headers["content-type"].startswith("application/problem+json")


async def test_no_form_is_too_large_for_an_answer(api: System) -> None:
    _, journey = await at_risk(api)
    many = {f"field{number}": "x" for number in range(150)}
    async with visitor(api, "pt") as manager:
        login = (await manager.look("/console/session")).forms[0]
        first = await manager.send(login, **many)
        assert first.status_code == 413
        assert "Este formulário tem campos demais." in first.text
        await manager.log_in(token(api))
        proof = form_to(await manager.look("/console/rules"), "/session/end").fields
        for path in ("/session", "/session/end", "/rules", f"/journeys/{journey.journey_id}/call"):
            answer = await manager.client.post(f"/console{path}", data=proof | many)
            assert answer.status_code == 413, path
        digits = "9" * 5000
        assert (await manager.client.post("/console/rules", data=proof | {"return_days": digits})).status_code == 422
        assert (await manager.client.get("/console/rules", params={"return_days": digits})).status_code == 422
    assert not [said for said in api.processes[0].said() if said["message"] == "request failed"]


@pytest.fixture
async def without_leeway(system: System) -> System:
    given_logins(system).settings["HEALZ_JWT_LEEWAY_SECONDS"] = "0"
    system.start("command-api")
    await system.ready()
    return system


async def told(somebody: Visitor, path: str) -> tuple[str, float]:
    """All of a stream, and how long it went on."""
    began, said = time.monotonic(), ""
    async with somebody.client.stream("GET", path, timeout=httpx.Timeout(15)) as stream:
        assert stream.status_code == 200
        async for text in stream.aiter_text():
            said += text
    return said, time.monotonic() - began


async def test_a_stream_ends_with_its_session(without_leeway: System) -> None:
    system = without_leeway
    await at_risk(system)
    for path, page in (("/console/pipeline/live", "/console/pipeline"), (TRIAL, "/console/rules")):

        def fresh(hours: float, page: str = page) -> str:
            return operator_token(SECRET, hours=hours) if "pipeline" in page else token(system, hours=hours)

        async with visitor(system) as expiring, visitor(system) as leaving, system.database.admin.transaction():
            await leaving.log_in(fresh(1))
            proof = form_to(await leaving.look(page), "/session/end")
            # A trial waits for the journeys, and would for ever.
            await system.database.admin.execute("LOCK TABLE journey.journey_view IN ACCESS EXCLUSIVE MODE")
            await expiring.log_in(fresh(SECONDS / 3600))
            said, seconds = await told(expiring, path)
            assert "Your session is over." in said
            assert seconds < SECONDS + 3
            stream = asyncio.create_task(told(leaving, path))
            await asyncio.sleep(1.5)  # it has begun
            assert not stream.done()
            await leaving.send(proof)
            said, _ = await asyncio.wait_for(stream, 5)
            assert said.endswith("event: end\ndata: \n\n")
            assert "Your session is over." in said


async def test_an_act_whose_list_does_not_follow_yet_is_no_failure(system: System) -> None:
    system.settings["HEALZ_MIN_POSITION_WAIT_SECONDS"] = "0.3"
    system.start("command-api")
    await system.ready()
    clinic, _ = await at_risk(system)
    async with system.client() as admin:
        patient = await register(admin)
        await book(admin, patient, clinic)
    begun = next(e for e in await system.database.log(system.tenant_id) if e.event_type == "JourneyStarted")
    lost = Journey(
        system.tenant_id, clinic.clinic_id, "at_risk", 0.9, patient_id=patient, journey_id=begun.aggregate_id
    )
    await put_journeys(system.database.admin, [lost])
    async with visitor(system) as desk:
        await desk.log_in(token(system))
        page = await desk.look(f"/console/clinics/{clinic.clinic_id}/at-risk?whose=all")
        claims = [form for form in page.forms if form.action.endswith(f"{begun.aggregate_id}/claim")]
        answer = await desk.send(claims[0])
        assert answer.headers["location"].endswith(f"at-risk?whose=all#journey-{begun.aggregate_id}")
        shown = await desk.follow(answer)
        assert "You see to this patient now." in shown.text
        assert "the list does not show it yet" in shown.text
        assert "Rita" in shown.text
        assert "does not show it yet" not in (await desk.look(answer.headers["location"])).text
