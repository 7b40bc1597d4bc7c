"""The rules' page by HTTP: numbers are tried on the log before they are saved, and saved by the API's own way."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from command_api.decide.journey.rules import DEFAULT_RULES, JourneyRules
from command_api.http.console.rules.pages import TRIAL
from command_api.http.console.rules.trial import Trial, TrialOutcome, TrialSettings, weighed
from console_visitor import Seen, Visitor, form_to
from healz_local.tokens import issue_token
from query_rows import Journey, put_journeys
from started import command_lines_below
from system import SECRET, Clinic, System, book, eventually, put_clinic, register

STRICT = {"no_show_value": "0.80", "no_shows_value": "0.95"}


def token(api: System, role: str = "manager") -> str:
    return issue_token(SECRET, api.tenant_id, role, clinics="all" if role == "viewer" else ())


async def missed_one(api: System, clinic: Clinic, name: str = "Maria da Penha") -> UUID:
    """A patient who did not come, and whose journey the read model knows."""
    async with api.client() as admin:
        patient = await register(admin, full_name=name)
        scheduled = datetime.now(UTC) - timedelta(minutes=5)
        visit = await book(admin, patient, clinic, days=0, scheduled_for=scheduled.isoformat())
        (await admin.post(f"/v1/appointments/{visit}/no-show", json={})).raise_for_status()
    log = await api.database.log(api.tenant_id)
    journey = next(e for e in log if e.event_type == "JourneyStarted" and e.patient_id == patient)
    await put_journeys(
        api.database.admin,
        [Journey(api.tenant_id, clinic.clinic_id, "no_show", patient_id=patient, journey_id=journey.aggregate_id)],
    )
    return patient


async def organisation(api: System) -> Clinic:
    async with api.client() as admin:
        (await admin.put("/v1/tenant", json={"name": "Clínicas Vitória"})).raise_for_status()
        return await put_clinic(admin)


async def test_numbers_are_tried_on_the_log_and_then_saved(api: System) -> None:
    patient = await missed_one(api, await organisation(api))
    async with Visitor(f"http://127.0.0.1:{api.api_port}") as manager:
        await manager.log_in(token(api))
        tried = await manager.client.get("/console/rules", params=STRICT)
        [stream] = re.findall(r'sse-connect="([^"]+)"', tried.text)
        told = (await manager.client.get(stream.replace("&amp;", "&"))).text
        assert told.endswith("event: end\ndata: \n\n")
        last = told.split("event: part")[-1]
        figures = [int(value) for value in re.findall(r"<dd>(\d+)</dd>", last)]
        assert figures == [0, 1, 1, 0]
        assert str(patient) in last
        async with api.client() as admin:
            assert (await admin.get("/v1/tenant")).json()["journey_rules"] is None
            page = await manager.look("/console/rules?" + "&".join(f"{k}={v}" for k, v in STRICT.items()))
            answer = await manager.send(form_to(page, "/console/rules"))
            assert answer.status_code == 303, answer.text
            kept = (await admin.get("/v1/tenant")).json()["journey_rules"]
        assert {name: float(value) for name, value in kept.items()} == {"no_show_value": 0.8, "no_shows_value": 0.95}


async def test_numbers_that_do_not_fit_are_refused_with_their_names(api: System) -> None:
    await organisation(api)
    async with Visitor(f"http://127.0.0.1:{api.api_port}", "pt") as manager:
        await manager.log_in(token(api))
        for query, told in {
            "score_high=0.1": "Em risco a partir de: não pode ser menos que “Risco médio a partir de”",
            "score_high=x": "Em risco a partir de: um número de 0 a 1",
            "return_days=0": "a próxima é um retorno: um número inteiro, de 1 a 3650",
            "recovery_by=luck": "O que conta como paciente recuperado: escolha um da lista",
        }.items():
            page = await manager.look(f"/console/rules?{query}", status=422)
            assert told in page.text
            assert "Algo não foi preenchido como deve ser." in page.text
            assert not re.search(r"Input|must|should|don't", page.text)


async def test_what_is_shown_is_saved_and_a_second_page_takes_nothing_back(api: System) -> None:
    await organisation(api)

    async def kept() -> dict[str, float]:
        async with api.client() as admin:
            rules = (await admin.get("/v1/tenant")).json()["journey_rules"]
        return {name: float(value) for name, value in rules.items()}

    async with Visitor(f"http://127.0.0.1:{api.api_port}") as manager:
        await manager.log_in(token(api))
        first = form_to(await manager.look("/console/rules?silence_days_min=5"), "/console/rules")
        trying = next(form for form in (await manager.look("/console/rules")).forms if "#outcome" in form.action)
        second = form_to(await manager.look("/console/rules?return_days=9"), "/console/rules")
        assert "csrf" not in trying.fields  # it goes into an address
        # It was tried with 5, and says 9 now.
        assert (await manager.send(first, silence_days_min="9")).status_code == 303
        assert await kept() == {"silence_days_min": 9}
        assert (await manager.send(second)).status_code == 303
        assert await kept() == {"silence_days_min": 9, "return_days": 9}
        # An older page that is tried: what it does not change is as it is now.
        tried = await manager.client.get("/console/rules", params=trying.fields | {"score_high": "0.6"})
        assert form_to(Seen(tried.text), "/console/rules").fields["silence_days_min"] == "9"
        assert "silence_days_min" not in re.findall(r'sse-connect="([^"]+)"', tried.text)[0]
        # Both change the same number: whoever comes second is asked.
        both = await manager.send(second, silence_days_min="11")
        assert both.status_code == 412
        assert "Nothing was saved" in both.text
        assert await kept() == {"silence_days_min": 9, "return_days": 9}
        again = await manager.look(Seen(both.text).links[-1])
        assert (await manager.send(form_to(again, "/console/rules"))).status_code == 303
        assert await kept() == {"silence_days_min": 11, "return_days": 9}


@pytest.mark.parametrize("role", ["viewer", "receptionist", "doctor"])
async def test_who_does_not_answer_for_the_organisation_only_looks(api: System, role: str) -> None:
    await organisation(api)
    async with Visitor(f"http://127.0.0.1:{api.api_port}") as reader:
        await reader.log_in(token(api, role))
        page = await reader.look("/console/rules")
        assert page.forms[-1].action == "/console/rules#outcome-title"
        assert (await reader.client.get("/console/rules/trial", params=STRICT)).status_code == 403
        proof = form_to(page, "/session/end").fields
        for said in (STRICT, {}):
            assert (await reader.client.post("/console/rules", data=proof | said)).status_code == 403


async def test_a_trial_ends_with_who_looks_at_it(api: System) -> None:
    await organisation(api)

    def trials() -> int:
        return sum(TRIAL in words for words in command_lines_below(api.processes[0].pid))

    async def runs() -> bool:
        return await asyncio.to_thread(trials) == 1

    async def ended() -> bool:
        return await asyncio.to_thread(trials) == 0

    async with Visitor(f"http://127.0.0.1:{api.api_port}") as manager:
        await manager.log_in(token(api))

        async def look() -> None:
            async with manager.client.stream("GET", "/console/rules/trial", params=STRICT) as told:
                async for _ in told.aiter_lines():
                    pass

        # It waits for the journeys, and would for ever.
        async with api.database.admin.transaction():
            await api.database.admin.execute("LOCK TABLE journey.journey_view IN ACCESS EXCLUSIVE MODE")
            looks = asyncio.create_task(look())
            await eventually(runs)
            looks.cancel()
            await eventually(ended)


async def test_it_weighs_one_organisation_alone(api: System) -> None:
    await missed_one(api, await organisation(api))
    asked = Trial(
        tenant_id=UUID(int=5),
        now=DEFAULT_RULES,
        tried=JourneyRules(no_show_value="0.9"),
        since=datetime.now(UTC) - timedelta(days=30),
        until=datetime.now(UTC),
    )
    settings = api.settings_of(TrialSettings, "command-api")
    assert [outcome async for outcome in weighed(settings, asked)] == [TrialOutcome(of=0)]
    own = asked.model_copy(update={"tenant_id": api.tenant_id})
    *_, last = [outcome async for outcome in weighed(settings, own)]
    assert (last.of, last.patients, last.now, last.tried, last.gained) == (1, 1, 0, 1, 1)
