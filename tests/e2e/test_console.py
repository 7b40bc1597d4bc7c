"""The console in a real browser, on real processes: each page clicked through, in both languages, at both widths."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from playwright.async_api import expect
from uuid_utils.compat import uuid7

from browser import LANGUAGES, WIDTHS, Looker, browser, looking, needs_browser
from console_visitor import given_logins
from healz_local.tokens import issue_token, operator_token
from system import SECRET, Clinic, System, book, put_clinic, register

pytestmark = needs_browser
USER = uuid7()
NAMES_TOO_WIDE = """() => [...document.querySelectorAll('svg.journey .stage')].filter(stage =>
  stage.querySelector('text').getBBox().width > stage.querySelector('rect').getBBox().width - 4
).map(stage => stage.textContent)"""
"""Stages in a journey's picture whose name is wider than its box."""


@dataclass(frozen=True)
class Stage:
    """Who is there to be looked at."""

    clinic: Clinic
    maria: UUID
    lost: UUID

    @property
    def pages(self) -> list[str]:
        own = f"/console/clinics/{self.clinic.clinic_id}"
        return [
            *("/console/clinics", own, f"{own}/at-risk", "/console/patients?q=maria"),
            *(f"/console/patients/{self.maria}", f"/console/patients/{self.lost}", "/console/rules"),
        ]


async def put_on(system: System) -> Stage:
    """A clinic with hours, a patient who wrote and booked, and one who did not come twice."""
    async with system.client() as admin:
        (await admin.put("/v1/tenant", json={"name": "Clínicas Vitória"})).raise_for_status()
        clinic = await put_clinic(admin)
        hours = [{"weekday": day, "opens_at": "00:00", "closes_at": "24:00"} for day in range(1, 8)]
        body = {"name": "Clínica Goiabeiras", "opening_hours": hours}
        (await admin.put(f"/v1/clinics/{clinic.clinic_id}", json=body)).raise_for_status()
        maria = await register(admin, full_name="Maria da Penha")
        body = {"patient_id": str(maria), "clinic_id": str(clinic.clinic_id)}
        talk = (await admin.post("/v1/conversations", json=body)).json()["id"]
        message = {"direction": "inbound", "content": "Bom dia! Quero marcar uma consulta."}
        (await admin.post(f"/v1/conversations/{talk}/messages", json=message)).raise_for_status()
        await book(admin, maria, clinic, days=0.001)
        lost = await register(admin, full_name="Benedito Rocha")
        for minutes in (8, 4):
            at = datetime.now(UTC) - timedelta(minutes=minutes)
            visit = await book(admin, lost, clinic, scheduled_for=at.isoformat(), duration=3)
            (await admin.post(f"/v1/appointments/{visit}/no-show", json={})).raise_for_status()
    await system.caught_up()
    return Stage(clinic, maria, lost)


@asynccontextmanager
async def window(system: System, width: int = 1280, language: str = "pt-BR") -> AsyncIterator[Looker]:
    async with (
        browser() as started,
        looking(started, f"http://127.0.0.1:{system.api_port}", width=width, language=language) as looker,
    ):
        yield looker


def manager(system: System) -> str:
    return issue_token(SECRET, system.tenant_id, "manager", subject=str(USER))


async def test_every_page_is_for_everybody_at_each_width_and_in_each_language(system: System) -> None:
    """axe-core finds nothing, nothing is wider than the window, and the browser has nothing to complain about."""
    given_logins(system)
    await system.start_all()
    stage = await put_on(system)
    async with browser() as started:
        for width in WIDTHS:
            for language in LANGUAGES:
                for token, pages in ((manager(system), stage.pages), (operator_token(SECRET), ["/console/pipeline"])):
                    base = f"http://127.0.0.1:{system.api_port}"
                    async with looking(started, base, width=width, language=language) as looker:
                        await looker.look("/console/session")
                        assert await looker.violations() == []
                        await looker.log_in(token)
                        for path in pages:
                            await looker.look(path)
                            await looker.open_all()
                            assert await looker.violations() == [], path
                            assert await looker.overflow() == 0, path
                            assert await looker.page.evaluate(NAMES_TOO_WIDE) == [], path
                            name = path.strip("/").replace("/", "-").replace("?", "-")
                            await looker.picture(f"{name}-{language}-{width}")
                        assert looker.complaints == []


