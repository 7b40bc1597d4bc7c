"""The matrix: every route, by every role, with what is theirs, another clinic's, another tenant's, and with bad tokens.

Each answer has the status of the table, and none of them, nor the log, has a word of anybody else's. What is theirs and
what is not is asked of every route as every role; bad tokens, which are refused before either counts, in turns.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import jwt
from uuid_utils.compat import uuid7

from command_api.http.routes import appointment
from healz_local.tokens import claims_of
from identity_provider import ISSUER, IdentityProvider, Key, rsa_key
from system import WAIT_SECONDS, System, in_days, new_phone

TENANT, STRANGERS = uuid7(), uuid7()
CENTRO, SERRA, ELSEWHERE = uuid7(), uuid7(), uuid7()
OF_THE_OTHER_CLINIC, OF_THE_OTHER_TENANT = "Quaresmeira", "Jacarandazinho"
"""Words that stand in all that is the other clinic's or the other tenant's own, and nowhere else."""

WHOLE, SCOPED = ("admin", "manager"), ("doctor", "receptionist", "bot", "import", "viewer")
ROLES = (*WHOLE, *SCOPED)
STAFF = ("admin", "manager", "doctor", "receptionist")
WRITERS = (*STAFF, "bot", "import")
OF_THE_STAFF = ("change", "correction")

DONE = 200
"""Any 2xx, or 409: the role may, and if a rule refuses it then because of how things stand."""


@dataclass(frozen=True)
class Route:
    """Who may use it, and what everybody who may hears with ids of another tenant or clinic. {…} stand for the ids."""

    address: str
    who: tuple[str, ...] = ROLES
    body: Any = None
    query: str = ""
    other_tenant: int = 404
    other_clinic: int = 404
    of_the_whole: int | None = None
    """With ids of another tenant, for those who work in the whole tenant; None: as for all."""

    @property
    def method(self) -> str:
        return self.address.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.address.partition(" ")[2]


AT_A_CLINIC = {"patient_id": "{patient_id}", "clinic_id": "{clinic_id}"}
BOOKING = {
    **AT_A_CLINIC,
    "doctor_id": "{doctor_id}",
    "scheduled_for": in_days(3),
    "appointment_type": "first_visit",
}
CSV = (
    "patient_phone,patient_name,clinic_id,doctor_id,scheduled_for,booked_at,appointment_type,outcome\n"
    "{phone},Rita,{clinic_id},{doctor_id},2019-03-14T15:30,2019-03-01T09:12,first_visit,completed\n"
)
OF_A_CLINIC = "clinic_id={clinic_id}"
APPOINTMENT, TALK, JOURNEY = "/v1/appointments/{appointment_id}", "/v1/conversations/{conversation_id}", "/v1/journeys"
PATIENT, A_JOURNEY = "/v1/patients/{patient_id}", "/v1/journeys/{journey_id}"
MEDICAL = {"medical_history": {"allergies": ["dipirona"]}}


def done_to(address: str, handlers: Iterable[Any]) -> Iterator[Route]:
    """All that may be done to such a thing: the same roles may, few apart. Bodies are the examples."""
    for handler in handlers:
        (path,) = handler.paths
        _, _, act = path.strip("/").partition("/")
        if act:
            who = STAFF if act in OF_THE_STAFF else WRITERS
            yield Route(f"POST {address}/{act}", who, handler.fn.__annotations__["data"].example)


ROUTES = (
    # Patients are the tenant's: another clinic's are there as well.
    Route("GET /v1/patients", query="name=rita", other_tenant=DONE, other_clinic=DONE),
    Route(
        "GET /v1/patients/writing",
        (*STAFF, "bot", "import"),
        query="phone=+5527999990000",
        other_tenant=DONE,
        other_clinic=DONE,
    ),
    Route(f"GET {PATIENT}", other_clinic=DONE),
    Route(f"GET {PATIENT}/history", other_clinic=DONE),
    Route(f"GET {PATIENT}/as-of", query="at={now}", other_clinic=DONE),
    Route(f"GET {PATIENT}/why", other_clinic=DONE),
    Route("POST /v1/patients", WRITERS, {"phone": "{phone}", "full_name": "Rita"}, "", DONE, DONE),
    Route(f"PUT {PATIENT}/contact", WRITERS, {"full_name": "Rita Maria"}, other_clinic=DONE),
    Route(f"PUT {PATIENT}/preferences", WRITERS, {"reminder_enabled": False}, other_clinic=DONE),
    Route(f"PUT {PATIENT}/status", (*STAFF, "import"), {"status": "active"}, other_clinic=DONE),
    Route(f"PUT {PATIENT}/medical-history", ("admin", "manager", "doctor", "import"), MEDICAL, other_clinic=DONE),
    Route(f"PATCH {PATIENT}/medical-history", ("admin", "manager", "doctor", "import"), MEDICAL, other_clinic=DONE),
    Route(f"GET {PATIENT}/medical-history", ("admin", "manager", "doctor"), other_clinic=DONE),
    Route(f"POST {PATIENT}/anonymize", WHOLE, {"reason": "patient_request"}),
    Route(f"POST {PATIENT}/merge", WHOLE, {"other_patient_id": "{patient_id}"}),
    # All of a visit, a talk and a journey is the clinic's.
    Route("GET /v1/appointments", query=OF_A_CLINIC, of_the_whole=DONE),
    Route("GET /v1/appointments/unconfirmed", query=OF_A_CLINIC, of_the_whole=DONE),
    Route("GET /v1/appointments/unclosed", query=OF_A_CLINIC, of_the_whole=DONE),
    Route("GET /v1/doctors/{doctor_id}/appointments", query=OF_A_CLINIC, of_the_whole=DONE),
    Route(f"GET {APPOINTMENT}"),
    Route(f"GET {APPOINTMENT}/why"),
    Route("POST /v1/appointments", WRITERS, BOOKING),
    *done_to(APPOINTMENT, appointment.handlers),
    Route("GET /v1/conversations", query=OF_A_CLINIC, of_the_whole=DONE),
    Route(f"GET {TALK}"),
    Route(f"GET {TALK}/messages"),
    Route(f"GET {TALK}/why"),
    Route("POST /v1/conversations", WRITERS, AT_A_CLINIC),
    Route(f"POST {TALK}/messages", WRITERS, {"direction": "inbound", "content": "Bom dia"}),
    Route(
        f"POST {TALK}/intents", WRITERS, {"message_id": "{message_id}", "intent": "general_inquiry", "confidence": 0.5}
    ),
    Route(f"POST {TALK}/statuses", WRITERS, {"message_id": "{message_id}", "status": "read"}),
    Route(f"POST {TALK}/edits", WRITERS, {"message_id": "{message_id}", "content": "Boa tarde"}),
    Route(f"POST {TALK}/deletions", WRITERS, {"message_id": "{message_id}"}),
    Route(f"POST {TALK}/escalation", WRITERS, {"reason": "complaint"}),
    Route(f"POST {TALK}/agent", WRITERS, {"agent_id": str(UUID(int=7))}),
    Route(f"POST {TALK}/resolution", WRITERS, {}),
    Route(f"POST {TALK}/closure", WRITERS, {}),
    Route(f"GET {JOURNEY}", query=OF_A_CLINIC, of_the_whole=DONE),
    Route(f"GET {JOURNEY}/at-risk", query=OF_A_CLINIC, of_the_whole=DONE),
    Route(f"GET {A_JOURNEY}"),
    Route(f"GET {A_JOURNEY}/why"),
    Route(f"POST {JOURNEY}", STAFF, AT_A_CLINIC),
    Route(f"POST {A_JOURNEY}/risk-indicators", STAFF, {"risk_type": "tone_change"}),
    Route(f"POST {A_JOURNEY}/escalation", STAFF, {"reason": "second complaint"}),
    Route(f"POST {A_JOURNEY}/claim", STAFF, {}),
    Route(f"POST {A_JOURNEY}/release", STAFF, {}),
    Route(f"POST {A_JOURNEY}/calls", STAFF, {"outcome": "reached"}),
    Route(f"POST {A_JOURNEY}/snooze", STAFF, {"until": in_days(9)}),
    Route(f"POST {A_JOURNEY}/recovery", STAFF, {"reason": "booked"}),
    Route(f"POST {A_JOURNEY}/abandonment", STAFF, {"reason": "moved"}),
    Route(f"POST {A_JOURNEY}/completion", STAFF, {"reason": "successful_treatment"}),
    Route("GET /v1/events", query="correlation_id={correlation_id}", other_tenant=DONE, other_clinic=DONE),
    # Reference data: an id is the tenant's own, so that another tenant's clinic is one that is not there yet.
    Route("GET /v1/clinics", other_tenant=DONE, other_clinic=DONE),
    Route("GET /v1/clinics/{clinic_id}"),
    Route("GET /v1/clinics/{clinic_id}/dashboard"),
    Route("GET /v1/doctors", query=OF_A_CLINIC, of_the_whole=DONE),
    Route("GET /v1/doctors/{doctor_id}"),
    Route("GET /v1/tenant", other_tenant=DONE, other_clinic=DONE),
    Route("PUT /v1/tenant", WHOLE, {"name": "Grupo Vitória"}, "", DONE),
    Route("PATCH /v1/tenant", WHOLE, {"name": "Grupo Vitória"}, "", DONE),
    Route("PATCH /v1/clinics/{clinic_id}", WHOLE, {"time_zone": None}),
    Route("PATCH /v1/doctors/{doctor_id}", WHOLE, {"schedule": None}),
    Route("PUT /v1/clinics/{own_clinic_id}", WHOLE, {"name": "Centro"}, "", DONE),
    Route("PUT /v1/doctors/{own_doctor_id}", WHOLE, {"full_name": "Ana", "clinic_ids": ["{clinic_id}"]}, "", 409),
    # A row of it that names another's clinic is refused, and the answer counts it.
    Route("POST /v1/imports/appointments", ("import",), CSV, "", DONE, DONE),
)

KEY, NEXT_KEY, UNKNOWN_KEY = rsa_key("the-key"), rsa_key("new"), rsa_key("stranger")


def claims(role: str, **changed: Any) -> dict[str, Any]:
    clinics = () if role in WHOLE else [CENTRO]
    return claims_of(TENANT, role, clinics=clinics, subject=str(UUID(int=9))) | {"iss": ISSUER} | changed


def with_the_public_key(role: str) -> str:
    """As HS256, with the PEM that everybody can have; PyJWT itself refuses to write one."""
    jws: Any = jwt.PyJWS()
    jws._algorithms["HS256"].prepare_key = lambda key: key
    said = {name: value.timestamp() if isinstance(value, datetime) else value for name, value in claims(role).items()}
    text: str = jws.encode(json.dumps(said).encode(), KEY.pem, "HS256", {"kid": KEY.kid})
    return text


AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)
BAD_TOKENS: dict[str, Callable[[str], str]] = {
    "no token": lambda role: "",
    "expired": lambda role: KEY.sign(claims(role, exp=AN_HOUR_AGO, iat=AN_HOUR_AGO - timedelta(hours=1))),
    "wrong audience": lambda role: KEY.sign(claims(role, aud="billing")),
    "wrong issuer": lambda role: KEY.sign(claims(role, iss="https://elsewhere.test/")),
    "alg none": lambda role: jwt.encode(claims(role), "", "none", {"kid": KEY.kid}),
    "HS256 with the public key": with_the_public_key,
    "unknown kid": lambda role: UNKNOWN_KEY.sign(claims(role)),
}


@dataclass
class World:
    """What there is of one clinic; the fields are the names in the routes' {…}."""

    clinic_id: UUID
    phone: str = field(default_factory=new_phone)
    doctor_id: UUID = field(default_factory=uuid7)
    message_id: UUID = field(default_factory=uuid7)
    correlation_id: UUID = field(default_factory=uuid7)
    patient_id: str = ""
    conversation_id: str = ""
    appointment_id: str = ""
    journey_id: str = ""
    to_forget_id: str = ""
    """A patient that may be anonymised."""

    async def plant(self, client: httpx.AsyncClient, word: str, word_of_the_tenant: str) -> None:
        """Makes all of it, with these words in each text that is the clinic's, and the tenant's."""

        async def send(method: str, path: str, **body: Any) -> str:
            answer = await client.request(method, path, json=body, headers=headers)
            answer.raise_for_status()
            return str(answer.json()["id"]) if answer.content else ""

        headers = {"X-Correlation-Id": str(uuid7())}
        names = {"clinic_id": str(self.clinic_id)}
        await send("PUT", "/v1/tenant", name=f"Rede {word_of_the_tenant}")
        await send("PUT", f"/v1/clinics/{self.clinic_id}", name=f"Clínica {word}")
        await send("PUT", f"/v1/doctors/{self.doctor_id}", full_name=f"Dra. {word}", clinic_ids=[str(self.clinic_id)])
        name = f"Rita {word_of_the_tenant}".strip()
        self.patient_id = await send("POST", "/v1/patients", phone=self.phone, full_name=name)
        self.to_forget_id = await send("POST", "/v1/patients", phone=new_phone(), full_name=name)
        names["patient_id"] = self.patient_id
        headers = {"X-Correlation-Id": str(self.correlation_id)}
        self.journey_id = await send("POST", "/v1/journeys", **names)
        booking = names | {"doctor_id": str(self.doctor_id), "appointment_type": "return", "notes": f"traz {word}"}
        self.appointment_id = await send("POST", "/v1/appointments", **booking, scheduled_for=in_days(1))
        self.conversation_id = await send("POST", "/v1/conversations", **names)
        message = {"direction": "inbound", "content": f"Aqui {word}", "message_id": str(self.message_id)}
        await send("POST", f"/v1/conversations/{self.conversation_id}/messages", **message)

    def put_into(self, text: str) -> str:
        for name, value in vars(self).items():
            text = text.replace("{" + name + "}", str(value))
        return text.replace("{now}", datetime.now(UTC).isoformat().replace("+00:00", "Z"))


