"""The console by HTTP: who is let in, what of it is theirs, and that nobody else sends its forms."""

from datetime import timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from console_visitor import PageForm, Seen, Visitor, form_to
from healz_local.tokens import Clinics, issue_token
from query_rows import Appointment, Journey, put_appointments, put_journeys
from query_rows import now as now_of_the_test
from system import SECRET, Clinic, System, book, put_clinic, register

SCORE: tuple[dict[str, Any], ...] = (
    {"type": "no_show", "value": 0.9, "weight": 0.3, "severity": "high", "detected_at": "2026-01-01T00:00:00Z"},
)


def visitor(api: System, language: str = "en") -> Visitor:
    return Visitor(f"http://127.0.0.1:{api.api_port}", language)


def token(api: System, role: str = "manager", clinics: Clinics = (), **more: Any) -> str:
    return issue_token(SECRET, api.tenant_id, role, clinics=clinics, **more)


async def a_clinic(api: System) -> Clinic:
    async with api.client() as client:
        (await client.put("/v1/tenant", json={"name": "Clínicas Vitória"})).raise_for_status()
        return await put_clinic(client)


async def test_who_is_not_logged_in_is_sent_to_log_in_and_comes_back(api: System) -> None:
    clinic = await a_clinic(api)
    async with visitor(api) as manager:
        wanted = f"/console/clinics/{clinic.clinic_id}"
        sent = await manager.client.get(wanted)
        assert sent.status_code == 303
        login = await manager.look(sent.headers["location"])
        answer = await manager.send(login.forms[0], token=token(api))
        assert (answer.status_code, answer.headers["location"]) == (303, wanted)
        assert "Clínica Goiabeiras" in (await manager.follow(answer)).text


async def test_the_token_stays_in_a_cookie_that_no_script_and_no_other_site_sees(api: System) -> None:
    async with visitor(api) as manager:
        answer = await manager.log_in(token(api))
        kept = next(cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith("healz_console="))
        assert {part.strip().lower() for part in kept.split(";")[1:]} == {
            "httponly",
            "path=/console",
            "samesite=strict",
        }
        page = await manager.client.get("/console/clinics")
        assert page.headers["cache-control"] == "no-store"
        assert token(api)[:20] not in page.text


@pytest.mark.parametrize("said", ["", "nonsense", "Bearer", "ey.ey.ey"])
async def test_a_token_that_is_not_good_is_told_so(api: System, said: str) -> None:
    async with visitor(api) as nobody:
        answer = await nobody.log_in(said)
        assert answer.status_code in (401, 422)
        assert 'role="alert"' in answer.text
        assert (await nobody.client.get("/console/clinics")).status_code == 303


async def test_a_token_that_is_over_logs_out(api: System) -> None:
    async with visitor(api) as manager:
        manager.client.cookies.set("healz_console", token(api, hours=-1), path="/console")
        answer = await manager.client.get("/console/clinics")
        assert answer.headers["location"].startswith("/console/session")


async def test_who_logs_out_is_out(api: System) -> None:
    async with visitor(api) as manager:
        await manager.log_in(token(api))
        page = await manager.look("/console/clinics")
        await manager.send(form_to(page, "/session/end"))
        assert (await manager.client.get("/console/clinics")).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
async def test_what_another_site_sends_is_refused(api: System, headers: dict[str, str]) -> None:
    clinic = await a_clinic(api)
    journey = Journey(api.tenant_id, clinic.clinic_id, stage="at_risk", score=0.9)
    await put_journeys(api.database.admin, [journey])
    async with visitor(api) as manager:
        login = (await manager.look("/console/session")).forms[0]
        assert (await manager.send(login, headers, token=token(api))).status_code == 403
        await manager.log_in(token(api))
        page = await manager.look(f"/console/clinics/{clinic.clinic_id}/at-risk")
        assert (await manager.send(form_to(page, "/claim"), headers)).status_code == 403
        assert await api.database.events() == 0


async def test_a_form_without_the_sessions_own_proof_is_refused(api: System) -> None:
    async with visitor(api) as manager, visitor(api) as other:
        await manager.log_in(token(api, subject=str(uuid7())))
        await other.log_in(token(api, subject=str(uuid7())))
        stolen = form_to(await other.look("/console/clinics"), "/session/end")
        assert (await manager.send(stolen)).status_code == 403
        assert (await manager.send(PageForm(stolen.action))).status_code == 403
        assert (await manager.client.post(stolen.action, json=stolen.fields)).status_code == 415


