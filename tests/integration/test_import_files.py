"""Files as clinics' own software and spreadsheets write them: each row is taken, or refused in words that help."""

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from always_true import log_holds
from healz.events.appointment import AppointmentConfirmed, AppointmentScheduled
from healz.events.patient import PatientRegistered
from past import PATH, counts, post, refusals, send, visit, written
from system import Clinic, System, put_clinic, register

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
HEADER = "Telefone;Paciente;CPF;Nascimento;Data;Hora;Tipo;Situação;Convênio;Profissional;Encaixe"


@pytest.fixture
async def clinic(api: System) -> Clinic:
    async with api.client() as admin:
        return await put_clinic(admin)


@pytest.fixture
async def importing(api: System) -> AsyncIterator[httpx.AsyncClient]:
    async with api.client("import") as client:
        yield client


def mapping(clinic: Clinic) -> dict[str, Any]:
    """How that header is to be understood."""
    return {
        "column": ["Convênio:", "Profissional:doctor_id"],
        "cell": [f"clinic_id:{clinic.clinic_id}"],
        "word": [f"doctor_id:Dra. Ana Lima:{clinic.doctor_id}", "appointment_type:Consulta:follow_up"],
    }


async def post_with(
    client: httpx.AsyncClient, file: bytes, params: Mapping[str, Any], key: str = "agenda", **headers: str
) -> httpx.Response:
    sent = {"Idempotency-Key": key, "Content-Type": "text/csv"} | headers
    return await client.post(PATH, content=file, params=params, headers=sent)


def row(n: int, **cells: str) -> dict[str, str]:
    """The ``n``-th patient's, at the ``n``-th half-hour of a day."""
    usual = ("(27) 99999-0000", "Ana", "", "14/07/1985", "14/03/2019", "9:30", "Consulta", "Compareceu", "Unimed")
    found = dict(zip(HEADER.split(";"), (*usual, "Dra. Ana Lima", "não"), strict=True))
    found |= {"Telefone": f"(27) 9{8100 + n}-{1000 + 7 * n}", "Hora": f"{8 + n // 2}:{n % 2 * 30:02}"}
    return found | cells


def file_of(*rows: dict[str, str]) -> str:
    return "".join(";".join(line) + "\r\n" for line in (HEADER.split(";"), *(found.values() for found in rows)))


