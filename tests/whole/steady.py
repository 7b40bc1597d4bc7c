"""A steady stream of requests, each at its time whether or not the ones before were answered (an open loop)."""

import asyncio
import itertools
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx
from uuid_utils.compat import uuid7

from system import eventually, new_phone
from whole.stack import Stack

Request = Callable[[], Awaitable[httpx.Response]]


@dataclass
class Answers:
    """Milliseconds from when each request was due to its answer; and what was refused, by status or error."""

    milliseconds: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        return len(self.milliseconds) + self.refusals

    @property
    def refusals(self) -> int:
        return sum(self.refused.values())

    def percentile(self, percent: float) -> float:
        """Of what was answered; infinite when nothing was."""
        ordered = sorted(self.milliseconds)
        return ordered[math.ceil(len(ordered) * percent / 100) - 1] if ordered else math.inf

    def refuse(self, why: str) -> None:
        self.refused[why] = self.refused.get(why, 0) + 1


async def steadily(requests: Sequence[Request], rate: float, seconds: float) -> Answers:
    """``rate`` requests a second, the kinds in turn."""
    answers = Answers()

    async def once(request: Request, due: float) -> None:
        try:
            answer = await request()
        except httpx.HTTPError as error:
            answers.refuse(type(error).__name__)
            return
        if answer.status_code >= 400:
            answers.refuse(str(answer.status_code))
        else:
            answers.milliseconds.append((time.perf_counter() - due) * 1000)

    started = time.perf_counter()
    kinds = itertools.cycle(requests)
    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds)):
            due = started + number / rate
            # Until the next request is due.
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(once(next(kinds), due))
    return answers


class Clinic:
    """A tenant that works: it registers patients, reads each back once the read model has it, and looks at lists."""

    def __init__(self, stack: Stack) -> None:
        self.tenant_id = uuid7()
        self.clinic_id = uuid7()
        self.client = stack.client(self.tenant_id)
        self._last: tuple[str, str] | None = None

    async def open(self) -> None:
        """Its clinic, and a first patient."""
        (await self.client.put(f"/v1/clinics/{self.clinic_id}", json={"name": "Clínica Vizinha"})).raise_for_status()
        await self.there_and_back()

    async def there_and_back(self) -> None:
        """A command, and its row once it is there: a projector that has just started may take longer than a request
        waits for it, and whoever hears so asks again."""
        (await self.register()).raise_for_status()

        async def is_there() -> bool:
            answer = await self.read_back()
            return (answer if answer.status_code == 503 else answer.raise_for_status()).status_code == 200

        await eventually(is_there)

    async def register(self) -> httpx.Response:
        answer = await self.client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Maria da Penha"})
        if answer.status_code == 201:
            self._last = (answer.json()["id"], answer.headers["Healz-Position"])
        return answer

    async def read_back(self) -> httpx.Response:
        assert self._last is not None
        patient_id, position = self._last
        return await self.client.get(f"/v1/patients/{patient_id}", headers={"Healz-Min-Position": position})

    async def look(self) -> httpx.Response:
        return await self.client.get("/v1/patients", params={"limit": 10})

    @property
    def day(self) -> list[Request]:
        """What it does, in turn."""
        return [self.register, self.read_back, self.look]