async def test_a_clinics_day_and_what_is_done_about_a_patient_at_risk(system: System) -> None:
    await system.start_all()
    stage = await put_on(system)
    async with window(system) as looker:
        page = looker.page
        await looker.log_in(manager(system))
        await page.get_by_role("link", name="Clínica Goiabeiras").click()
        await expect(page.locator("li.taken").filter(has_text="Maria da Penha")).to_contain_text("agendada")
        assert await page.locator("li.free").count() > 0
        await page.get_by_role("link", name="Pacientes em risco").click()
        person = page.locator("li.person").filter(has_text="Benedito Rocha")
        await expect(person).to_contain_text("2 faltas")
        await expect(person).to_contain_text("crítico 0,90")
        await person.get_by_role("button", name="Eu cuido").click()
        await expect(page.get_by_role("status")).to_have_text("Agora você cuida deste paciente.")
        await expect(person).to_contain_text("Você cuida deste paciente.")
        await person.locator("summary", has_text="Ligação").click()
        await person.get_by_label("atendeu", exact=True).check()
        await person.get_by_label("Anotações").fill("volta na semana que vem")
        await person.get_by_role("button", name="Ligação feita").click()
        await expect(person).to_contain_text("1 ligação (atendeu)")
        # The rules have marked them already: nobody is asked to do so again.
        await expect(person).to_contain_text("urgente: alguém precisa cuidar agora")
        await expect(person.locator("summary", has_text="Marcar como urgente")).to_have_count(0)
        await person.locator("summary", has_text="Marcar como recuperado").click()
        await person.get_by_label("Motivo", exact=True).last.fill("marcou de novo")
        await person.get_by_role("button", name="O paciente foi recuperado").click()
        await expect(page.get_by_text("Ninguém em risco aqui.")).to_be_visible()
        assert looker.complaints == []
    done = [event.event_type for event in await system.database.log(system.tenant_id) if event.user_id == USER]
    assert done[:2] == ["JourneyAssigned", "CallMade"]
    assert "JourneyRecovered" in done
    assert stage.clinic.clinic_id


async def test_by_keyboard_alone(system: System) -> None:
    system.start("command-api")
    await system.ready()
    async with window(system) as looker:
        page = looker.page
        await looker.look("/console/session")
        await page.keyboard.press("Tab")
        await expect(page.locator(":focus")).to_have_text("Ir para o conteúdo")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await expect(page.locator("#token")).to_be_focused()
        await page.keyboard.insert_text(manager(system))
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Clínicas")).to_be_visible()


async def test_a_session_that_ends_leads_to_the_login_and_back(system: System) -> None:
    """From a page that asks for parts of itself, and from one that a stream tells of."""
    given_logins(system)
    system.start("command-api")
    await system.ready()
    async with window(system) as looker, system.client() as admin:
        clinic = await put_clinic(admin)
        page = looker.page
        for token, path in (
            (manager(system), f"/console/clinics/{clinic.clinic_id}?day=2016-05-02"),
            (operator_token(SECRET), "/console/pipeline"),
        ):
            await looker.context.clear_cookies()
            await looker.log_in(token)
            await looker.look(path)
            other = await looker.context.new_page()
            await other.goto(looker.base_url + path)
            await other.get_by_role("button", name="Sair").click()
            await expect(other.get_by_role("heading", name="Entrar")).to_be_visible()
            await other.close()
            if "clinics" in path:
                # As it does by itself every 20 seconds.
                await page.evaluate(f"htmx.ajax('GET', '{path}', {{target: '#live', select: '#live'}})")
            await expect(page.get_by_role("heading", name="Entrar")).to_be_visible()
            await looker.picture(f"login-{path.split('/')[2]}")
            await page.fill("#token", token)
            await page.click("button.main")
            await page.wait_for_url(looker.base_url + path)
        await page.goto(looker.base_url + "/console/pipeline/nothing")
        assert await looker.violations() == []
        await expect(page.get_by_role("link", name="Pipeline")).to_be_visible()
        await looker.picture("trouble")