async def test_a_clinics_own_file_is_understood_by_a_mapping(
    api: System, importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    rows = [
        row(0, Paciente="José Guimarães", CPF="1234567890"),
        row(1, Paciente="Conceição D'Ávila", Situação="Não compareceu", Nascimento="00/00/0000"),
        row(2, Paciente="Inês", Situação="Cancelado pela clínica", Encaixe="Sim"),
        row(3, Paciente="Antônio", Situação="Remarcado"),
    ]
    # A spreadsheet in Portuguese: its own first line, Windows-1252.
    file = ("sep=;\r\n" + file_of(*rows)).encode("windows-1252")
    answer = await post_with(importing, file, mapping(clinic))
    tally = answer.json()

    assert counts(tally) == (4, 3, 0, 1)
    assert refusals(tally) == [(5, "outcome", "cell_invalid")]
    assert "no_show (faltou, nao compareceu)" in tally["refusals"][0]["message"]
    assert "?word=outcome:" in tally["refusals"][0]["message"]
    assert (tally["remarked"], tally["remarks"][0]["row"]) == (1, 3)
    assert (tally["remarks"][0]["column"], tally["remarks"][0]["rule"]) == ("patient_birth_date", "cell_left_out")
    log = [event.event_data for event in await api.database.log(api.tenant_id)]
    people = {data.full_name: data for data in log if isinstance(data, PatientRegistered)}
    assert people["José Guimarães"].cpf == "01234567890"
    assert people["José Guimarães"].phone == "+5527981001000"
    assert people["Conceição D'Ávila"].birth_date is None
    booked = [data.scheduled_for for data in log if isinstance(data, AppointmentScheduled)]
    assert min(booked) == datetime(2019, 3, 14, 8, tzinfo=SAO_PAULO)
    # Under the same key it is the same file only with the same mapping.
    again = await post_with(importing, file, mapping(clinic))
    other = await post_with(importing, file, mapping(clinic) | {"column": ["Convênio:notes", "Profissional:doctor_id"]})
    assert counts(again.json()) == (4, 0, 3, 1)
    assert (other.status_code, other.json()["rule"]) == (422, "key_reused")
    await log_holds(api.database)


@pytest.mark.parametrize(
    ("of", "line_end", "charset"),
    [
        ("utf-8", "\r", None),
        ("windows-1252", "\n", "windows-1252"),
        ("windows-1252", "\r\n", "iso-8859-1"),
        ("utf-8", "\n", "UTF-8"),
    ],
)
async def test_old_line_ends_and_encodings(
    api: System, importing: httpx.AsyncClient, clinic: Clinic, of: str, line_end: str, charset: str | None
) -> None:
    text = file_of(row(0, Paciente="João"), row(1, Paciente="Zoë")).replace("\r\n", line_end)
    kind = "text/csv" if charset is None else f"text/csv; charset={charset}"
    answer = await post_with(importing, text.encode(of), mapping(clinic), **{"Content-Type": kind})

    assert counts(answer.json()) == (2, 2, 0, 0)
    log = await api.database.log(api.tenant_id)
    names = {e.event_data.full_name for e in log if isinstance(e.event_data, PatientRegistered)}
    assert names == {"João", "Zoë"}


async def test_what_a_wrong_encoding_did_to_a_file_is_said(importing: httpx.AsyncClient, clinic: Clinic) -> None:
    rows = [row(0, Paciente="Jos\ufffd"), row(1, Paciente="José".encode().decode("windows-1252")), row(2)]
    tally = (await post_with(importing, file_of(*rows).encode(), mapping(clinic))).json()
    unknown = await post_with(importing, b"", {}, "other", **{"Content-Type": "text/csv; charset=utf-7"})

    assert [(n, column) for n, column, _ in refusals(tally)] == [(2, "patient_name"), (3, "patient_name")]
    assert all("UTF-8" in refusal["message"] for refusal in tally["refusals"])
    assert (unknown.status_code, "windows-1252" in unknown.json()["detail"]) == (415, True)


async def test_a_mapping_that_can_not_be_read_names_the_parameter(importing: httpx.AsyncClient) -> None:
    answer = await post_with(importing, b"x", {"column": "Telefone"})
    unmapped = await post_with(importing, file_of(row(0)).encode(), {})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "column")
    assert unmapped.json()["unknown"] == ["convênio", "profissional"]
    assert set(unmapped.json()["missing"]) == {"clinic_id", "doctor_id"}
    assert "?column=THEIRS:OURS" in unmapped.json()["detail"]


