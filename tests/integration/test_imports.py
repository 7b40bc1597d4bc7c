"""A file of past appointments becomes events once, whatever happens on the way."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import psutil
import pytest
from uuid_utils.compat import uuid7

from always_true import log_holds
from examples import SAO_PAULO
from healz.events.appointment import AppointmentCancelled, AppointmentScheduled
from healz.events.patient import PatientRegistered
from past import PATH, counts, post, refusals, send, visit, written
from system import Clinic, System, book, eventually, new_phone, put_clinic, register

VISIT = ["PatientRegistered", "AppointmentScheduled", "JourneyStarted", "AppointmentCompleted"]
RISK = ("RiskDetected", "RiskScoreRecalculated")
CPF, OTHER_CPF = "529.982.247-25", "111.444.777-35"


@pytest.fixture
async def clinic(api: System) -> Clinic:
    async with api.client() as admin:
        return await put_clinic(admin)


@pytest.fixture
async def importing(api: System) -> AsyncIterator[httpx.AsyncClient]:
    async with api.client("import") as client:
        yield client


async def types(api: System) -> Counter[str]:
    """How many events of each type the tenant has, without the journeys' moves."""
    found = Counter(event.event_type for event in await api.database.log(api.tenant_id))
    return Counter({name: n for name, n in found.items() if name not in ("JourneyStageChanged", *RISK)})


def some(clinic: Clinic, rows: int) -> list[dict[str, str]]:
    """Rows of three patients each out of four, with every outcome."""
    outcomes = ("completed", "no_show", "cancelled", "completed")
    return [
        visit(clinic, n)
        | {
            "outcome": outcomes[n % 4],
            "patient_phone": f"+5527999{n // 4 * 4 + n % 3:06}",
            "patient_name": f"P {n % 3}",
        }
        for n in range(rows)
    ]


async def test_rows_become_events_and_read_models(system: System) -> None:
    await system.start_all()
    async with system.client() as admin, system.client("import") as importing:
        clinic = await put_clinic(admin)
        rows = [
            visit(clinic, 0, duration=25, notes="pede ligação; à tarde", requires_follow_up="true"),
            visit(clinic, 1, outcome="no_show", duration="", requires_follow_up=""),
            visit(clinic, 2, outcome="cancelled", outcome_at="2019-02-20T10:00", cancellation_reason="viajou"),
        ]
        tally = await send(importing, rows)
        await system.caught_up()
        page = await admin.get(
            "/v1/appointments",
            params={
                "clinic_id": str(clinic.clinic_id),
                "day": "2019-03-01",
                "status": ["completed", "no_show", "cancelled"],
            },
        )

    assert counts(tally) == (3, 3, 0, 0)
    assert tally["import_key"] == "agenda"
    assert tally["events"] == tally["position"] == await system.database.events()
    log = await system.database.log(system.tenant_id)
    registered = [event.event_data for event in log if isinstance(event.event_data, PatientRegistered)]
    [cancelled] = [event.event_data for event in log if isinstance(event.event_data, AppointmentCancelled)]
    assert {patient.registration_source for patient in registered} == {"import"}
    assert cancelled.reason == "viajou"
    assert {event.correlation_id for event in log} == {log[0].correlation_id}
    shown = {appointment["status"]: appointment for appointment in page.json()["items"]}
    # 08:00 in Vitória is 11:00 in UTC; nobody said when it ended.
    assert shown["completed"]["scheduled_for"] == "2019-03-01T11:00:00Z"
    assert shown["completed"]["duration"] == 25
    assert len(shown) == 3
    journeys = await system.database.admin.fetch("SELECT * FROM journey.journey_view")
    assert len(journeys) == 3
    await log_holds(system.database)


async def test_the_same_file_again_changes_nothing(api: System, importing: httpx.AsyncClient, clinic: Clinic) -> None:
    rows = some(clinic, 40)
    first = await send(importing, rows)
    before = await api.database.events()
    again = await send(importing, rows)
    # Of the commands nobody remembers any more that they were given.
    await api.database.admin.execute("DELETE FROM event_store.idempotency_keys")
    under_another_key = await send(importing, rows[::-1], "a copy")

    assert counts(first) == (40, 40, 0, 0)
    assert counts(again) == counts(under_another_key) == (40, 0, 40, 0)
    assert (again["events"], again["position"]) == (0, None)
    assert await api.database.events() == before
    await log_holds(api.database)


