"""Hostile input through every door: HTTP, the topic, the database. Nothing is a 5xx, and the whole goes on working."""

import asyncio
import json
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
from rich.table import Table
from uuid_utils.compat import uuid7

from past import PATH
from system import new_phone
from whole.misbehaving import HEADER, KINDS, MEGABYTE
from whole.neighbours import surroundings
from whole.stack import Stack
from whole.steady import Clinic

DEEP = "[" * 200 + "]" * 200
STRANGE = [
    "\x00",
    "\ud800",
    "'; DROP TABLE events; --",
    "%00",
    "A" * 100_000,
    "١٢٣",
    "\u202e",
    "💉" * 5_000,
    "../../etc/passwd",
]
NUMBERS = ["1e400", "-1e400", "NaN", "Infinity", "9" * 5_000, "-0", "1e-400"]


Knock = Coroutine[Any, Any, httpx.Response]
MANY = 100_000
FILES = [
    *(b"", b"\n", b"x", b"\xff\xfe", b"\xef\xbb\xbf", b"," * MEGABYTE, b"\n" * MEGABYTE, HEADER, HEADER * 2),
    *(
        HEADER + b'"' * MANY,
        HEADER + b"," * MANY,
        HEADER + b"\r" * MANY,
        HEADER + b"x\n" * 1_000,
        HEADER + b"\0" * MANY,
    ),
]


@dataclass(frozen=True)
class Tried:
    """One door: what was answered how often, and whether a registration was readable within 10 s afterwards."""

    door: str
    answers: dict[str, int]
    goes_on: bool

    @property
    def held(self) -> bool:
        return self.goes_on and not any(answer.startswith("5") or "Timeout" in answer for answer in self.answers)


async def try_all(stack: Stack) -> list[Tried]:
    clinic = Clinic(stack)
    await clinic.open()
    tried = []
    async with stack.client(uuid7()) as client, stack.client(uuid7(), "import") as importing:
        document = (await client.get("/schema/openapi.json")).json()
        doors: dict[str, Iterator[Knock]] = {
            "bodies of commands": bodies(client, document),
            "parameters and headers": parameters(client),
            "addresses": addresses(client),
            "files": files(importing),
        }
        for door, knocks in doors.items():
            tried.append(Tried(door, await knock(knocks), await goes_on(clinic)))
    for kind in (kind for kind in KINDS if kind.startswith("a record")):
        await put_record(stack, clinic, kind)
        tried.append(Tried(f"the topic: {kind}", {}, await goes_on(clinic)))
    tried.append(Tried("the database, as an analyst", await analyst(stack), await goes_on(clinic)))
    await clinic.client.aclose()
    return tried


async def knock(knocks: Iterator[Knock]) -> dict[str, int]:
    """How often each status was answered, or what came instead of an answer."""
    answers: dict[str, int] = {}
    for waiting in knocks:
        try:
            answer = str((await waiting).status_code)
        except (httpx.InvalidURL, UnicodeEncodeError):
            continue  # this client can't even send it
        except httpx.HTTPError as error:
            answer = type(error).__name__
        answers[answer] = answers.get(answer, 0) + 1
    return answers


def bodies(client: httpx.AsyncClient, document: dict[str, Any]) -> Iterator[Knock]:
    """Each command's route of the document, with JSON that is strange in shape, size or number."""
    routes = [
        (method, path.format_map(_Any()))
        for path, methods in document["paths"].items()
        for method in methods
        if path.startswith("/v1") and method in ("post", "put", "patch") and "imports" not in path
    ]
    for method, path in routes:
        for body in (
            b"",
            b"null",
            b"[]",
            b'"x"',
            b"{",
            b"\xff\xfe",
            DEEP.encode(),
            b'{"a":' * 5_000,
            b"{}" + b" " * 60_000,
        ):
            yield _send(client, method, path, body)
    registration = {"phone": new_phone(), "full_name": "João"}
    for field in ("phone", "full_name", "email", "cpf", "birth_date", "guardian_phone", "unknown"):
        for value in [json.dumps(text) for text in STRANGE] + NUMBERS + [DEEP, "true", "{}", "null"]:
            raw = json.dumps(registration)[:-1] + f', "{field}": {value}}}'
            yield _send(client, "post", "/v1/patients", raw.encode("utf-8", "surrogatepass"))