async def test_a_patients_history_how_they_stood_then_and_why(system: System) -> None:
    await system.start_all()
    stage = await put_on(system)
    # As if the first had been ten days ago: the slider needs days.
    await system.database.admin.execute("SET session_replication_role = replica")
    await system.database.admin.execute(
        "UPDATE event_store.events SET created_at = date_trunc('month', created_at)"
        " WHERE tenant_id = $1 AND patient_id = $2 AND event_type IN ('PatientRegistered', 'ConversationStarted')",
        system.tenant_id,
        stage.maria,
    )
    async with window(system, language="en-US") as looker:
        page = looker.page
        await looker.log_in(manager(system))
        await looker.look(f"/console/patients/{stage.maria}")
        timeline = page.locator("#timeline > li")
        await expect(timeline.nth(0)).to_contain_text("Registered")
        await expect(page.locator("#timeline")).to_contain_text("Bom dia! Quero marcar uma consulta.")
        await expect(page.locator("svg.journey .current")).to_have_text("Scheduled")
        await page.locator("summary", has_text="Why? – Stage").last.click()
        await expect(page.locator("details[open] .told").last).to_contain_text("Stage changed")
        if datetime.now(UTC).day > 1:
            await page.locator("#then-day").focus()
            await page.keyboard.press("ArrowLeft")
            await expect(page.locator("#then tr", has_text="Appointments")).to_contain_text("0")
            await expect(page.locator("#then")).to_contain_text("At the end of")
        assert looker.complaints == []


async def test_a_rule_is_tried_and_saved(system: System) -> None:
    await system.start_all()
    await put_on(system)
    async with window(system) as looker:
        page = looker.page
        await looker.log_in(manager(system))
        await page.get_by_role("link", name="Regras").click()
        await page.get_by_label("Em risco a partir de").fill("0.95")
        await page.get_by_label("Crítico a partir de").fill("0.97")
        await page.get_by_role("button", name="Experimentar").click()
        await expect(page.locator("#outcome")).to_contain_text("pacientes com jornada nesse período foram pesados")
        await expect(page.locator("#outcome table")).to_contain_text("Benedito Rocha")
        await page.get_by_role("button", name="Salvar estes números").click()
        await expect(page.get_by_role("status")).to_contain_text("Salvo.")
        await expect(page.get_by_label("Em risco a partir de")).to_have_value("0.95")
        assert looker.complaints == []


async def test_the_pipeline_lives_while_a_projector_stops_a_patient_is_parked_and_a_model_rebuilt(
    system: System,
) -> None:
    given_logins(system)
    await system.start_all()
    stage = await put_on(system)
    async with window(system, language="en-US") as looker, system.client() as admin:
        page = looker.page
        await looker.log_in(operator_token(SECRET, subject="ana@platform"))
        model = page.locator("#model-patient")
        await expect(model).to_contain_text("fine")
        await expect(model).to_contain_text("1 instance")

        [projector] = [process for process in system.processes if process.name == "projector-patient"]
        await system.end(projector)
        await register(admin)
        await expect(model).to_contain_text("1 event behind, in 1 organisation")
        await expect(model).to_contain_text("behind")
        system.start("projector-patient")
        await expect(model).to_contain_text("0 events behind")

        await system.database.admin.execute(
            "ALTER TABLE patient.patient_view ADD CONSTRAINT short CHECK (full_name <> 'Ana Longa')"
        )
        body = {"full_name": "Ana Longa"}
        (await admin.put(f"/v1/patients/{stage.maria}/contact", json=body)).raise_for_status()
        parked = page.locator("li.parked")
        await expect(parked).to_contain_text("Contact updated")
        await expect(parked).to_contain_text("1 patient")
        await system.database.admin.execute("ALTER TABLE patient.patient_view DROP CONSTRAINT short")
        await parked.get_by_role("button", name="Retry").click()
        await expect(page.get_by_text("Nobody is parked.")).to_be_visible()
        await expect(page.locator("li.work")).to_contain_text("freed: 1")
        await expect(page.locator("li.work")).to_contain_text("ana@platform")

        # It is asked before it begins.
        await page.locator("#acts summary", has_text="Rebuild – Journeys").click()
        await page.get_by_role("button", name="Rebuild now – Journeys").click()
        work = page.locator("li.work").filter(has_text="Rebuild – Journeys")
        await expect(work.locator("progress")).to_be_visible()
        await expect(work).to_contain_text("done")
        await page.get_by_role("button", name="Verify – Journeys").click()
        await expect(page.locator("#model-journey")).to_contain_text("verified")
        assert looker.complaints == []