@pytest.mark.parametrize("change", ["another row", "one row more", "one row fewer", "another header"])
async def test_a_key_is_for_one_file(api: System, change: str) -> None:
    await api.end(api.processes.pop())
    api.settings["HEALZ_IMPORT_BATCH_ROWS_MAX"] = "2"
    api.start("command-api")
    await api.ready()
    async with api.client() as admin, api.client("import") as importing:
        clinic = await put_clinic(admin)
        rows = [visit(clinic, n) for n in range(4)]
        await send(importing, rows)
        before = await api.database.events()
        match change:
            case "another row":
                rows[3]["notes"] = "outra"
            case "one row more":
                rows.append(visit(clinic, 4))
            case "one row fewer":
                del rows[3]
            case "another header":
                rows = [dict(reversed(row.items())) for row in rows]
        answer = await post(importing, rows, "agenda")

    assert (answer.status_code, answer.json().get("rule")) == (422, "key_reused")
    assert await api.database.events() == before


async def test_without_a_key_or_the_role_nothing_is_read(api: System, clinic: Clinic) -> None:
    file = written([visit(clinic)])
    async with api.client("import") as importing, api.client() as admin:
        keyless = await importing.post(PATH, content=file)
        form = await importing.post(PATH, files={"file": file}, headers={"Idempotency-Key": "form"})
        not_theirs = await post(admin, file, "agenda")
        empty = await post(importing, b"", "empty")

    assert (keyless.status_code, keyless.json()["rule"]) == (422, "key_missing")
    assert (form.status_code, not_theirs.status_code, empty.status_code) == (422, 403, 422)
    assert await api.database.events() == 0