async def test_a_viewer_of_a_clinic_sees_nothing_of_another(api: System) -> None:
    async with api.client() as admin:
        here, there = await put_clinic(admin), await put_clinic(admin)
        patients = [await register(admin, full_name=name) for name in ("Ana Aqui", "Lia Longe")]
        for patient, clinic in zip(patients, (here, there), strict=True):
            await book(admin, patient, clinic)
    tomorrow = now_of_the_test()
    rows = [
        Appointment(api.tenant_id, clinic.clinic_id, tomorrow, also={"patient_name": name})
        for clinic, name in ((here, "Ana Aqui"), (there, "Lia Longe"))
    ]
    await put_appointments(api.database.admin, rows)
    await put_journeys(
        api.database.admin,
        [Journey(api.tenant_id, clinic.clinic_id, stage="at_risk", score=0.9) for clinic in (here, there)],
    )
    async with visitor(api) as viewer:
        await viewer.log_in(token(api, "viewer", [here.clinic_id]))
        listed = await viewer.look("/console/clinics")
        assert f"/console/clinics/{here.clinic_id}" in listed.links
        assert not any(str(there.clinic_id) in link for link in listed.links)
        assert "Ana Aqui" in (await viewer.look(f"/console/clinics/{here.clinic_id}")).text
        at_risk = await viewer.look(f"/console/clinics/{here.clinic_id}/at-risk")
        assert at_risk.text.count("Rita") == 1
        assert "+5527999990000" not in at_risk.text
        assert [form.action for form in at_risk.forms] == ["/console/session/end"]
        for page in ("", "/at-risk", "?day=2026-01-01"):
            hidden = await viewer.look(f"/console/clinics/{there.clinic_id}{page}", status=404)
            assert "Lia Longe" not in hidden.text
            assert "Goiabeiras" not in hidden.text


async def test_what_is_done_is_recorded_with_who_did_it_and_once(api: System) -> None:
    clinic = await a_clinic(api)
    who = uuid7()
    async with api.client() as admin:
        patient = await register(admin)
        await book(admin, patient, clinic)
    [journey] = [event for event in await api.database.log(api.tenant_id) if event.event_type == "JourneyStarted"]
    await put_journeys(
        api.database.admin,
        [Journey(api.tenant_id, clinic.clinic_id, "at_risk", 0.9, patient_id=patient, journey_id=journey.aggregate_id)],
    )
    async with visitor(api) as desk:
        await desk.log_in(token(api, "receptionist", [clinic.clinic_id], subject=str(who)))
        page = await desk.look(f"/console/clinics/{clinic.clinic_id}/at-risk")
        for act, fields in {
            "claim": {},
            "call": {"outcome": "reached", "notes": "volta em março"},
            "snooze": {"days": "3"},
            "escalate": {"reason": "reclamou duas vezes"},
        }.items():
            answers = [await desk.send(form_to(page, f"/{act}"), **fields) for _ in range(2)]
            assert [answer.status_code for answer in answers] == [303, 303], answers[0].text
            assert f"healz_console_done={act}." in answers[0].headers["set-cookie"]
    done = [event for event in await api.database.log(api.tenant_id) if event.user_id == who]
    assert [event.event_type for event in done] == ["JourneyAssigned", "CallMade", "JourneySnoozed", "RiskEscalated"]


async def test_nobody_is_asked_to_mark_as_urgent_who_is(api: System) -> None:
    clinic = await a_clinic(api)
    journeys = [
        Journey(api.tenant_id, clinic.clinic_id, "at_risk", 0.9, escalated=escalated) for escalated in (False, True)
    ]
    await put_journeys(api.database.admin, journeys)
    async with visitor(api, "pt-BR") as desk:
        await desk.log_in(token(api, "receptionist", [clinic.clinic_id]))
        page = await desk.look(f"/console/clinics/{clinic.clinic_id}/at-risk")
        escalate = [form.action for form in page.forms if form.action.endswith("/escalate")]
        assert escalate == [f"/console/journeys/{journeys[0].journey_id}/escalate"]
        assert page.text.count("urgente: alguém precisa cuidar agora") == 1
        assert page.text.count("+55 (27) 99999-0000") == 2


async def test_the_header_says_whose_pages_these_are(api: System) -> None:
    async with visitor(api, "pt-BR") as manager:
        await manager.log_in(token(api))
        assert "Gerência" in (await manager.look("/console/clinics")).text  # nobody has put the organisation yet
        await a_clinic(api)
        for path in ("/console/clinics", "/console/patients", "/console/rules"):
            assert "Clínicas Vitória · Gerência" in (await manager.look(path)).text


