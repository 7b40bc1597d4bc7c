"""Patients by name, phone, status, stage and silence; and what somebody bound to clinics is told of their stage."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from healz.read_models.patient_journeys import shown_journey
from healz.read_models.patient_row import name_search
from query_rows import Journey, asked, now, put_journeys
from system import System, new_phone

CENTRO, SERRA = uuid7(), uuid7()
NAMES = ["Zé da Silva", "Maria José", "José Ávila", "Ana_Lúcia 100%", "Zenaide Souza", "Marta Zé", "João", "Ågot"]
STAGES = ["scheduled", "at_risk", "completed"]


@dataclass(frozen=True)
class Patient:
    """A row of ``patient.patient_view``, with journeys in clinics: (clinic, stage, score)."""

    tenant_id: UUID
    name: str
    status: str = "active"
    silent_days: float = 1
    silent_towards: float = 1
    """Each of the clinics where they have a journey."""
    journeys: tuple[tuple[UUID, str, str], ...] = ()
    phone: str = field(default_factory=new_phone)
    patient_id: UUID = field(default_factory=uuid7)

    def entries(self, clinics: list[UUID]) -> dict[str, dict[str, Any]]:
        """The column ``journeys``, of these clinics."""
        return {
            f"{self.patient_id}{number}": {
                "clinic_id": str(clinic),
                "stage": stage,
                "score": score,
                "active": stage != "completed",
                "started_at": f"2026-01-0{number + 1}T00:00:00.000000Z",
                "ended_at": None if stage != "completed" else f"2026-02-0{number + 1}T00:00:00.000000Z",
            }
            for number, (clinic, stage, score) in enumerate(self.journeys)
            if clinic in clinics
        }

    def silent(self, days: float, clinics: list[UUID], *, whole: bool) -> bool:
        """Whether for that many days, to who sees these clinics: towards them alone, where there was ever a word."""
        if whole:
            return self.silent_days >= days
        return bool(self.entries(clinics)) and self.silent_towards >= days

    def shown(self, clinics: list[UUID]) -> tuple[str | None, float]:
        """Stage and score, to who sees these clinics."""
        journey = shown_journey(self.entries(clinics))
        return (journey["stage"], float(journey["score"])) if journey else (None, 0.0)


async def put_patients(admin: asyncpg.Connection, patients: list[Patient]) -> None:
    await admin.executemany(
        """INSERT INTO patient.patient_view (
               tenant_id, patient_id, version, phone, full_name, registration_source, status, current_journey_stage,
               risk_score, last_interaction_at, first_contact_at, name_search, journeys, updated_at)
           VALUES ($1, $2, 1, $3, $4, 'manual', $5, $6, $7, $8, $8, $9, $10, $8)""",
        [
            (
                *(patient.tenant_id, patient.patient_id, patient.phone, patient.name, patient.status),
                *patient.shown([CENTRO, SERRA]),
                *(now() - timedelta(days=patient.silent_days), name_search(patient.name)),
                json.dumps(patient.entries([CENTRO, SERRA])),
            )
            for patient in patients
        ],
    )
    await put_journeys(
        admin,
        [
            Journey(
                patient.tenant_id,
                clinic,
                stage,
                float(score),
                silent_days=patient.silent_towards,
                patient_id=patient.patient_id,
            )
            for patient in patients
            for clinic, stage, score in patient.journeys
        ],
    )


def some_patients(tenant_id: UUID) -> list[Patient]:
    both = [(first, second) for first in STAGES for second in STAGES]
    return [
        *(Patient(tenant_id, name, silent_days=days) for days, name in enumerate(NAMES)),
        Patient(tenant_id, "Inácio", status="inactive"),
        Patient(tenant_id, "Susana", status="suspended"),
        Patient(tenant_id, "Sônia", status="suspended", silent_days=300),
        *(
            Patient(tenant_id, f"Paciente {first} {second}", journeys=((CENTRO, first, "0.40"), (SERRA, second, score)))
            for first, second in both
            for score in ("0.30", "0.90")
        ),
        *(
            Patient(
                tenant_id, f"Retorno {first} {second}", journeys=((CENTRO, first, "0.00"), (CENTRO, second, "0.10"))
            )
            for first, second in both
        ),
        *(
            Patient(tenant_id, f"Só Serra {stage}", silent_towards=300, journeys=((SERRA, stage, "0.50"),))
            for stage in STAGES
        ),
    ]


async def test_patients_are_found_in_the_order_of_their_names(api: System) -> None:
    patients = some_patients(api.tenant_id)
    await put_patients(api.database.admin, [*patients, *some_patients(uuid7())])
    scopes = [[CENTRO, SERRA], [CENTRO], [SERRA], [uuid7()]]

    def has(text: str, name: str) -> bool:
        return text in name_search(name) if len(text) > 2 else name_search(name).startswith(text)

    def questions(scope: list[UUID], *, whole: bool) -> Iterator[tuple[dict[str, Any], list[Patient]]]:
        """With whom each must find, for who sees these clinics."""
        for text in ("José", "jose", "ZE", "z", "á", "ilv", "%", "_l", "a_l", "agot", "xyz", "00%"):
            yield {"name": text}, [patient for patient in patients if has(name_search(text), patient.name)]
        for status in ("inactive", "suspended"):
            yield {"status": status}, [patient for patient in patients if patient.status == status]
        for days in (1, 5):
            yield {"silent_days": days}, [patient for patient in patients if patient.silent(days, scope, whole=whole)]
        silent = [patient for patient in patients if patient.silent(5, scope, whole=whole)]
        at_risk = [patient for patient in silent if patient.shown(scope)[0] == "at_risk"]
        yield {"silent_days": 5, "stage": "at_risk"}, at_risk
        for stage in (*STAGES, "no_show"):
            for limit in (2, 200):
                there = [patient for patient in patients if patient.shown(scope)[0] == stage]
                yield {"stage": stage, "limit": limit}, there
        yield {"phone": patients[3].phone}, [patients[3]]
        sonia = [patient for patient in patients if whole and patient.name == "Sônia"]
        yield {"status": "suspended", "name": "son", "silent_days": 200}, sonia

    async with api.client() as admin:
        assert len(await asked(admin, "/v1/patients", limit=7)) == len(patients)
        for scope in scopes:
            whole = len(scope) == 2
            async with api.client("manager" if whole else "receptionist", clinics=scope) as client:
                for query, found in questions(scope, whole=whole):
                    expected = sorted(found, key=lambda patient: (name_search(patient.name), patient.patient_id))
                    items = await asked(client, "/v1/patients", **query)
                    found_ids = [item["patient_id"] for item in items]
                    assert found_ids == [str(patient.patient_id) for patient in expected], (query, scope)
                    for item, patient in zip(items, expected, strict=True):
                        shown = (item["current_journey_stage"], item["risk_score"])
                        assert shown == patient.shown(scope), (query, scope)


KNOWN = {
    "maria": ("Maria Aparecida da Silva", "+5527998074360", "Maria@Example.com", date(1985, 7, 14), "52998224725"),
    "davila": ("João D'Ávila e Sá", "+552798074361", None, None, None),
    "avila": ("Davi d\u2019Avila", "+553132223344", "davi@example.com", date(1985, 7, 14), None),
    "silva": ("Silvana Maria Souza", "+5511988880000", None, date(2001, 2, 3), "11144477735"),
}
FOUND_BY: list[tuple[dict[str, str], set[str]]] = [
    ({"name": "maria silva"}, {"maria", "silva"}),
    ({"name": "silva aparecida"}, {"maria"}),
    ({"name": "SOUZA maria"}, {"silva"}),
    ({"name": "maria da silva"}, {"maria", "silva"}),
    ({"name": "davila"}, {"davila", "avila"}),
    ({"name": "d'avila"}, {"davila", "avila"}),
    ({"name": "D\u2019\u00c1vila joao"}, {"davila"}),
    ({"name": "joao sa"}, {"davila"}),
    ({"name": "ma aparecida"}, {"maria"}),
    ({"name": "aparecida ri"}, set()),
    ({"name": "da"}, {"avila"}),
    ({"name": "pereira maria"}, set()),
    *(({"name": name}, {"maria", "silva"}) for name in ("silva, maria", "Silva,Maria", "maria ; silva")),
    ({"phone": "+5527998074360"}, {"maria"}),
    ({"phone": "+552798074360"}, {"maria"}),
    ({"phone": "+55 (27) 99807-4361"}, {"davila"}),
    ({"phone": "+552798074361"}, {"davila"}),
    ({"phone": "4360"}, {"maria"}),
    *(({"phone": phone}, {"maria"}) for phone in ("27998074360", "(27) 99807-4360", "5527998074360", "(27) 9807-4360")),
    ({"cpf": "529 982 247/25"}, {"maria"}),
    ({"phone": "9807-4361"}, {"davila"}),
    ({"phone": "99807-4361"}, {"davila"}),
    ({"phone": "99807-4360"}, {"maria"}),
    ({"phone": "４３６０"}, {"maria"}),
    ({"phone": "+55 00 99999-0000"}, set()),
    ({"phone": "(+55) 27 99807\u22124360"}, {"maria"}),
    ({"phone": "3222 3344"}, {"avila"}),
    ({"phone": "0001"}, set()),
    ({"email": "maria@example.com"}, {"maria"}),
    ({"email": " MARIA@example.com"}, {"maria"}),
    ({"cpf": "529.982.247-25"}, {"maria"}),
    ({"cpf": "11144477735"}, {"silva"}),
    ({"birth_date": "1985-07-14"}, {"maria", "avila"}),
    ({"birth_date": "1985-07-14", "name": "davi"}, {"avila"}),
    ({"birth_date": "1985-07-15"}, set()),
]


async def test_patients_are_found_by_what_a_desk_is_told(api: System) -> None:
    ids: dict[str, str] = {}
    for tenant_id in (api.tenant_id, uuid7()):
        for who, (name, phone, email, birth_date, cpf) in KNOWN.items():
            patient = Patient(tenant_id, name, phone=phone)
            await put_patients(api.database.admin, [patient])
            await api.database.admin.execute(
                "UPDATE patient.patient_view SET email = $2, birth_date = $3, cpf = $4 WHERE patient_id = $1",
                *(patient.patient_id, email, birth_date, cpf),
            )
            ids.setdefault(who, str(patient.patient_id))
    names = {patient_id: who for who, patient_id in ids.items()}
    async with api.client("receptionist") as client:
        for query, found in FOUND_BY:
            items = await asked(client, "/v1/patients", **query)
            assert {names.get(item["patient_id"], "a stranger") for item in items} == found, query
        for query, field in (
            ({"phone": "123"}, "phone"),
            ({"phone": "99999-OOOO"}, "phone"),
            ({"name": "'"}, "name"),
            ({"birth_date": "1899-12-31"}, "birth_date"),
            ({"cpf": "52998224726"}, "cpf"),
            ({"email": "a@b@c"}, "email"),
        ):
            answer = await client.get("/v1/patients", params=query)
            assert answer.status_code == 422, query
            assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(("role", "fields"), [("viewer", {"phone", "email", "cpf", "birth_date"}), ("bot", {"cpf"})])
async def test_nobody_finds_by_what_they_may_not_read(api: System, role: str, fields: set[str]) -> None:
    """Else whoever asks long enough knows it."""
    told = {"phone": "+5527998074360", "email": "a@b.co", "cpf": "52998224725", "birth_date": "1985-07-14"}
    async with api.client(role) as client:
        for field in fields:
            answer = await client.get("/v1/patients", params={field: told[field]})
            assert answer.status_code == 403
            assert answer.json()["detail"] == f"the role {role} may not read {field}, so it can't search by it"