async def test_all_refusals_come_as_a_file_to_correct_and_send_again(
    importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    rows = [row(n, Paciente=f"Paciente {'abcdefghij'[n % 10]}", Data="14/03/2018") for n in range(20)]
    rows[3]["Data"], rows[7]["Telefone"], rows[9]["Paciente"] = "31/02/2018", "98100-7777", '"não fecha'
    file = file_of(*rows).encode()
    answer = await post_with(importing, file, mapping(clinic), Accept="text/csv")
    refused = answer.content.decode("utf-8-sig")
    listed = list(csv.DictReader(io.StringIO(refused), delimiter=";"))

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["healz-import-tally"].startswith("rows=10, accepted=7, known=0, refused=3")
    assert [(line["refused_row"], line["refused_column"]) for line in listed[:2]] == [
        ("5", "scheduled_for"),
        ("9", "patient_phone"),
    ]
    assert "area code" in listed[1]["refused_message"]
    corrected = refused.replace("31/02/2018", "28/02/2018").replace("98100-7777", "(27) 98100-7777")
    corrected = "".join(corrected.splitlines(keepends=True)[:3])
    again = await post_with(importing, corrected.encode(), mapping(clinic), "agenda, corrected")
    assert counts(again.json()) == (2, 2, 0, 0)
    assert (
        await post_with(importing, corrected.encode(), mapping(clinic), "agenda, corrected", Accept="text/csv")
    ).content == b""


async def test_a_dry_run_says_what_would_be_and_records_nothing(
    api: System, importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    async with api.client() as admin:
        taken = await register(admin, cpf="529.982.247-25")
        ahead = (datetime.now(SAO_PAULO) + timedelta(days=30)).replace(hour=10, minute=0, second=0, microsecond=0)
        booking = {"patient_id": str(taken), "clinic_id": str(clinic.clinic_id), "doctor_id": str(clinic.doctor_id)}
        booking |= {"scheduled_for": ahead.isoformat(), "appointment_type": "first_visit"}
        (await admin.post("/v1/appointments", json=booking)).raise_for_status()
    before = await api.database.events()
    rows = [
        visit(clinic, 0),
        visit(clinic, 1, scheduled_for="2019-03-01T08:10"),
        visit(clinic, 2, patient_birth_date="2015-05-05"),
        visit(clinic, 0),
        visit(clinic, 3, outcome="scheduled", scheduled_for=ahead.isoformat()),
        visit(clinic, 0, outcome="no_show"),
        visit(clinic, 4, patient_cpf="529.982.247-25"),
    ]
    tried = (await post_with(importing, written(rows), {"dry_run": "true"})).json()

    assert await api.database.events() == before
    assert await api.database.admin.fetchval("SELECT count(*) FROM event_store.imported_times") == 0
    assert await api.database.admin.fetchval("SELECT count(*) FROM event_store.import_batches") == 0
    done = await send(importing, rows)
    assert done["dry_run"] is False
    told = ("rows", "accepted", "known", "refused", "refusals", "squeezed_in", "events")
    assert tried["dry_run"] is True
    assert {name: tried[name] for name in told} == {name: done[name] for name in told}
    assert (tried["position"], counts(done)) == (None, (7, 3, 1, 3))
    assert [rule for _, _, rule in refusals(done)] == ["guardian_needed", "doctor_overlap", "outcome_differs"]
    again = (await post_with(importing, written(rows), {"dry_run": "true"}, "third")).json()
    assert counts(again) == (7, 0, 4, 3)
    await log_holds(api.database)


async def test_what_is_still_to_come_is_booked_and_ended_by_a_later_file(
    api: System, importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=40)).replace(hour=12, minute=0, second=0, microsecond=0)
    times = [(ahead + timedelta(hours=n)).isoformat() for n in range(4)]
    rows = [
        visit(clinic, 0, outcome="agendado", scheduled_for=times[0], booked_at=None),
        visit(clinic, 1, outcome="confirmado", scheduled_for=times[1], booked_at=None),
        visit(clinic, 2, outcome="agendado", scheduled_for=times[2]),
        visit(clinic, 3, outcome="agendado", scheduled_for="2019-03-04T08:00"),
        visit(clinic, 4, outcome="completed", scheduled_for=times[3]),
        # The doctor has the first one then.
        visit(clinic, 5, outcome="agendado", scheduled_for=times[0], booked_at=None),
        visit(clinic, 6, outcome="cancelled", scheduled_for=times[0], outcome_at="2019-02-20T10:00"),
    ]
    tally = await send(importing, rows)

    assert counts(tally) == (7, 4, 0, 3)
    assert refusals(tally) == [
        (5, "outcome", "outcome_needed"),
        (6, "scheduled_for", "time_to_come"),
        (7, None, "doctor_overlap"),
    ]
    log = [event.event_data for event in await api.database.log(api.tenant_id)]
    assert len([data for data in log if isinstance(data, AppointmentConfirmed)]) == 1
    # It was cancelled since; the older file is no news, one that says it otherwise is.
    rows[2] |= {"outcome": "cancelado", "outcome_at": "2019-02-20T10:00"}
    assert counts(await send(importing, rows[:3], "later")) == (3, 1, 2, 0)
    rows[2] |= {"outcome": "agendado"}
    assert counts(await send(importing, rows[:3], "older")) == (3, 0, 3, 0)
    await log_holds(api.database)


async def test_an_outcome_that_changed_says_that_the_rows_disagree(
    api: System, importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    await send(importing, [visit(clinic, 0)])
    before = await api.database.events()
    answer = await post(importing, [visit(clinic, 0, outcome="no_show")], "corrected")
    [refusal] = answer.json()["refusals"]

    assert (refusal["column"], refusal["rule"]) == ("outcome", "outcome_differs")
    assert "recorded as completed, this row says no_show" in refusal["message"]
    assert await api.database.events() == before