def parameters(client: httpx.AsyncClient) -> Iterator[Knock]:
    for name in ("name", "phone", "after", "limit", "silent_since", "stage", "unknown"):
        for value in (*STRANGE[:4], *NUMBERS, "x" * 5_000, "W10=", "null"):
            yield client.get("/v1/patients", params={name: value})
    for name in (
        "Healz-Min-Position",
        "If-Match",
        "Idempotency-Key",
        "X-Correlation-Id",
        "traceparent",
        "Authorization",
    ):
        for value in ("", "x" * 5_000, "-1", "9" * 30, '"1', "*", "W/", "\xe9", "00-0-0-0"):
            yield client.get("/v1/patients", headers={name.encode(): value.encode("latin-1")})


def addresses(client: httpx.AsyncClient) -> Iterator[Knock]:
    for path in (
        "/v1/patients/%00",
        "/v1/patients/" + "x" * 5_000,
        "//",
        "/v1/../v1",
        "/schema-ui/%2e%2e/x",
        "/v1/journeys/at-risk/x",
    ):
        for method in ("get", "post", "put", "delete", "options", "head", "patch"):
            yield client.request(method, path)


def files(client: httpx.AsyncClient) -> Iterator[Knock]:
    for body in FILES:
        headers = {"Idempotency-Key": str(uuid7()), "Content-Type": "text/csv"}
        yield client.post(PATH, content=body, headers=headers)


async def put_record(stack: Stack, clinic: Clinic, kind: str) -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(KINDS[kind](surroundings(stack, clinic), begun.set))
    await asyncio.wait_for(begun.wait(), 60)
    await asyncio.sleep(1)  # so long it misbehaves
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def analyst(stack: Stack) -> dict[str, int]:
    """A login with free SQL tries to take what services need, and to fill what is everybody's."""
    admin = await asyncpg.connect(stack.database_url("healz_admin"))
    answers: dict[str, int] = {}
    login = f"analyst_{uuid7().hex[-8:]}"
    await admin.execute("CALL ops.make_analyst($1, $2)", login, uuid7())
    connection = await asyncpg.connect(stack.database_url(login))
    for statement in (
        "SELECT pg_advisory_lock(hashtextextended('healz.relay', 0))",
        "DO $$ BEGIN LOCK TABLE event_store.events; END $$",
        "SELECT * FROM event_store.events",
        "SELECT * FROM patient.patient_view",
        "CREATE TEMPORARY TABLE t (x int)",
        "SELECT lo_create(0)",
        "SELECT pg_logical_emit_message(true, 'x', repeat('x', 1000000))",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'healz_relay'",
    ):
        try:
            await connection.execute(statement)
            answers["taken"] = answers.get("taken", 0) + 1
        except asyncpg.PostgresError as error:
            answers[type(error).__name__] = answers.get(type(error).__name__, 0) + 1
    await connection.close()
    await admin.execute(f'DROP OWNED BY "{login}"')
    await admin.execute(f'DROP ROLE "{login}"')
    await admin.close()
    return answers


async def goes_on(clinic: Clinic) -> bool:
    """Whether the other tenant's next registration can be read back, within 10 s."""
    async with asyncio.timeout(30):
        for _ in range(4):
            with suppress(httpx.HTTPError):
                if (await clinic.register()).status_code == 201 and (await clinic.read_back()).status_code == 200:
                    return True
            await asyncio.sleep(0.5)  # the pace of asking
    return False


def table(tried: list[Tried]) -> Table:
    shown = Table("door", "answers", "held")
    for attempt in tried:
        answers = ", ".join(f"{n} × {answer}" for answer, n in sorted(attempt.answers.items()))
        shown.add_row(attempt.door, answers, "yes" if attempt.held else "[red]NO[/]")
    return shown


class _Any(dict[str, str]):
    """An id for each part of a path."""

    def __missing__(self, _: str) -> str:
        return str(uuid7())


def _send(client: httpx.AsyncClient, method: str, path: str, body: bytes) -> Knock:
    return client.request(method, path, content=body, headers={"Content-Type": "application/json"})
