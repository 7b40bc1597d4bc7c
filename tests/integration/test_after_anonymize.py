"""What is left of an anonymised patient: every personal value that ever went in, looked for wherever one can look.

The routes are those of the document at /schema and the tables those of the catalogue, so a new one can't be forgotten.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, product
from typing import Any, get_args
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from always_true import read_models_equal_fold
from command_api.decide.given import Role
from command_api.http.auth import WHOLE_TENANT
from past import send, visit
from system import Clinic, System, in_days, put_clinic

PHONE, OTHER_PHONE, GUARDIAN = "+5527981234501", "+5527981234502", "+5527981234503"
PERSONAL = {
    "phone": PHONE,
    "other phone": OTHER_PHONE,
    "guardian's phone": GUARDIAN,
    "name": "Zoraide Quintanilha",
    "other name": "Zoraide Uchoa Bittencourt",
    "e-mail": "zoraide.q@example.org",
    "other e-mail": "zub@example.net",
    "birth date": "1951-11-23",
    "cpf": "52998224725",
    "street": "Rua das Sapucaias Roxas",
    "complement": "fundos do armazém",
    "neighborhood": "Jabour Velho",
    "city": "Conceição do Castelo",
    "zip code": "29370991",
    "allergy": "dipirona sódica",
    "condition": "miastenia gravis",
    "medication": "piridostigmina",
    "status reason": "foi morar em Ouro Preto",
    "message": "meu marido Olegário não pode saber",
    "answer": "fique tranquila, dona Zozó",
    "provider's id": "wamid.HBgNNTUyNzk4MTIzNDUwMRUCABIYFjNFQjBD",
    "extracted": "antes da quimioterapia",
    "resolution": "liguei para a filha Teodora",
    "closure": "prefere falar pessoalmente",
    "booking note": "traz exame de miastenia",
    "visit note": "tremor na mão esquerda",
    "no-show note": "a vizinha disse que caiu",
    "move reason": "velório do cunhado",
    "cancellation": "internada em Cachoeiro",
    "reminder error": "chip desligado da Zozó",
    "risk note": "parece magoada com a recepção",
    "escalation": "filha ameaçou processar",
    "recovery": "aceitou voltar depois do pedido de desculpas",
    "abandonment": "trocou pela clínica do sobrinho",
    "imported note": "chegou de ambulância",
    "imported cancellation": "greve de ônibus em Vitória",
}
ROLES: tuple[Role, ...] = get_args(Role)
EVERYWHERE = count()
OPERATION = uuid7()
"""All of it is one operation, so that one question shows it."""
BOUND = ("doctor", "receptionist")
LOG = {"event_store.events", "event_store.outbox"}
"""What keeps the past as it was written; nobody reads it but through what is tested here."""


@dataclass
class Life:
    """A patient and what is theirs, by the names of the parameters that ask for it."""

    patient: UUID
    here: Clinic
    there: Clinic
    ids: dict[str, list[str]] = field(default_factory=dict)

    def has(self, parameter: str, value: str) -> str:
        self.ids.setdefault(parameter, []).append(value)
        return value


async def with_her_phone(request: httpx.Request) -> None:
    """A careless client writes it into whatever header takes a text of its own."""
    request.headers.setdefault("Idempotency-Key", f"{PHONE} {next(EVERYWHERE)}")
    request.headers["traceparent"] = f"01-{OPERATION.hex}-{OPERATION.hex[:16]}-01-{PHONE}"
    request.headers["tracestate"] = f"crm={PHONE}"
    request.headers["baggage"] = f"phone={PHONE}"
    request.headers["User-Agent"] = request.headers["X-Request-Id"] = f"crm {PHONE}"
    if request.url.path.endswith("/preferences"):
        request.headers["X-Correlation-Id"] = PHONE


async def told(client: httpx.AsyncClient, path: str, method: str = "POST", **body: Any) -> str:
    answer = await client.request(method, f"/v1/{path}", json=body)
    assert answer.is_success, answer.text
    found: str = answer.json()["id"]
    return found


async def live(system: System, admin: httpx.AsyncClient, importing: httpx.AsyncClient) -> Life:
    """All that can happen to a patient, in two clinics, with every text that can be said."""
    here, there = await put_clinic(admin), await put_clinic(admin)
    p = PERSONAL
    registered = await admin.post(
        "/v1/patients",
        json={
            "phone": PHONE,
            "full_name": p["name"],
            "email": p["e-mail"],
            "birth_date": p["birth date"],
            "cpf": p["cpf"],
            "guardian_phone": GUARDIAN,
            "preferred_clinic_id": str(here.clinic_id),
            "preferred_doctor_id": str(here.doctor_id),
        },
    )
    registered.raise_for_status()
    life = Life(UUID(registered.json()["id"]), here, there)
    life.has("patient_id", str(life.patient))
    path = f"patients/{life.patient}"
    # Before the phone changes: a file finds her by it.
    rows = [
        visit(here, 0, notes=p["imported note"]),
        visit(
            here, 1, outcome="cancelled", outcome_at="2019-02-20T10:00", cancellation_reason=p["imported cancellation"]
        ),
    ]
    hers = {"patient_phone": PHONE, "patient_name": p["name"], "patient_birth_date": p["birth date"]}
    # One of them is of no clinic here: what is refused is told to who sent it, and kept nowhere.
    rows.append(visit(here, 2, clinic_id=str(uuid7()), notes=p["imported note"]))
    tally = await send(importing, [row | hers | {"patient_cpf": p["cpf"]} for row in rows], f"agenda de {PHONE}")
    assert tally["refused"] == 1, tally
    address = {
        **{"street": p["street"], "number": "77", "complement": p["complement"], "neighborhood": p["neighborhood"]},
        **{"city": p["city"], "state": "ES", "zip_code": p["zip code"]},
    }
    await told(
        admin,
        f"{path}/contact",
        "PUT",
        phone=OTHER_PHONE,
        full_name=p["other name"],
        email=p["other e-mail"],
        address=address,
    )
    await told(admin, f"{path}/preferences", "PUT", communication_channel="sms", reminder_time_before=77)
    history = {"allergies": [p["allergy"]], "chronic_conditions": [p["condition"]], "medications": [p["medication"]]}
    await told(admin, f"{path}/medical-history", "PUT", medical_history=history)
    for clinic in (here, there):
        await _lived_in(system, admin, importing, life, clinic)
    await told(admin, f"{path}/status", "PUT", status="suspended", reason=p["status reason"])
    await told(admin, f"{path}/status", "PUT", status="active")
    return life


async def _lived_in(
    system: System, admin: httpx.AsyncClient, importing: httpx.AsyncClient, life: Life, clinic: Clinic
) -> None:
    p = PERSONAL
    whose = {"patient_id": str(life.patient), "clinic_id": str(clinic.clinic_id)}
    later = 0 if clinic is life.here else 0.3

    async def booked(client: httpx.AsyncClient, days: float, **more: str) -> str:
        at = in_days(days + later)
        body = {"doctor_id": str(clinic.doctor_id), "scheduled_for": at, "appointment_type": "first_visit"}
        made = await told(client, "appointments", **whose, **body, **more, notes=p["booking note"])
        return life.has("appointment_id", made)

    visited, missed = [await booked(importing, days, occurred_at=in_days(-9)) for days in (-4, -3)]
    past = {"occurred_at": in_days(-1)}
    await told(importing, f"appointments/{visited}/completion", notes=p["visit note"], **past)
    await told(importing, f"appointments/{missed}/reminders", channel="sms", error=p["reminder error"], **past)
    await told(importing, f"appointments/{missed}/no-show", notes=p["no-show note"], **past)
    journey = await system.database.admin.fetchval(
        "SELECT aggregate_id FROM event_store.events WHERE event_type = 'JourneyStarted' AND clinic_id = $1"
        " ORDER BY position DESC LIMIT 1",
        clinic.clinic_id,
    )
    await told(admin, f"journeys/{journey}/recovery", reason=p["recovery"])
    suffix = "" if clinic is life.here else ".2"  # a provider's message is recorded once in a tenant
    talk = life.has("conversation_id", await told(admin, "conversations", **whose))
    message_id = str(uuid7())
    await told(
        admin,
        f"conversations/{talk}/messages",
        direction="inbound",
        content=p["message"],
        message_id=message_id,
        whatsapp_message_id=p["provider's id"] + suffix,
        sentiment="negative",
    )
    await told(admin, f"conversations/{talk}/messages", direction="outbound", content=p["answer"])
    await told(
        admin,
        f"conversations/{talk}/intents",
        message_id=message_id,
        intent="complaint",
        confidence=0.9,
        extracted_data={"when": [p["extracted"]]},
    )
    await told(admin, f"conversations/{talk}/escalation", reason="complaint", triggering_message_id=message_id)
    await told(admin, f"conversations/{talk}/agent", agent_id=str(uuid7()))
    await told(admin, f"conversations/{talk}/resolution", resolution_notes=p["resolution"])
    await told(admin, f"conversations/{talk}/closure", reason=p["closure"])
    open_talk = life.has("conversation_id", await told(admin, "conversations", **whose))
    await told(admin, f"conversations/{open_talk}/messages", direction="inbound", content=p["message"])

    moved, ahead = [await booked(admin, days) for days in (2, 3)]
    to = in_days(5 if clinic is life.here else 5.3)
    await told(admin, f"appointments/{moved}/reschedule", scheduled_for=to, reason=p["move reason"])
    await told(admin, f"appointments/{moved}/cancellation", reason=p["cancellation"])
    await told(admin, f"appointments/{ahead}/confirmation", confirmation_method="phone")
    await told(admin, f"appointments/{ahead}/reminders", channel="sms", delivery_status="read")


async def journeys(system: System, admin: httpx.AsyncClient, life: Life) -> None:
    """What people say of the journeys that began by themselves."""
    p = PERSONAL
    rows = await system.database.admin.fetch(
        "SELECT DISTINCT aggregate_id, clinic_id FROM event_store.events WHERE event_type = 'JourneyStarted'"
    )
    assert {row["clinic_id"] for row in rows} == {life.here.clinic_id, life.there.clinic_id}
    for row in rows:
        journey = life.has("journey_id", str(row["aggregate_id"]))
        ended = await system.database.admin.fetchval(
            "SELECT NOT is_active FROM journey.journey_view WHERE journey_id = $1", row["aggregate_id"]
        )
        if ended:
            continue
        await told(admin, f"journeys/{journey}/risk-indicators", risk_type="tone_change", notes=p["risk note"])
        await told(admin, f"journeys/{journey}/escalation", reason=p["escalation"])
    here = str(
        await system.database.admin.fetchval(
            "SELECT journey_id FROM journey.journey_view WHERE is_active AND clinic_id = $1", life.here.clinic_id
        )
    )
    await told(admin, f"journeys/{here}/abandonment", reason=p["abandonment"])


def found_in(text: str) -> set[str]:
    """Which of the values stand in ``text``, however it is written."""
    plain = text.casefold()
    return {what for what, value in PERSONAL.items() if value.casefold() in plain}


def questions(life: Life, before: str) -> dict[str, list[dict[str, Any]]]:
    """{GET route: the queries to ask it with}; a list stands for each of its values."""
    of_days = {"from": in_days(-1), "until": in_days(30), "limit": 1000}
    every_status = ["scheduled", "confirmed", "cancelled", "completed", "no_show"]
    clinics = [str(life.here.clinic_id), str(life.there.clinic_id)]
    return {
        "/": [{}],
        "/health/live": [{}],
        "/health/ready": [{}],
        "/v1/patients": [
            {},
            {"name": "zoraide"},
            {"name": "anonymized"},
            {"phone": PHONE},
            {"phone": OTHER_PHONE},
            *({"stage": stage} for stage in ("abandoned", "cancelled")),
        ],
        "/v1/patients/writing": [{"phone": PHONE}, {"phone": OTHER_PHONE}],
        "/v1/patients/{patient_id}": [{}],
        "/v1/patients/{patient_id}/history": [{"limit": 1000}],
        "/v1/patients/{patient_id}/as-of": [{"at": before}, {"at": datetime.now(UTC).isoformat()}],
        "/v1/patients/{patient_id}/why": [{}],
        "/v1/patients/{patient_id}/medical-history": [{}],
        "/v1/events": [{"correlation_id": str(OPERATION), "limit": 1000}],
        "/v1/journeys": [{}, {"patient_id": str(life.patient)}, {"active": "false"}],
        "/v1/journeys/at-risk": [{"score_min": 0}, {"score_min": 0, "snoozed": "true"}],
        "/v1/journeys/{journey_id}": [{}],
        "/v1/journeys/{journey_id}/why": [{}],
        "/v1/appointments": [
            *({"clinic_id": clinic, "status": every_status} | of_days for clinic in clinics),
            {"clinic_id": clinics[0], "status": every_status, "day": "2019-03-01"},
            {"doctor_id": str(life.here.doctor_id), "status": every_status} | of_days,
            {"patient_id": str(life.patient)},
        ],
        "/v1/appointments/unconfirmed": [{"hours_from": 0, "hours_until": 160}],
        "/v1/appointments/unclosed": [{}],
        "/v1/doctors/{doctor_id}/appointments": [{}],
        "/v1/appointments/{appointment_id}": [{}],
        "/v1/appointments/{appointment_id}/why": [{}],
        "/v1/conversations": [{}, {"patient_id": str(life.patient), "status": "closed"}],
        "/v1/conversations/{conversation_id}": [{}],
        "/v1/conversations/{conversation_id}/messages": [{"limit": 1000}],
        "/v1/conversations/{conversation_id}/why": [{}],
        "/v1/clinics": [{}],
        "/v1/clinics/{clinic_id}": [{}],
        "/v1/clinics/{clinic_id}/dashboard": [{"period": "month"}],
        "/v1/doctors": [{}],
        "/v1/doctors/{doctor_id}": [{}],
        "/v1/tenant": [{}],
    }


async def asked(client: httpx.AsyncClient, life: Life, before: str) -> dict[str, str]:
    """{address: answer} of every GET route of the document."""
    document = (await client.get("/schema/openapi.json")).json()
    routes = {path.rstrip("/") or "/" for path, item in document["paths"].items() if "get" in item}
    known = questions(life, before)
    assert routes == known.keys(), "a new route to read by: say what to ask it"
    ids = life.ids | {"clinic_id": [str(life.here.clinic_id), str(life.there.clinic_id)]}
    ids |= {"doctor_id": [str(life.here.doctor_id), str(life.there.doctor_id)]}
    answers = {}
    for path, queries in known.items():
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        for values, query in product(product(*(ids[name] for name in names)), queries):
            address = path
            for name, value in zip(names, values, strict=True):
                address = address.replace(f"{{{name}}}", value)
            answer = await client.get(address, params=query)
            assert answer.status_code in (200, 403, 404), (address, answer.text)
            answers[f"{address} {query}"] = f"{dict(answer.headers)} {answer.text}"
    return answers


async def tables(system: System) -> dict[str, list[str]]:
    """{table: its rows as texts}, of every table and materialised view that holds any, but LOG."""
    names = await system.database.admin.fetch("""
        SELECT c.oid::regclass::text AS name
          FROM pg_class AS c
         WHERE c.relkind IN ('r', 'm', 'p') AND NOT c.relispartition
           AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    """)
    assert {row["name"] for row in names} > LOG
    return {
        row["name"]: [
            record[0] for record in await system.database.admin.fetch(f"SELECT t::text FROM {row['name']} AS t")
        ]
        for row in names
        if row["name"] not in LOG
    }


def shape(history: list[dict[str, Any]]) -> list[Any]:
    """Which events there are, and which keys each of them has."""
    return [(event["event_id"], event["event_type"], sorted(event), sorted(event["event_data"])) for event in history]


async def test_nothing_personal_of_an_anonymised_patient_is_found_anywhere(system: System) -> None:
    await system.start_all()
    async with system.client() as admin, system.client("import") as importing:
        for client in (admin, importing):
            client.headers["X-Correlation-Id"] = str(OPERATION)
            client.event_hooks["request"] = [with_her_phone]
        life = await live(system, admin, importing)
        await system.caught_up()
        await journeys(system, admin, life)
        await system.caught_up()
        before = datetime.now(UTC).isoformat()
        path = f"/v1/patients/{life.patient}"
        history = (await admin.get(f"{path}/history", params={"limit": 1000})).json()["items"]
        assert found_in(json.dumps(history, ensure_ascii=False)) == PERSONAL.keys(), "what is looked for was there"
        answered = await told(admin, path.removeprefix("/v1/") + "/anonymize", reason="patient_request")
        assert answered == str(life.patient)
        # The log is asked at once: nothing waits for a read model here.
        whole = (await admin.get(f"{path}/history", params={"limit": 1000})).json()
        assert whole["next"] is None, "all of it is one page"
        at_once = whole["items"]
        assert not found_in(json.dumps(at_once, ensure_ascii=False))
        assert shape(at_once)[: len(history)] == shape(history), "the events and their keys are still there"
        assert {event["event_type"] for event in at_once[len(history) :]} >= {
            "PatientAnonymized",
            "AppointmentCancelled",
        }
        await system.caught_up()

    leaks: dict[str, set[str]] = {}
    scopes: tuple[list[UUID] | None, ...] = (None, [life.here.clinic_id], [life.there.clinic_id])
    for role, clinics in product(ROLES, scopes):
        if (clinics is None) == (role in BOUND) or (clinics is not None and role in WHOLE_TENANT):
            continue  # such a token sees nothing, or the same as one without clinics
        async with system.client(role, clinics=clinics) as reader:
            for address, answer in (await asked(reader, life, before)).items():
                if found := found_in(answer.replace(address, "")):
                    leaks[f"{role} in {clinics}: {address}"] = found
    assert not leaks, leaks
    for name, rows in (await tables(system)).items():
        if found := set().union(*map(found_in, rows)):
            leaks[name] = found
    for written in system.folder.glob("*.log"):
        if found := found_in(written.read_text()):
            leaks[written.name] = found
    assert not leaks, leaks
    await read_models_equal_fold(system.database)

    # As the release before left the rows.
    await system.database.admin.execute("""
        UPDATE patient.patient_view SET preferences = '{}', preferred_clinic_id = patient_id WHERE phone = '';
        UPDATE appointment.appointment_view SET notes = 'x', cancellation_reason = 'x' WHERE patient_phone = '';
        INSERT INTO event_store.provider_messages VALUES (gen_random_uuid(), 'wamid.HBgNNTUyNzk4');
    """)
    await system.database.admin.execute("CALL ops.forget_anonymized()")
    await read_models_equal_fold(system.database)
    digests = await system.database.admin.fetch("SELECT whatsapp_message_id FROM event_store.provider_messages")
    assert all(len(row[0]) == 64 for row in digests)
