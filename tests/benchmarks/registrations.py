"""Registrations of new patients, decided beforehand, and how fast they go into the store."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count, cycle
from typing import Any, TypeVar
from uuid import UUID

from uuid_utils.compat import uuid7

from benchmarks.histories import START, Patient, as_append
from command_api.append import Append
from command_api.decide.case import Case
from command_api.decide.patient.commands import RegisterPatient

Given = TypeVar("Given")
_numbers = count()


def registration(tenant_id: UUID) -> Append:
    """A new patient with a phone that nobody has: one event."""
    number = next(_numbers)
    patient = Patient(number, uuid7(), uuid7(), uuid7(), Case(), START)
    command = RegisterPatient(phone=f"+55279{number + 1:08d}", full_name="João da Conceição")
    return as_append(tenant_id, patient.patient_id, patient.take(command, patient.patient_id))


def registrations(tenants: list[UUID], most: int) -> Iterator[Append]:
    """So many, the tenants in turn; all are decided before the first is given."""
    whose = cycle(tenants)
    return iter([registration(next(whose)) for _ in range(most)])


async def rate(write: Callable[[Given], Awaitable[Any]], given: Iterator[Given], writers: int, seconds: float) -> float:
    """Commits per second of so many writers in this process, each writing again as soon as it was answered."""
    done = 0
    started = time.perf_counter()

    async def run() -> None:
        nonlocal done
        while time.perf_counter() - started < seconds:
            await write(next(given))
            done += 1

    await asyncio.gather(*(run() for _ in range(writers)))
    return done / (time.perf_counter() - started)
