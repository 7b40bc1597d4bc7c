"""A patient's page by HTTP: the search, the timeline, how they stood then, and why a value is as it is."""

import re
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from uuid_utils.compat import uuid7

from command_api.http.console.patient.values import JOURNEY, PATIENT
from console_visitor import Seen, Visitor
from healz_local.tokens import Clinics, issue_token
from past import send, visit
from system import SECRET, SERVICES, System, book, put_clinic, register

TODAY = datetime.now(UTC).date()


def token(system: System, role: str = "manager", clinics: Clinics = (), **more: Any) -> str:
    return issue_token(SECRET, system.tenant_id, role, clinics=clinics, **more)


async def test_a_patients_page_tells_what_happened_and_why(system: System) -> None:
    for name in SERVICES:
        system.start(name)
    await system.ready()
    async with system.client() as admin:
        (await admin.put("/v1/tenant", json={"name": "Clínicas Vitória"})).raise_for_status()
        here, there = await put_clinic(admin), await put_clinic(admin)
        patient = await register(admin, full_name="Maria da Penha")
        started = await admin.post(
            "/v1/conversations", json={"patient_id": str(patient), "clinic_id": str(here.clinic_id)}
        )
        message = {"direction": "inbound", "content": "Bom dia! <b>Quero</b> marcar"}
        (await admin.post(f"/v1/conversations/{started.json()['id']}/messages", json=message)).raise_for_status()
        await book(admin, patient, here)
        await book(admin, patient, there, days=3)
    await system.caught_up()
    base = f"http://127.0.0.1:{system.api_port}"
    own = f"/console/patients/{patient}"

    async with Visitor(base, "pt-BR") as manager:
        await manager.log_in(token(system))
        found = await manager.look("/console/patients?q=penha")
        assert own in found.links
        assert own in (await manager.look("/console/patients?q=+++")).links
        page = await manager.look(own)
        assert page.inline == []
        assert page.text.count("Consulta marcada") == 2
        assert "Bom dia! <b>Quero</b> marcar" in page.text
        assert "Iniciada → Primeiro contato · escreveu para a clínica" in page.text
        journeys = {link.split("/")[6] for link in page.links if "/why/journeys/" in link}
        assert len(journeys) == 2
        for of, key, columns in (("patients", patient, PATIENT), *(("journeys", key, JOURNEY) for key in journeys)):
            for column in columns:
                why = await manager.look(f"{own}/why/{of}/{key}/{column}")
                assert why.inline == []
        stage = await manager.client.get(f"{own}/why/patients/{patient}/phone", headers={"HX-Request": "true"})
        assert "<html" not in stage.text
        assert "Cadastro" in Seen(stage.text).text
        then = await manager.look(f"{own}/then?day={TODAY.toordinal()}")
        assert "Maria" not in then.text
        assert "No fim de" in then.text
        assert (await manager.client.get(f"{own}/then?day=0")).status_code == 422
        assert (await manager.client.get(f"{own}/then?day={TODAY.toordinal() - 9}")).status_code == 404
        assert (await manager.client.get(f"/console/patients/{uuid7()}")).status_code == 404

    async with Visitor(base, "en") as viewer:
        await viewer.log_in(token(system, "viewer", [here.clinic_id]))
        page = await viewer.look(own)
        assert page.text.count("Appointment booked") == 1
        assert "Bom dia" not in page.text
        assert "+5527" not in page.text
        assert len({link.split("/")[6] for link in page.links if "/why/journeys/" in link}) == 1
        hidden = await viewer.look(f"{own}/why/patients/{patient}/phone")
        assert "not for your role" in hidden.text