@dataclass
class Matrix:
    """What is asked, and what was wrong with the answers."""

    client: httpx.AsyncClient
    own: dict[str, World]
    wrong: list[str] = field(default_factory=list)
    asked: int = 0

    async def ask_all(self, case: str, role: str, token: str, world: World, statuses: dict[str, int]) -> None:
        """Every route of ``statuses`` in the table's order, with ids of ``world``."""
        for route in ROUTES:
            if route.address in statuses:
                answer = await self._ask(route, role, token, world)
                self._judge(f"{route.address}, {role}, {case}", role, answer, statuses[route.address])

    async def _ask(self, route: Route, role: str, token: str, world: World) -> httpx.Response:
        own = self.own[role]

        def filled(text: str) -> str:
            text = text.replace("{own_clinic_id}", str(own.clinic_id)).replace("{own_doctor_id}", str(own.doctor_id))
            text = text.replace("{patient_id}", "{to_forget_id}") if "anonymize" in route.path else text
            return world.put_into(text)

        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = None
        if isinstance(route.body, str):
            content = filled(route.body)
            headers |= {"Idempotency-Key": str(uuid7()), "Content-Type": "text/csv"}
        elif route.body is not None:
            content = filled(json.dumps(route.body))
            headers |= {"Content-Type": "application/json"}
        path = filled(route.path)
        params = dict([filled(route.query).split("=", 1)]) if route.query else None
        return await self.client.request(route.method, path, params=params, content=content, headers=headers)

    def _judge(self, what: str, role: str, answer: httpx.Response, expected: int) -> None:
        self.asked += 1
        status = answer.status_code
        as_expected = status == expected or (expected == DONE and (200 <= status < 300 or status == 409))
        if not as_expected:
            self.wrong.append(f"{what}: {status} instead of {expected}: {answer.text[:160]}")
        told = f"{answer.text} {answer.headers}"
        if OF_THE_OTHER_TENANT in told or str(STRANGERS) in told:
            self.wrong.append(f"{what}: tells of the other tenant: {told[:300]}")
        if role in SCOPED and OF_THE_OTHER_CLINIC in told:
            self.wrong.append(f"{what}: tells of the other clinic: {told[:300]}")


