"""A question misunderstood is refused, with the names of what may be asked; a value that can't be is named."""

import base64
import json
from typing import Any
from uuid import UUID

import pytest

from system import System, in_days, new_phone

ANY_ID = UUID("0b5c1f6e-6d0a-7c3e-9d53-3a1f2c4e5d60")
NAMED = {
    "/v1/patients": {"name", "phone", "email", "cpf", "birth_date", "status", "stage", "silent_days", "after", "limit"},
    "/v1/patients/writing": {"phone", "clinic_id"},
    f"/v1/patients/{ANY_ID}": set[str](),
    f"/v1/patients/{ANY_ID}/history": {"after", "limit"},
    f"/v1/patients/{ANY_ID}/as-of": {"at"},
    f"/v1/patients/{ANY_ID}/why": {"column"},
    f"/v1/conversations/{ANY_ID}/why": {"column"},
    "/v1/conversations": {"status", "clinic_id", "agent_id", "patient_id", "after", "limit"},
    f"/v1/conversations/{ANY_ID}": set[str](),
    f"/v1/conversations/{ANY_ID}/messages": {"after", "limit"},
    f"/v1/patients/{ANY_ID}/medical-history": set[str](),
    f"/v1/appointments/{ANY_ID}/why": {"column"},
    f"/v1/journeys/{ANY_ID}/why": {"column"},
    "/v1/appointments": {
        *("clinic_id", "doctor_id", "patient_id", "day", "days", "from", "until", "status", "after", "limit"),
    },
    f"/v1/appointments/{ANY_ID}": set[str](),
    "/v1/appointments/unconfirmed": {"clinic_id", "hours_from", "hours_until", "after", "limit"},
    f"/v1/doctors/{ANY_ID}/appointments": {"clinic_id", "after", "limit"},
    "/v1/appointments/unclosed": {"clinic_id", "doctor_id", "after", "limit"},
    "/v1/journeys": {
        *("stage", "risk_level", "follow_up", "escalation", "clinic_id", "patient_id", "active", "silent_days"),
        *("after", "limit"),
    },
    f"/v1/journeys/{ANY_ID}": set[str](),
    "/v1/journeys/at-risk": {
        *("clinic_id", "score_min", "risk_level", "doctor_id", "claimed", "assigned_to", "mine", "snoozed"),
        *("after", "limit"),
    },
    "/v1/events": {"correlation_id", "after", "limit"},
    "/v1/clinics": set[str](),
    f"/v1/clinics/{ANY_ID}": set[str](),
    f"/v1/clinics/{ANY_ID}/dashboard": {"period"},
    "/v1/doctors": {"clinic_id"},
    f"/v1/doctors/{ANY_ID}": set[str](),
    "/v1/tenant": set[str](),
}
"""What may be asked at each address."""


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