async def test_an_imported_patient_is_shown_by_when_things_happened(system: System) -> None:
    for name in SERVICES:
        system.start(name)
    await system.ready()
    async with system.client() as admin:
        (await admin.put("/v1/tenant", json={"name": "Clínicas Vitória"})).raise_for_status()
        here, there = await put_clinic(admin), await put_clinic(admin)
        row = visit(here, patient_name="Léo Silva Melo", patient_cpf="08991105173", patient_birth_date="1943-12-29")
        missed = row | {"scheduled_for": "2019-04-01T10:00", "outcome": "no_show"}
    async with system.client_with(token(system, "import", "all")) as importer:
        await send(importer, [row, missed])
    await system.caught_up()
    async with system.client() as admin:
        [leo] = (await admin.get("/v1/patients", params={"name": "Léo"})).json()["items"]
    own = f"/console/patients/{leo['patient_id']}"
    base = f"http://127.0.0.1:{system.api_port}"

    async with Visitor(base, "pt-BR") as manager:
        await manager.log_in(token(system))
        page = await manager.look(own)
        recorded = f"registrado em {TODAY:%d/%m/%Y}"
        assert f"14/02/2019 10:30 · {recorded} Consulta marcada para 01/03/2019 08:00" in words(page)
        assert f"{recorded} Consulta realizada consulta de 01/03/2019 08:00" in words(page)
        assert words(page).index("Cadastro Léo") < words(page).index("Consulta realizada consulta")
        assert "Clínicas Vitória · Gerência" in words(page)
        assert "29/12/1943" in page.text
        assert "089.911.051-73" in page.text
        assert "+55 (27) 99900-0000" in page.text
        # The slider begins with what happened first.
        [least] = re.findall(r'min="(\d+)"', (await manager.client.get(own)).text)
        assert date.fromordinal(int(least)) == date(2019, 2, 14)
        then = words(await manager.look(f"{own}/then?day={date(2019, 3, 5).toordinal()}"))
        assert "O que já tinha acontecido Consultas marcadas1 Consultas realizadas1" in then
        assert "Nesse dia nada estava registrado ainda" in then
        now = words(await manager.look(f"{own}/then?day={TODAY.toordinal()}"))
        assert "Consultas realizadas1 Faltas1" in now
        assert "Nesse dia nada" not in now
        journey = next(link for link in page.links if "/why/journeys/" in link and link.endswith("current_stage"))
        why = await manager.look(journey)
        assert "Por uma importação." in why.text
        assert any("?event=" in link and "#event-" in link for link in why.links)

        for typed in ("089.911.051-73", "08991105173", "29/12/1943", "1943-12-29", "(27) 99900-0000", "0000", "melo"):
            assert own in (await manager.look(f"/console/patients?q={quote(typed)}")).links, typed
        for typed in ("1", "---", "🦷", "31/02/1985", "089.911.051-74", "a@b@c"):
            told = await manager.look(f"/console/patients?q={quote(typed)}")
            assert "Não dá para buscar por isso." in told.text, typed

    async with Visitor(base, "pt-BR") as viewer:
        await viewer.log_in(token(system, "viewer", [there.clinic_id]))
        listed = words(await viewer.look("/console/patients?q=melo"))
        assert "Risco –" in listed
        assert "0,00" not in listed
        assert "só busca por nome" in (await viewer.look("/console/patients?q=29%2F12%2F1943")).text

    # Who is parked is told so, to each who looks.
    await system.database.admin.execute(
        "INSERT INTO patient.parked_patient (tenant_id, patient_id, position, event_type, error)"
        " SELECT tenant_id, patient_id, max(position), 'AppointmentCompleted', 'poison' FROM event_store.events"
        " WHERE patient_id = $1 GROUP BY 1, 2",
        UUID(leo["patient_id"]),
    )
    async with Visitor(base, "pt-BR") as manager:
        await manager.log_in(token(system))
        assert "um registro não pôde ser aplicado" in (await manager.look(own)).text


def words(page: Seen) -> str:
    """Its text, with one blank between words."""
    return " ".join(page.text.split())


async def test_a_long_history_comes_a_part_at_a_time(api: System) -> None:
    async with api.client() as admin:
        patient = await register(admin)
        for n in range(60):
            body = {"full_name": f"Rita {'I' * (n + 1)}"}
            (await admin.put(f"/v1/patients/{patient}/contact", json=body)).raise_for_status()
    # The page begins with the read model's row.
    await api.database.admin.execute(
        "INSERT INTO patient.patient_view (tenant_id, patient_id, version, phone, full_name, registration_source,"
        " status, name_search, updated_at) VALUES ($1, $2, 1, '', 'Rita', 'manual', 'active', 'rita', now())",
        api.tenant_id,
        patient,
    )
    async with Visitor(f"http://127.0.0.1:{api.api_port}") as manager:
        await manager.log_in(token(api))
        page = await manager.look(f"/console/patients/{patient}")
        assert page.text.count("Contact updated") == 49
        further = next(link for link in page.links if "after=" in link)
        assert (await manager.look(further.partition("#")[0])).text.count("Contact updated") == 11