def own_statuses(role: str) -> dict[str, int]:
    return {route.address: DONE if role in route.who else 403 for route in ROUTES}


def other_tenants_statuses(role: str) -> dict[str, int]:
    def status(route: Route) -> int:
        return route.of_the_whole if role in WHOLE and route.of_the_whole else route.other_tenant

    return {route.address: status(route) if role in route.who else 403 for route in ROUTES}


def other_clinics_statuses(role: str) -> dict[str, int]:
    return {route.address: route.other_clinic if role in route.who else 403 for route in ROUTES}


def spread(statuses: dict[str, int], role: str, turn: int) -> dict[str, int]:
    """A seventh of the routes, another one for each role: all roles take all routes together, and in seven turns each.

    For what is decided by the token alone, before anybody looks at route and role.
    """
    addresses = list(statuses)[(ROLES.index(role) + turn) % len(ROLES) :: len(ROLES)]
    return {address: statuses[address] for address in addresses}


def all_of(status: int) -> dict[str, int]:
    return {route.address: status for route in ROUTES}


@asynccontextmanager
async def planted(system: System, provider: IdentityProvider) -> AsyncIterator[tuple[Matrix, World, World]]:
    """A system with a world for each role in one clinic, one of another clinic, and one of another tenant."""
    system.settings |= {
        "HEALZ_JWT_DEVELOPMENT_SECRET": None,
        "HEALZ_JWKS_URL": provider.url,
        "HEALZ_JWT_ISSUER": ISSUER,
        "HEALZ_JWKS_COOLDOWN_SECONDS": "0.5",
        # The provider lives in the test, which is busy asking.
        "HEALZ_JWKS_TIMEOUT_SECONDS": "20",
        "HEALZ_JWKS_WAIT_SECONDS": "20",
        "HEALZ_IMPORTS_AT_ONCE_MAX": "100",
        "HEALZ_IMPORTS_PER_TENANT_MAX": "100",
    }
    await system.start_all()
    own, serra, theirs = {role: World(CENTRO) for role in ROLES}, World(SERRA), World(ELSEWHERE)
    stranger = KEY.sign(claims("admin", tenant_id=str(STRANGERS)))
    async with system.client_with(KEY.sign(claims("admin"))) as admin, system.client_with(stranger) as other:
        for world in own.values():
            await world.plant(admin, "Centro", "")
        await serra.plant(admin, OF_THE_OTHER_CLINIC, "")
        await theirs.plant(other, OF_THE_OTHER_TENANT, OF_THE_OTHER_TENANT)
        await system.caught_up()
        # The words are where they may be, or nothing could be found where they may not.
        for client, world, word in ((admin, serra, OF_THE_OTHER_CLINIC), (other, theirs, OF_THE_OTHER_TENANT)):
            for path in (f"appointments/{world.appointment_id}", f"clinics/{world.clinic_id}"):
                assert word in (await client.get(f"/v1/{path}")).text
            assert word in (await client.get(f"/v1/patients/{world.patient_id}/history")).text
    async with system.client_with("") as client:
        client.headers.pop("Authorization")
        yield Matrix(client, own), serra, theirs