NO_TIMES = (
    "2026-W09-1T10:00:00Z",
    "2026-060T10:00:00Z",
    "20260301T100000Z",
    "2026-03-01T100000Z",
    "2026-03-01 10:00:00Z",
    "2026-03-01t10:00:00z",
    "2026-03-01T10:00:00",
    "2026-03-01T10:00:00+0300",
    "2026-03-01T10:00Z",
    "2026-03-01T10Z",
    "2026-03-01T10:00:00,5Z",
    "2026-03-01T24:00:00Z",
    "2026-02-30T10:00:00Z",
    "2026-03-01T10:00:0\N{ARABIC-INDIC DIGIT ONE}Z",
    "1772323200",
    "1899-12-31T10:00:00Z",
    "2200-01-01T10:00:00Z",
)
NO_DAYS = (
    "2026-W09-1",
    "2026-060",
    "20260301",
    "2026-3-1",
    "01/03/2026",
    "\N{ARABIC-INDIC DIGIT TWO}026-03-01",
    " 2026-03-01",
    "2026-02-30",
    "1899-12-31",
    "2200-01-01",
)
BAD: list[tuple[str, dict[str, Any], str | None]] = [
    ("/v1/patients", {"status": "asleep"}, "status"),
    ("/v1/patients", {"stage": "lost"}, "stage"),
    ("/v1/patients", {"birth_date": "1985-7-14"}, "birth_date"),
    ("/v1/patients", {"cpf": "52998224724"}, "cpf"),
    ("/v1/patients", {"silent_days": -1}, "silent_days"),
    ("/v1/patients", {"silent_days": "some"}, "silent_days"),
    ("/v1/patients", {"limit": 0}, "limit"),
    ("/v1/patients", {"phone": "279999900001234"}, "phone"),
    ("/v1/patients", {"name": "\x00"}, "name"),
    ("/v1/appointments", {"clinic_id": str(ANY_ID), "from": "soon"}, "from"),
    ("/v1/appointments", {"clinic_id": str(ANY_ID), "status": "late"}, "status"),
    ("/v1/appointments", {"clinic_id": str(ANY_ID), "days": 0}, "days"),
    ("/v1/appointments", {"clinic_id": str(ANY_ID), "days": 63}, "days"),
    ("/v1/appointments", {"clinic_id": str(ANY_ID), "days": 7, "from": in_days(0), "until": in_days(1)}, None),
    ("/v1/appointments", {"clinic_id": [str(UUID(int=n)) for n in range(101)]}, None),
    ("/v1/appointments", {"patient_id": "maria"}, "patient_id"),
    ("/v1/journeys", {"stage": "lost"}, "stage"),
    ("/v1/journeys", {"risk_level": "extreme"}, "risk_level"),
    ("/v1/journeys", {"follow_up": "perhaps"}, "follow_up"),
    ("/v1/journeys", {"clinic_id": "centro"}, "clinic_id"),
    ("/v1/journeys", {"silent_days": 10**9}, "silent_days"),
    ("/v1/journeys", {"after": cursor("x", str(ANY_ID))}, None),
    ("/v1/journeys", {"after": cursor("9999-12-31T23:59:59-14:00", str(ANY_ID))}, None),
    ("/v1/journeys/at-risk", {"score_min": 1.01}, "score_min"),
    ("/v1/journeys/at-risk", {"score_min": "nan"}, "score_min"),
    ("/v1/journeys/at-risk", {"risk_level": "extreme"}, "risk_level"),
    ("/v1/journeys/at-risk", {"claimed": "perhaps"}, "claimed"),
    ("/v1/journeys/at-risk", {"mine": True, "assigned_to": str(ANY_ID)}, None),
    ("/v1/journeys/at-risk", {"score_min": "inf"}, "score_min"),
    ("/v1/journeys/at-risk", {"after": cursor("7", "2026-03-02T12:00:00Z", str(ANY_ID))}, None),
    ("/v1/journeys/at-risk", {"after": cursor("2026-03-02T12:00:00Z", str(ANY_ID))}, None),
    ("/v1/appointments/unconfirmed", {"hours_from": -1}, "hours_from"),
    ("/v1/appointments/unconfirmed", {"hours_from": 25, "hours_until": 23}, "hours_until"),
    ("/v1/appointments/unconfirmed", {"hours_until": 169}, "hours_until"),
    ("/v1/appointments/unconfirmed", {"hours_until": "nan"}, "hours_until"),
    ("/v1/appointments/unconfirmed", {"hours_until": 1e308}, "hours_until"),
    ("/v1/events", {}, "correlation_id"),
    ("/v1/events", {"correlation_id": "x"}, "correlation_id"),
    ("/v1/events", {"correlation_id": str(ANY_ID), "after": -1}, "after"),
    (f"/v1/patients/{ANY_ID}/as-of", {}, "at"),
    *(
        (f"/v1/patients/{ANY_ID}/as-of", {"at": at}, "at")
        for at in (
            "yesterday",
            "2026-03-01T12:00:00",
            "9999-12-31",
            "0001-01-01",
            "9999-12-31T23:59:59-14:00",
            "5",
            "\x00",
        )
    ),
    *((f"/v1/patients/{ANY_ID}/as-of", {"at": at}, "at") for at in NO_TIMES + NO_DAYS),
    *(("/v1/appointments", {"clinic_id": str(ANY_ID), "day": day}, "day") for day in NO_DAYS),
    *(
        ("/v1/appointments", {"clinic_id": str(ANY_ID), "from": in_days(0), "until": in_days(1)} | {name: at}, name)
        for at in NO_TIMES
        for name in ("from", "until")
    ),
    (f"/v1/clinics/{ANY_ID}/dashboard", {"period": "year"}, "period"),
    # The framework takes null for a parameter that was left out: the answer would be about everything.
    *(
        (path, {name: null}, name)
        for path, name in (
            ("/v1/patients", "status"),
            ("/v1/patients", "stage"),
            ("/v1/patients", "silent_days"),
            ("/v1/patients", "phone"),
            ("/v1/patients", "limit"),
            ("/v1/appointments", "clinic_id"),
            ("/v1/appointments", "day"),
            ("/v1/appointments", "from"),
            ("/v1/appointments", "status"),
            ("/v1/appointments/unconfirmed", "clinic_id"),
            ("/v1/journeys", "clinic_id"),
            ("/v1/journeys", "active"),
            ("/v1/journeys", "risk_level"),
            ("/v1/journeys/at-risk", "score_min"),
            ("/v1/events", "correlation_id"),
            ("/v1/doctors", "clinic_id"),
            (f"/v1/clinics/{ANY_ID}/dashboard", "period"),
        )
        for null in ("null", "Null")
    ),
    ("/v1/patients", {"limit": ["1", "2"]}, "limit"),
    ("/v1/patients", {"name": ["Ana", "Rita"]}, "name"),
    ("/v1/journeys", {"clinic_id": [str(ANY_ID)] * 2}, "clinic_id"),
    (f"/v1/patients/{ANY_ID}/as-of", {"at": ["2026-03-01", "2026-03-02"]}, "at"),
    ("/v1/doctors", {"clinic_id": "serra"}, "clinic_id"),
]