async def test_of_a_past_day_nothing_is_free(api: System) -> None:
    clinic = await a_clinic(api)
    async with api.client() as admin:
        hours = [{"weekday": day, "opens_at": "00:00", "closes_at": "24:00"} for day in range(1, 8)]
        body = {"name": "Clínica Goiabeiras", "opening_hours": hours}
        (await admin.put(f"/v1/clinics/{clinic.clinic_id}", json=body)).raise_for_status()
    async with visitor(api) as manager:
        await manager.log_in(token(api))
        own = f"/console/clinics/{clinic.clinic_id}"
        assert "24 h free" in (await manager.look(f"{own}?day={now_of_the_test() + timedelta(days=2):%Y-%m-%d}")).text
        past = (await manager.look(f"{own}?day=2016-05-02")).text
        assert "free" not in past.lower()
        assert "Not there this day" not in past


async def test_a_refusal_is_said_in_the_language_of_who_asks(api: System) -> None:
    clinic = await a_clinic(api)
    unknown = Journey(api.tenant_id, clinic.clinic_id, "at_risk", 0.9)
    await put_journeys(api.database.admin, [unknown])
    async with visitor(api, "pt-BR") as manager:
        await manager.log_in(token(api))
        page = await manager.look(f"/console/clinics/{clinic.clinic_id}/at-risk")
        answer = await manager.send(form_to(page, "/claim"))
        assert answer.status_code == 404
        assert "Não há nada assim aqui." in answer.text
        assert f"/console/clinics/{clinic.clinic_id}/at-risk" in Seen(answer.text).links


async def test_the_language_can_be_switched(api: System) -> None:
    async with visitor(api, "pt-BR,pt;q=0.9,en;q=0.8") as manager:
        await manager.log_in(token(api))
        assert "Clínicas" in (await manager.look("/console/clinics")).text
        answer = await manager.client.get("/console/language/en", params={"back": "/console/clinics"})
        assert "Clinics" in (await manager.follow(answer)).text
        named = await manager.client.get("/console/language/pt", params={"back": "/console/patients?q=Łucja"})
        assert named.headers["location"] == "/console/patients?q=%C5%81ucja"
        away = await manager.client.get("/console/language/pt", params={"back": "https://evil.example/console"})
        assert away.headers["location"] == "/console"


async def test_no_page_has_code_of_its_own_and_its_policy_allows_none(api: System) -> None:
    clinic = await a_clinic(api)
    await put_journeys(
        api.database.admin, [Journey(api.tenant_id, clinic.clinic_id, "at_risk", 0.9, indicators=SCORE, missed=2)]
    )
    async with visitor(api) as manager:
        await manager.log_in(token(api))
        for path in paths(clinic):
            answer = await manager.client.get(path)
            assert answer.status_code == 200, (path, answer.text)
            assert Seen(answer.text).inline == [], path
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy


def paths(clinic: Clinic) -> list[str]:
    """All pages of an organisation that need no patient."""
    own = f"/console/clinics/{clinic.clinic_id}"
    others = ["/console/patients", "/console/patients?q=maria", "/console/rules", "/console/rules?score_high=0.6"]
    return [
        *others,
        "/console/session",
        "/console/clinics",
        own,
        f"{own}?day=2026-03-02",
        f"{own}/at-risk",
        f"{own}/at-risk?whose=mine",
    ]


async def test_what_a_patient_is_called_is_text_and_never_markup(api: System) -> None:
    clinic = await a_clinic(api)
    name = "<img src=x onerror=alert(1)>"
    await put_appointments(
        api.database.admin,
        [Appointment(api.tenant_id, clinic.clinic_id, now_of_the_test(), also={"patient_name": name})],
    )
    async with visitor(api) as manager:
        await manager.log_in(token(api))
        page = await manager.look(f"/console/clinics/{clinic.clinic_id}")
        assert name in page.text
        assert page.inline == []


async def test_the_files_of_the_console_may_be_kept_and_pages_may_not(api: System) -> None:
    async with visitor(api) as nobody:
        style = await nobody.client.get("/console/assets/console.css")
        assert style.headers["cache-control"].startswith("public")
        assert (await nobody.client.get("/console/assets/..%2Fpage.py")).status_code in (303, 404)
        assert (await nobody.client.get("/console/session")).headers["cache-control"] == "no-store"