def api_log(system: System) -> str:
    [log] = system.folder.glob("command-api-*.log")
    return log.read_text()


def rounds(matrix: Matrix, serra: World, theirs: World) -> Iterator[Any]:
    """While the provider answers and has the one key."""
    for role in ROLES:
        good = KEY.sign(claims(role))
        own = matrix.own[role]
        yield matrix.ask_all("what is theirs", role, good, own, own_statuses(role))
        yield matrix.ask_all("another tenant's", role, good, theirs, other_tenants_statuses(role))
        if role in SCOPED:
            yield matrix.ask_all("another clinic's", role, good, serra, other_clinics_statuses(role))
        for turn, (case, token) in enumerate(BAD_TOKENS.items()):
            yield matrix.ask_all(case, role, token(role), own, spread(all_of(401), role, turn))


def of_each(matrix: Matrix, case: str, key: Key, status: int | None) -> Iterator[Any]:
    """All routes and all roles, with a token of that key; None: as it is for what is theirs."""
    for role in ROLES:
        statuses = own_statuses(role) if status is None else all_of(status)
        yield matrix.ask_all(case, role, key.sign(claims(role)), matrix.own[role], spread(statuses, role, len(case)))


async def test_nobody_reaches_what_is_not_theirs(system: System) -> None:
    provider = IdentityProvider(KEY)
    async with provider.serving(), planted(system, provider) as (matrix, serra, theirs):
        schema = (await matrix.client.get("/schema/openapi.json")).json()["paths"]
        routes = {f"{method.upper()} {path}" for path, item in schema.items() for method in item if "/v1/" in path}
        table = {route.address.replace("{own_", "{") for route in ROUTES}
        assert routes == table, "the table has a line for each route"
        before = len(api_log(system))

        await asyncio.gather(*rounds(matrix, serra, theirs))

        provider.keys = [NEXT_KEY.jwk]
        async with system.client_with(NEXT_KEY.sign(claims("admin"))) as admin:
            async with asyncio.timeout(WAIT_SECONDS):
                while (await admin.get("/v1/clinics")).status_code != 200:
                    await asyncio.sleep(0.1)  # the pace of asking
        await asyncio.gather(*of_each(matrix, "a rotated key", NEXT_KEY, None))
        await asyncio.gather(*of_each(matrix, "a withdrawn key", KEY, 401))

        await provider.stop()
        await asyncio.gather(*of_each(matrix, "JWKS away, a known key", NEXT_KEY, None))
        async with system.client_with(UNKNOWN_KEY.sign(claims("admin"))) as admin:
            async with asyncio.timeout(WAIT_SECONDS):
                while (await admin.get("/v1/clinics")).status_code != 503:
                    await asyncio.sleep(0.1)  # the pace of asking
        await asyncio.gather(*of_each(matrix, "JWKS away, an unknown key", UNKNOWN_KEY, 503))

        log = api_log(system)[before:]
        for word in (OF_THE_OTHER_TENANT, OF_THE_OTHER_CLINIC, str(STRANGERS), "Rita", "Traceback"):
            if word in log:
                matrix.wrong.append(f"the log has the word {word}: {log[log.index(word) - 300 :][:600]}")
        assert matrix.asked > len(ROUTES) * len(ROLES) * 3
        assert not matrix.wrong, f"{len(matrix.wrong)} of {matrix.asked}:\n" + "\n".join(sorted(matrix.wrong)[:60])