async def test_what_cannot_be_asked_is_refused_and_named(api: System) -> None:
    async with api.client() as client:
        for path, known in NAMED.items():
            answer = await client.get(path, params={"color": "blue", "limit ": 5, **dict.fromkeys(known, "1")})
            assert answer.status_code == 422, (path, answer.text)
            document = answer.json()
            assert [error["field"] for error in document["errors"]] == ["color", "limit "], path
            assert {error["message"] for error in document["errors"]} == {"is not known here"}, path
            told = document["detail"].partition("there are")[2]
            assert set(told.strip(": ").split(", ")) == (known or {"none here"}), path
            assert "blue" not in answer.text

        wrong: list[Any] = []
        for path, query, field in BAD:
            answer = await client.get(path, params=query)
            fields = [error["field"] for error in answer.json().get("errors", [])]
            if answer.status_code != 422 or (field is not None and fields != [field]):
                wrong.append((path, query, answer.status_code, answer.text[:300]))
        assert not wrong, "\n".join(map(str, wrong))


async def test_a_list_may_be_given_item_by_item_and_a_name_may_be_null(api: System) -> None:
    async with api.client() as client:
        listed = await client.get(
            "/v1/appointments",
            params={"clinic_id": str(ANY_ID), "day": "2026-03-02", "status": ["scheduled", "cancelled"]},
        )
        await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Ana Null"})
        named = await client.get("/v1/patients", params={"name": "null"})
    assert listed.status_code == 200, listed.text
    assert named.status_code == 200, named.text


async def test_every_question_knows_its_parameters(api: System) -> None:
    """The guard reads them from the function, the schema from the framework: both must say the same."""
    async with api.client() as client:
        paths = (await client.get("/schema/openapi.json")).json()["paths"]
    asked = {path: methods["get"] for path, methods in paths.items() if "get" in methods and path.startswith("/v1/")}
    of_schema = {
        path: {parameter["name"] for parameter in get.get("parameters", []) if parameter["in"] == "query"}
        for path, get in asked.items()
    }
    named = {_template(path): known for path, known in NAMED.items()}
    assert of_schema == named
    assert all(get["summary"] for get in asked.values())


def _template(path: str) -> str:
    noun = path.split("/")[2].removesuffix("s")
    return path.replace(str(ANY_ID), f"{{{noun}_id}}")


@pytest.mark.parametrize("role", ["viewer", "bot", "import"])
async def test_who_only_reads_may_ask(api: System, role: str) -> None:
    async with api.client(role) as client:
        for path in ("/v1/journeys", "/v1/journeys/at-risk", "/v1/appointments/unclosed", "/v1/clinics"):
            assert (await client.get(path)).status_code == 200, path