async def test_what_spreadsheets_make_of_a_file_is_taken(
    api: System, importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    rows = [visit(clinic, n, notes='diz "volto logo";\nnão voltou') for n in range(2)]
    file = b"\xef\xbb\xbf" + written((dict(reversed(row.items())) for row in rows), ";") + b";;;;\r\n\r\n"
    assert b"\r\n" in file
    tally = await send(importing, file)

    assert counts(tally) == (2, 2, 0, 0)
    notes = {getattr(event.event_data, "notes", None) for event in await api.database.log(api.tenant_id)}
    assert 'diz "volto logo";\nnão voltou' in notes


async def test_the_schema_tells_the_columns(api: System) -> None:
    async with api.client() as client:
        document = (await client.get("/schema/openapi.json")).json()
    body = document["paths"][PATH]["post"]["requestBody"]

    assert "patient_phone" in body["description"]
    assert "patient_phone" in body["content"]["text/csv"]["examples"]["one row"]["value"]


async def test_refused_rows_are_named_and_the_others_imported(
    api: System, importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    async with api.client(tenant_id=uuid7()) as stranger, api.client() as admin:
        theirs = await put_clinic(stranger)
        other = await put_clinic(admin)
    wrong: list[tuple[dict[str, Any], str | None, str]] = [
        ({"clinic_id": theirs.clinic_id}, "clinic_id", "clinic_unknown"),
        ({"doctor_id": theirs.doctor_id}, "doctor_id", "doctor_unknown"),
        ({"doctor_id": other.doctor_id}, "doctor_id", "doctor_not_in_clinic"),
        ({"scheduled_for": "2150-03-01T08:00"}, "scheduled_for", "time_to_come"),
        ({"patient_birth_date": "2010-01-31"}, "patient_guardian_phone", "guardian_needed"),
        ({"notes": "x" * 1_000_000}, None, "row_too_long"),
        ({"notes": "com \0 dentro"}, None, "control_character"),
        ({"patient_name": None}, "patient_name", "cell_missing"),
    ]
    rows = [visit(clinic, n, **changes) for n, (changes, _, _) in enumerate(wrong)]
    tally = await send(importing, [*rows, visit(clinic, 100)])

    assert counts(tally) == (len(wrong) + 1, 1, 0, len(wrong))
    assert refusals(tally) == [(n, column, rule) for n, (_, column, rule) in enumerate(wrong, start=2)]
    # Nobody is registered for an appointment that can't be.
    assert await types(api) == Counter(VISIT)
    assert await api.database.admin.fetchval("SELECT count(*) FROM event_store.imported_times") == 1


async def test_a_refused_row_is_tried_again(api: System, importing: httpx.AsyncClient, clinic: Clinic) -> None:
    doctor_id = uuid7()
    rows = [visit(clinic, 0), visit(clinic, 1, doctor_id=doctor_id)]
    before = await send(importing, rows)
    async with api.client() as admin:
        body = {"full_name": "Dr. Álvaro Guimarães", "clinic_ids": [str(clinic.clinic_id)]}
        (await admin.put(f"/v1/doctors/{doctor_id}", json=body)).raise_for_status()
    after = await send(importing, rows)

    assert counts(before) == (2, 1, 0, 1)
    assert counts(after) == (2, 1, 1, 0)


async def test_only_the_first_refusals_are_shown(api: System, importing: httpx.AsyncClient, clinic: Clinic) -> None:
    tally = await send(importing, [visit(clinic, n, outcome="venceu") for n in range(60)])

    assert tally["refused"] == 60
    assert [refusal["row"] for refusal in tally["refusals"]] == list(range(2, 52))


async def test_patients_who_are_registered_already_are_found(
    api: System, importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    phone, child = new_phone(), {"patient_birth_date": "2015-05-05"}
    async with api.client() as admin:
        by_phone = await register(admin, phone=phone, full_name="Rita de Cássia", birth_date="1985-07-14")
        by_cpf = await register(admin, cpf=CPF)
    family = {"patient_phone": phone, "patient_guardian_phone": phone}
    rows = [
        visit(clinic, 0, patient_phone=phone, patient_name="RITA DE CASSIA"),
        visit(clinic, 1, patient_cpf=CPF),
        visit(clinic, 2, **family, patient_name="Ana", **child),
        visit(clinic, 3, **family, patient_name="Bia", **child),
        visit(clinic, 4, **family, patient_name=" ANA ", **child),
        # Grown up meanwhile, and still on the mother's phone: nobody's but hers.
        visit(clinic, 5, patient_phone=phone, patient_name="Caio", patient_birth_date="1999-09-09"),
    ]
    tally = await send(importing, rows)

    assert refusals(tally) == [(7, "patient_phone", "phone_taken")]
    booked = {
        event.event_data.scheduled_for.isoformat()[11:16]: event.patient_id
        for event in await api.database.log(api.tenant_id)
        if isinstance(event.event_data, AppointmentScheduled)
    }
    assert (booked["11:00"], booked["11:30"]) == (by_phone, by_cpf)
    assert booked["12:00"] == booked["13:00"] != booked["12:30"]
    assert len(set(booked.values())) == 4


async def squeezed_in(api: System) -> set[str]:
    """When those begin that are marked, by the clock in São Paulo."""
    return {
        event.event_data.scheduled_for.astimezone(SAO_PAULO).isoformat()[11:16]
        for event in await api.database.log(api.tenant_id)
        if isinstance(event.event_data, AppointmentScheduled) and event.event_data.squeeze_in
    }


async def test_what_stands_beside_another_takes_the_patients_time_alone(
    api: System, importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    first = visit(clinic, 0)
    await send(importing, [first])
    rows = [visit(clinic, 1, scheduled_for=first["scheduled_for"])]
    admin = api.database.admin
    tally = await send(importing, rows, "another file")
    assert tally["squeezed_in"] == 1
    assert await admin.fetchval("SELECT count(*) FROM event_store.imported_times WHERE doctor_id = appointment_id") == 1
    again = await send(importing, rows, "once more")
    assert counts(again) == (1, 0, 1, 0)
    assert await admin.fetchval("SELECT count(*) FROM event_store.imported_times") == 2


async def test_overlaps_are_judged_as_they_happened(api: System, importing: httpx.AsyncClient, clinic: Clinic) -> None:
    at = {"scheduled_for": "2019-06-03T10:00"}
    async with api.client() as admin:
        other = await put_clinic(admin)
    doctor = {"clinic_id": other.clinic_id, "doctor_id": other.doctor_id}
    rows = [
        visit(clinic, 0, **at),
        visit(clinic, 1, scheduled_for="2019-06-03T10:15"),
        visit(clinic, 2, scheduled_for="2019-06-03T10:30"),
        visit(clinic, 0, **doctor, scheduled_for="2019-06-03T10:29"),
        # A time that was given back is taken again.
        visit(clinic, 3, scheduled_for="2019-06-04T10:00", outcome="cancelled", outcome_at="2019-05-01T10:00"),
        visit(clinic, 4, scheduled_for="2019-06-04T10:00", booked_at="2019-05-01T10:00"),
    ]
    tally = await send(importing, rows)
    again = await send(importing, rows[1:], "part of it")

    # What a doctor did have side by side is taken as it was, and marked; nobody was in two places.
    assert refusals(tally) == [(5, None, "patient_overlap")]
    assert refusals(again) == [(4, None, "patient_overlap")]
    assert counts(again) == (5, 0, 4, 1)
    assert (tally["squeezed_in"], again["squeezed_in"]) == (1, 0)
    assert await squeezed_in(api) == {"10:15"}


async def test_a_row_that_is_refused_takes_nobodys_time(
    api: System, importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    at = {"scheduled_for": "2019-06-03T10:00"}
    child = visit(clinic, 0, **at, patient_birth_date="2010-01-31")
    tally = await send(importing, [child, visit(clinic, 1, **at), visit(clinic, 2, **at)])

    assert refusals(tally) == [(2, "patient_guardian_phone", "guardian_needed")]
    again = await send(importing, [visit(clinic, 3, **at)], "another file")
    assert (again["accepted"], again["squeezed_in"]) == (1, 0), "of the two others none takes the doctor's time"


@pytest.mark.parametrize(("minutes_ago", "beside"), [(1, 1), (3, 0)])
async def test_times_that_a_dead_import_took_and_never_booked_are_free_again(
    api: System, importing: httpx.AsyncClient, clinic: Clinic, minutes_ago: int, beside: int
) -> None:
    admin = api.database.admin
    await send(importing, [visit(clinic, 0)])
    await admin.execute("UPDATE event_store.import_batches SET refused = NULL, created_at = now() - interval '1 day'")
    await admin.execute("UPDATE event_store.imported_times SET taken_at = now() - interval '1 day'")
    await admin.execute(
        "INSERT INTO event_store.imported_times"
        " (tenant_id, appointment_id, patient_id, doctor_id, slot, lived, taken_at)"
        " SELECT tenant_id, gen_random_uuid(), patient_id, doctor_id, '[2019-03-01 11:30Z, 2019-03-01 12:00Z)', lived,"
        " now() - $1::int * interval '1 minute' FROM event_store.imported_times",
        minutes_ago,
    )
    rows = [visit(clinic, 1), visit(clinic, 2, scheduled_for="2019-03-01T08:00")]
    tally = await send(importing, rows, "another file")

    # What was booked stays taken, however long ago.
    assert (tally["accepted"], tally["squeezed_in"]) == (2, 1 + beside)


async def test_nothing_is_laid_over_a_live_appointment(
    api: System, importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    async with api.client() as admin:
        patient_id = await register(admin)
    await book(importing, patient_id, clinic, scheduled_for="2019-03-01T11:00:00Z", occurred_at="2019-02-01T11:00:00Z")
    tally = await send(importing, [visit(clinic, 0), visit(clinic, 1)])

    assert refusals(tally) == [(2, None, "doctor_overlap")]
    # Its time was not taken: once the live one is over, the row has no reason to be refused.
    assert await api.database.admin.fetchval("SELECT count(*) FROM event_store.imported_times") == 1


async def test_the_same_appointment_is_told_once(api: System, importing: httpx.AsyncClient, clinic: Clinic) -> None:
    rows = [visit(clinic, 0), visit(clinic, 0), visit(clinic, 0, outcome="no_show"), visit(clinic, 0, notes="outra")]
    tally = await send(importing, rows)

    assert counts(tally) == (4, 1, 1, 2)
    assert {rule for _, _, rule in refusals(tally)} == {"outcome_differs", "told_differently"}
    assert await types(api) == Counter(VISIT)


async def test_a_token_for_some_clinics_imports_for_these_alone(api: System, clinic: Clinic) -> None:
    async with api.client() as admin:
        other = await put_clinic(admin)
    async with api.client("import", clinics=[other.clinic_id]) as narrow:
        tally = await send(narrow, [visit(clinic, 0), visit(other, 1)])

    assert refusals(tally) == [(2, "clinic_id", "clinic_unknown")]


async def test_three_at_once_do_it_once(system: System) -> None:
    system.settings |= {"HEALZ_IMPORTS_AT_ONCE_MAX": "3", "HEALZ_IMPORTS_PER_TENANT_MAX": "3"}
    system.start("command-api")
    await system.ready()
    async with system.client() as admin, system.client("import") as first, system.client("import") as second:
        rows = some(await put_clinic(admin), 60)
        tallies = await asyncio.gather(send(first, rows), send(second, rows), send(second, rows, "a copy"))

    assert sum(tally["accepted"] for tally in tallies) == 60
    assert all(counts(tally)[0] == 60 and tally["refused"] == 0 for tally in tallies)
    assert sum(tally["events"] for tally in tallies) == await system.database.events()
    assert (await types(system))["AppointmentScheduled"] == 60
    await log_holds(system.database)


async def test_refused_rows_are_not_kept(system: System) -> None:
    process = psutil.Process(system.start("command-api").pid)
    await system.ready()
    file = written([dict.fromkeys(visit(Clinic(uuid7(), uuid7())), "x")] * 8000)
    async with system.client("import") as importing:
        await send(importing, file, "first")
        before = process.memory_info().rss
        tally = await send(importing, file, "second")
        grown = process.memory_info().rss - before

    assert counts(tally) == (8000, 0, 0, 8000)
    # A row that is kept with its exception's traceback takes 6,500.
    assert grown / 8000 < 1500


async def half_a_file(client: httpx.AsyncClient, half: bytes) -> bytes:
    """Sends no more than that, and says that there is more; the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
    head = [
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {client.headers['authorization']}\r\n",
        f"Content-Type: text/csv\r\nIdempotency-Key: half\r\nContent-Length: {len(half) + 1}\r\n",
        "Connection: close\r\n\r\n",
    ]
    writer.write("".join(head).encode() + half)
    answer = await reader.read()
    writer.close()
    return answer


async def test_a_third_file_is_sent_away_until_there_is_room(system: System) -> None:
    system.settings |= {
        "HEALZ_IMPORT_IDLE_SECONDS_MAX": "8",
        "HEALZ_IMPORT_BATCH_ROWS_MAX": "1",
        "HEALZ_IMPORTS_PER_TENANT_MAX": "2",
    }
    system.start("command-api")
    await system.ready()
    async with system.client() as admin, system.client("import") as importing:
        rows = some(await put_clinic(admin), 8)
        file, half = written(rows), written(rows[:3])
        released = asyncio.Event()

        async def in_two_parts() -> AsyncIterator[bytes]:
            yield half
            await released.wait()
            yield file.removeprefix(half)

        async def tried() -> int:
            return int(await system.database.admin.fetchval("SELECT count(refused) FROM event_store.import_batches"))

        headers = {"Content-Type": "text/csv", "Idempotency-Key": "slow"}
        slow = asyncio.create_task(importing.post(PATH, content=in_two_parts(), headers=headers))
        await eventually(lambda: reached(tried, 2))
        silent = asyncio.create_task(half_a_file(importing, half))
        await eventually(lambda: reached(tried, 4))
        third = await post(importing, rows, "third")
        released.set()
        tally = (await slow).json()
        given_up = await silent
        last = await send(importing, rows, "third")

    assert (third.status_code, third.json()["type"]) == (429, "urn:healz:problem:too-many")
    assert "(2)" in third.json()["detail"]
    assert third.headers["Retry-After"] == "10"
    assert given_up.startswith(b"HTTP/1.1 408")
    assert b"too slowly" in given_up
    assert counts(tally) == (8, 8, 0, 0)
    assert counts(last) == (8, 0, 8, 0)
    assert await system.database.events() == tally["events"]


async def reached(count: Callable[[], Awaitable[int]], enough: int) -> bool:
    return await count() >= enough


async def test_an_import_that_was_killed_goes_on(api: System) -> None:
    await api.end(api.processes.pop())
    api.settings["HEALZ_IMPORT_BATCH_ROWS_MAX"] = "25"
    process = api.start("command-api")
    await api.ready()
    async with api.client() as admin, api.client("import") as importing:
        clinic = await put_clinic(admin)
        rows = [*some(clinic, 150), visit(clinic, 0), visit(clinic, 1, doctor_id=uuid7())]
        accepted = rounds = 0
        while True:
            sending = asyncio.create_task(post(importing, rows, "agenda"))
            if rounds < 3:
                before = await api.database.events()

                async def went_on(before: int = before) -> bool:
                    return await api.database.events() > before + 60

                await eventually(went_on)
                await api.end(process, signal.SIGKILL)
                with pytest.raises(httpx.TransportError):
                    await sending
                # Whoever starts it again may have set another size: a batch that was begun stays what it was.
                api.settings["HEALZ_IMPORT_BATCH_ROWS_MAX"] = str(25 + 10 * rounds)
                process = api.start("command-api")
                await api.ready()
                # The commands' own keys are no help: they are forgotten by the next day.
                await api.database.admin.execute("DELETE FROM event_store.idempotency_keys")
                rounds += 1
                continue
            tally = (await sending).json()
            break

    accepted = (await types(api))["AppointmentScheduled"]
    assert tally["known"] > 0
    assert (tally["rows"], tally["accepted"] + tally["known"], tally["refused"]) == (152, accepted, 2)
    assert refusals(tally) == [(152, None, "patient_overlap"), (153, "doctor_id", "doctor_unknown")]
    ends = await types(api)
    assert ends["AppointmentCompleted"] + ends["AppointmentMarkedAsNoShow"] + ends["AppointmentCancelled"] == accepted
    await log_holds(api.database)


async def test_a_client_that_goes_away_in_the_middle_goes_on_later(api: System) -> None:
    await api.end(api.processes.pop())
    api.settings["HEALZ_IMPORT_BATCH_ROWS_MAX"] = "10"
    api.start("command-api")
    await api.ready()
    async with api.client() as admin, api.client("import") as importing:
        clinic = await put_clinic(admin)
        file = written(some(clinic, 40))

        async def half() -> AsyncIterator[bytes]:
            yield file[: len(file) // 2]

            async def ten_rows() -> bool:
                return (await types(api))["AppointmentScheduled"] >= 10

            await eventually(ten_rows)
            raise ConnectionError("the cable was pulled")

        with pytest.raises(ConnectionError):
            await importing.post(PATH, content=half(), headers={"Idempotency-Key": "agenda"})
        answers: list[httpx.Response] = []

        async def found_a_place() -> bool:
            # The one that was broken off has it until the rows that it is at are done.
            answers.append(await post(importing, file, "agenda"))
            return answers[-1].status_code != 429

        await eventually(found_a_place)
        tally = answers[-1].json()

    assert counts(tally)[0] == 40
    assert tally["known"] >= 10
    assert tally["refused"] == 0
    assert (await types(api))["AppointmentScheduled"] == 40
    assert "request failed" not in api.logs()


async def test_a_file_may_be_large_but_not_too_large(api: System) -> None:
    await api.end(api.processes.pop())
    api.settings["HEALZ_IMPORT_BYTES_MAX"] = str(200_000)
    api.start("command-api")
    await api.ready()
    async with api.client() as admin, api.client("import") as importing:
        clinic = await put_clinic(admin)
        fits = written([visit(clinic, 0, notes="x" * 2000), *(visit(clinic, n, outcome="?") for n in range(1, 500))])
        assert 64 * 1024 < len(fits) < 200_000
        taken = await post(importing, fits, "fits")
        refused = await post(importing, fits * 4, "does not fit")

    assert (taken.status_code, counts(taken.json())) == (200, (500, 1, 0, 499))
    assert refused.status_code == 413
    assert "200000" in refused.json()["detail"]


async def test_no_name_phone_or_cpf_is_logged_or_answered(
    api: System, importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    secrets = {"patient_name": "Zenaide Quixabeira", "patient_phone": "+5527912345678", "patient_cpf": OTHER_CPF}
    rows = [
        visit(clinic, 0, **secrets),
        visit(clinic, 1, **secrets, outcome="?"),
        visit(clinic, 2, **(secrets | {"patient_cpf": "111.444.777-36"})),
        visit(clinic, 3, **(secrets | {"patient_phone": "912345678"})),
        visit(clinic, 4, **secrets, scheduled_for="ontem"),
    ]
    tally = await send(importing, rows)
    broken = await post(importing, b"Zenaide Quixabeira\n", "other")

    assert counts(tally) == (5, 1, 0, 4)
    assert broken.status_code == 422
    for secret in ("Zenaide", "912345678", "111.444", "11144477735"):
        assert secret not in str(tally)
        assert secret not in api.logs()


async def test_an_anonymised_patient_does_not_come_back_with_the_file(
    api: System, importing: httpx.AsyncClient, clinic: Clinic
) -> None:
    await send(importing, [visit(clinic, 0)])
    (patient_id,) = {event.patient_id for event in await api.database.log(api.tenant_id)}
    async with api.client() as admin:
        (
            await admin.post(f"/v1/patients/{patient_id}/anonymize", json={"reason": "patient_request"})
        ).raise_for_status()
    rows = [visit(clinic, 0), visit(clinic, 0, scheduled_for="2019-08-01T08:00")]
    tally = await send(importing, rows, "another file")

    assert counts(tally) == (2, 0, 1, 1)
    assert refusals(tally) == [(3, None, "patient_not_active")]
    assert UUID(str(patient_id)) in {event.patient_id for event in await api.database.log(api.tenant_id)}
