"""A load client: HTTP/1.1 over connections that stay open, in a process of its own, much lighter than what it measures.

``python -m benchmarks.load`` reads a Plan as JSON from standard input and writes Seen as JSON.
"""

import asyncio
import json
import os
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.readable import Readable

POST = (
    "POST {path} HTTP/1.1\r\nHost: b\r\n{more}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
)
GET = "GET {path} HTTP/1.1\r\nHost: b\r\n{more}\r\n"
BEARER = "Authorization: Bearer {}\r\n"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is asked of the port. ``tokens``: one a tenant, in turn; empty: of a server that asks for none.

    ``rate``: so many a second, each at its time whether or not the ones before were answered (an open loop); None: each
    connection asks again as soon as it was answered (a closed loop). ``paths``: to GET, in turn; empty: patients are
    registered. ``read_back``: each is read once its row is there. ``rows``: addresses to look when a row is readable in
    all three read models: the database's, and the tenants'. ``body``: is POSTed to the paths instead.
    ``requests``: each connection of a closed loop ends after so many, if not earlier.
    """

    port: int
    seconds: float = 60.0
    tokens: list[str] = field(default_factory=list)
    connections: int = 16
    requests: int | None = None
    rate: float | None = None
    paths: list[str] = field(default_factory=list)
    body: str | None = None
    read_back: bool = False
    rows: dict[str, Any] = field(default_factory=dict)
    first: int = field(default_factory=count(0, 200_000).__next__)
    """Phones begin there: nobody's twice."""


@dataclass
class Seen:
    """Milliseconds: until answered and until readable, from when each was due; until refused. ``seconds`` in all."""

    answered: list[float] = field(default_factory=list)
    readable: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    refused_ms: list[float] = field(default_factory=list)
    without_retry_after: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.answered) / self.seconds


async def load(plan: Plan) -> Seen:
    """Runs the plan in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.load"),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate(json.dumps(asdict(plan)).encode())
    assert process.returncode == 0
    return Seen(**json.loads(said))


@dataclass(frozen=True)
class Answer:
    status: int
    head: str
    body: bytes

    def header(self, name: str) -> str | None:
        """The value; names are written in small letters."""
        begin = self.head.find(f"\r\n{name}: ")
        return None if begin < 0 else self.head[begin + len(name) + 4 :].partition("\r\n")[0]


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._got = b""
        self._waiting: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def ask(self, request: bytes) -> asyncio.Future[Answer]:
        self._waiting = asyncio.get_running_loop().create_future()
        if self._transport.is_closing():
            self.connection_lost(None)
        else:
            self._transport.write(request)
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._got += data
        begin = self._got.find(b"\r\n\r\n") + 4
        if begin < 4 or self._waiting is None:
            return
        answer = Answer(int(self._got[9:12]), self._got[: begin - 2].decode("latin-1").lower(), self._got[begin:])
        if len(answer.body) >= int(answer.header("content-length") or 0):
            self._got = b""
            self._waiting.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionResetError())


class Client:
    """At most so many connections; a request waits for a free one."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._room = asyncio.Semaphore(plan.connections)
        self._free: deque[Connection] = deque()
        self._bearers = [BEARER.format(token) for token in plan.tokens] or [""]
        self._readable = Readable(**plan.rows) if plan.rows else None
        self._numbers = count(plan.first)
        self.seen = Seen()

    async def run(self) -> Seen:
        started = time.perf_counter()
        if self._readable is not None:
            await self._readable.open()
        async with asyncio.TaskGroup() as tasks:
            if self._plan.rate is None:
                for _ in range(self._plan.connections):
                    tasks.create_task(self._again_and_again(started + self._plan.seconds))
            else:
                for number in range(int(self._plan.rate * self._plan.seconds)):
                    due = started + number / self._plan.rate
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))  # until it is due
                    tasks.create_task(self._once(due))
        self.seen.seconds = time.perf_counter() - started
        if self._readable is not None:
            self.seen.readable = await self._readable.close()
        return self.seen

    async def _again_and_again(self, until: float) -> None:
        left = self._plan.requests or sys.maxsize
        while left and (now := time.perf_counter()) < until:
            await self._once(now)
            left -= 1

    async def _once(self, due: float) -> None:
        number = next(self._numbers)
        tenant = number % len(self._bearers)
        answer = await self._ask(self._request(number, self._bearers[tenant]))
        taken_ms = (time.perf_counter() - due) * 1000
        if answer is None or answer.status >= 400:
            status = "no answer" if answer is None else str(answer.status)
            self.seen.refused[status] = self.seen.refused.get(status, 0) + 1
            self.seen.refused_ms.append(taken_ms)
            self.seen.without_retry_after += answer is None or answer.header("retry-after") is None
            return
        self.seen.answered.append(taken_ms)
        position = answer.header("healz-position")
        if self._readable is not None and position is not None:
            self._readable.wait(tenant, int(position), due)
        if self._plan.read_back and position is not None:
            more = self._bearers[tenant] + f"Healz-Min-Position: {position}\r\n"
            path = f"/v1/patients/{json.loads(answer.body)['id']}"
            back = await self._ask(GET.format(path=path, more=more).encode())
            if back is not None and back.status == 200:
                self.seen.readable.append((time.perf_counter() - due) * 1000)

    def _request(self, number: int, bearer: str) -> bytes:
        paths, body = self._plan.paths or ["/v1/patients"], self._plan.body
        path = paths[number % len(paths)]
        if self._plan.paths and body is None:
            return GET.format(path=path, more=bearer).encode()
        body = body or f'{{"phone":"+55219{number + 1:08d}","full_name":"Maria da Penha"}}'
        return POST.format(path=path, more=bearer, length=len(body), body=body).encode()

    async def _ask(self, request: bytes) -> Answer | None:
        async with self._room:
            try:
                if self._free:
                    connection = self._free.popleft()
                else:
                    loop = asyncio.get_running_loop()
                    _, connection = await loop.create_connection(Connection, "127.0.0.1", self._plan.port)
                answer = await connection.ask(request)
            except OSError:
                return None
            if answer.header("connection") != "close":
                self._free.append(connection)
            return answer


async def _main() -> None:
    seen = await Client(Plan(**json.load(sys.stdin))).run()
    json.dump(asdict(seen), sys.stdout)


if __name__ == "__main__":
    uvloop.run(_main())
