"""A minute of load on the whole: what was answered and refused, how fast, and what it cost in processor time."""

import asyncio
from dataclasses import dataclass

import httpx
from rich.table import Table

from whole.stack import Stack, cpu_seconds
from whole.steady import Answers, Clinic, steadily

RATES = (25, 50)


@dataclass(frozen=True)
class Minute:
    """At ``rate`` registrations a second, each read back when its row is there. Processor: ms per registration."""

    rate: int
    answers: Answers
    processor: dict[str, float]


async def minute(stack: Stack, rate: int, seconds: float = 60) -> Minute:
    clinic = Clinic(stack)
    await clinic.open()
    await steadily([_there_and_back(clinic)], rate, min(5.0, seconds))
    processes = stack.processes()
    before = cpu_seconds(processes)
    answers = await steadily([_there_and_back(clinic)], rate, seconds)
    # What is still on its way belongs to the bill.
    await asyncio.sleep(1)
    after = cpu_seconds(processes)
    await clinic.client.aclose()
    spent = {name: (after[name] - before[name]) * 1000 / max(1, answers.sent) for name in after}
    return Minute(rate, answers, spent)


def _there_and_back(clinic: Clinic):  # type: ignore[no-untyped-def]
    async def request() -> httpx.Response:
        answer = await clinic.register()
        if answer.status_code != 201:
            return answer
        headers = {"Healz-Min-Position": answer.headers["Healz-Position"]}
        return await clinic.client.get(f"/v1/patients/{answer.json()['id']}", headers=headers)

    return request


def table(minutes: list[Minute]) -> Table:
    parts = sorted({part for minute in minutes for part in minute.processor})
    shown = Table("registered and read back, per s", "answered", "refused", "p50 ms", "p99 ms", "processor ms", *parts)
    for minute in minutes:
        answers = minute.answers
        shown.add_row(
            str(minute.rate),
            str(len(answers.milliseconds)),
            ", ".join(f"{n} × {why}" for why, n in answers.refused.items()) or "0",
            f"{answers.percentile(50):.0f}",
            f"{answers.percentile(99):.0f}",
            f"{sum(minute.processor.values()):.1f}",
            *(f"{minute.processor.get(part, 0):.1f}" for part in parts),
        )
    return shown
