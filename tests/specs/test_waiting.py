"""Waiting for a position: one look tells all, whoever's position has come goes on, and nobody waits for longer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest

from command_api.http.problems import Problem
from command_api.http.queries.waiting import Positions
from command_api.settings import ApiSettings
from healz.read_models import READ_MODELS

ONE, OTHER = UUID(int=1), UUID(int=2)
READY_SECONDS = 20


class ReadModels:
    """A pool whose tenants' read models are where the test says. ``looks`` counts statements by tenant."""

    def __init__(self) -> None:
        self.at = {tenant: dict.fromkeys(READ_MODELS, 5) | {"log": 50} for tenant in (ONE, OTHER)}
        self.looks = {ONE: 0, OTHER: 0}
        self.asked: set[str] = set()
        self.error: Exception | None = None
        self.stands = False

    async def fetch(self, _: str, tenant_id: UUID, sources: list[str]) -> list[dict[str, Any]]:
        self.looks[tenant_id] += 1
        self.asked |= set(sources)
        while self.stands:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return [{"source": source, "position": self.at[tenant_id][source]} for source in sources]


def settings(**limits: Any) -> ApiSettings:
    known: dict[str, Any] = {
        "database_url": "postgresql://nobody",
        "reader_database_url": "postgresql://nobody",
        "kafka_bootstrap_servers": "nowhere",
        "healz_jwt_development_secret": "a-secret-for-tests-of-thirty-two-bytes",
        "healz_identity_key": "an-identity-key-for-tests",
        "healz_min_position_wait_seconds": READY_SECONDS,
        "healz_min_position_ahead_max": 1000,
    }
    return ApiSettings(**(known | limits))


@pytest.fixture
def models() -> ReadModels:
    return ReadModels()


@pytest.fixture
async def of(models: ReadModels) -> AsyncIterator[Callable[..., Positions]]:
    made: list[Positions] = []

    def positions(**limits: Any) -> Positions:
        made.append(Positions(models, settings(**limits)))
        return made[-1]

    yield positions
    for opened in made:
        await opened.close()


async def stays() -> None:
    await asyncio.Event().wait()


async def test_who_asks_for_what_is_there_goes_on_after_one_look(models: ReadModels, of: Any) -> None:
    await of().reached(ONE, ["patient", "journey"], 5, stays)
    assert (models.looks, models.asked) == ({ONE: 1, OTHER: 0}, {"patient", "journey", "log"})


async def test_each_goes_on_when_its_own_position_has_come(models: ReadModels, of: Any) -> None:
    positions = of()
    waits = {
        (source, wanted): asyncio.create_task(positions.reached(ONE, [source], wanted, stays))
        for source in ("patient", "journey")
        for wanted in (6, 7, 9)
    }
    both = asyncio.create_task(positions.reached(ONE, ["patient", "journey"], 7, stays))
    elsewhere = asyncio.create_task(positions.reached(OTHER, ["patient"], 6, stays))
    await asyncio.sleep(0.05)  # they wait
    models.at[ONE]["patient"] = 7
    await asyncio.wait([waits["patient", 6], waits["patient", 7]], timeout=READY_SECONDS)
    await asyncio.sleep(0.1)  # time to wake who should sleep
    assert {key for key, wait in waits.items() if wait.done()} == {("patient", 6), ("patient", 7)}
    assert not both.done()
    assert not elsewhere.done()
    models.at[ONE] |= {"patient": 9, "journey": 9}
    await asyncio.gather(both, *waits.values())
    models.at[OTHER]["patient"] = 6
    await elsewhere


async def test_a_thousand_that_wait_cost_no_more_looks_than_one(models: ReadModels, of: Any) -> None:
    positions = of(healz_min_position_waiting_per_tenant_max=1000)
    waits = [asyncio.create_task(positions.reached(ONE, ["patient"], 6 + n % 3, stays)) for n in range(1000)]
    await asyncio.sleep(0.3)  # they wait
    models.at[ONE]["patient"] = 8
    await asyncio.gather(*waits)
    assert models.looks[ONE] < 100


async def test_more_of_one_tenant_are_refused_at_once_and_another_tenants_are_not(models: ReadModels, of: Any) -> None:
    positions = of(healz_min_position_waiting_per_tenant_max=3)
    waits = [asyncio.create_task(positions.reached(ONE, ["log"], 51, stays)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Problem, match="3 requests") as refused:
        await positions.reached(ONE, ["log"], 51, stays)
    assert (refused.value.status, "Retry-After" in refused.value.headers) == (503, True)
    await positions.reached(OTHER, ["log"], 50, stays)
    models.at[ONE]["log"] = 51
    await asyncio.gather(*waits)
    await positions.reached(ONE, ["log"], 51, stays)


async def test_what_lies_far_ahead_of_the_log_is_refused_after_one_look(models: ReadModels, of: Any) -> None:
    with pytest.raises(Problem, match="far ahead of the log, at 50") as refused:
        await of().reached(ONE, ["patient"], 50 + 1001, stays)
    assert (refused.value.status, models.looks[ONE]) == (503, 1)


async def test_a_wait_ends_at_its_limit_though_the_look_never_answers(models: ReadModels, of: Any) -> None:
    models.stands = True
    with pytest.raises(Problem, match="not there yet"):
        async with asyncio.timeout(READY_SECONDS):
            await of(healz_min_position_wait_seconds=0.1).reached(ONE, ["patient"], 6, stays)


async def test_a_client_that_goes_away_makes_room(models: ReadModels, of: Any) -> None:
    positions = of(healz_min_position_waiting_per_tenant_max=1)
    leaves = asyncio.Event()
    gone = asyncio.create_task(positions.reached(ONE, ["patient"], 6, leaves.wait))
    await asyncio.sleep(0.05)  # it waits
    leaves.set()
    with pytest.raises(Problem):
        await gone
    waits = asyncio.create_task(positions.reached(ONE, ["patient"], 6, stays))
    await asyncio.sleep(0.05)  # it waits
    assert not waits.done()
    models.at[ONE]["patient"] = 6
    await waits
    looked = models.looks[ONE]
    await asyncio.sleep(0.2)  # time in which somebody could look
    assert models.looks[ONE] <= looked + 1, "nobody looks when nobody waits"


async def test_a_look_that_fails_is_told_to_all_who_wait(models: ReadModels, of: Any) -> None:
    positions = of()
    models.error = OSError("away")
    heard = await asyncio.gather(
        *(positions.reached(ONE, ["patient"], 6, stays) for _ in range(5)), return_exceptions=True
    )
    assert heard == [models.error] * 5
    models.error = None
    await positions.reached(ONE, ["patient"], 5, stays)
