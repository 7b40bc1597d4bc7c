"""A patient with a long history, and many who ask about it: everybody is answered, and nobody else pays for it."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import asyncpg
import httpx
import pytest
from uuid_utils.compat import uuid7

from always_true import log_holds
from command_api.assembly import create_handler
from command_api.decide.conversation.message_commands import RecordMessage
from command_api.event_store import APPEND, EventStore
from command_api.scope import Asked
from command_api.settings import CommandSettings
from healz.postgres import create_pool
from long_history import HELLO, Talker, new_talker
from system import System, eventually

LONG = 600
WAITING_MAX = 4
PAGE_BYTES_MAX = 100_000


@pytest.fixture
async def narrow(system: System) -> System:
    """The API alone, with bounds that a test soon meets."""
    system.settings |= {
        "HEALZ_LONG_FOLDS_WAITING_PER_TENANT_MAX": str(WAITING_MAX),
        "HEALZ_TURN_WAIT_SECONDS_MAX": "25",
        "HEALZ_FOLD_SECONDS_MAX": "25",
        "HEALZ_PAGE_BYTES_MAX": str(PAGE_BYTES_MAX),
        "HEALZ_MIN_POSITION_WAIT_SECONDS": "25",
        "HEALZ_MIN_POSITION_WAITING_PER_TENANT_MAX": "2",
    }
    system.start("command-api")
    await system.ready()
    return system


class Counting:
    """A pool that counts the events which loads read, and the appends."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.events = self.appends = 0

    async def fetch(self, statement: str, *arguments: Any) -> list[Any]:
        rows: list[Any] = await self._pool.fetch(statement, *arguments)
        self.appends += statement == APPEND
        self.events += sum(len(row["envelopes"]) for row in rows if "envelopes" in row)
        return rows


async def test_many_commands_for_a_patient_with_a_long_history_read_it_once_and_never_conflict(api: System) -> None:
    async with api.client() as client:
        talker = await new_talker(client, api.tenant_id)
    await talker.go_on(api.database, LONG)
    settings = api.settings_of(CommandSettings, "command-api")
    async with await create_pool(settings, "many commands") as pool:
        counting = Counting(pool)
        key = settings.healz_identity_key.get_secret_value().encode()
        store = EventStore(cast(asyncpg.Pool, counting), key, timedelta(days=1))  # it fetches, and nothing else
        handler = replace(create_handler(settings, pool), store=store)

        async def say(_: int) -> dict[str, Any]:
            asked = Asked(api.tenant_id, "bot", None, None, command_id=uuid7(), correlation_id=uuid7())
            message = RecordMessage(direction="inbound", content="oi")
            return await handler.handle(message, talker.conversation_id, asked)

        answers = await asyncio.gather(*map(say, range(40)))
    assert len({answer["version"] for answer in answers}) == 40
    assert counting.appends == 40
    # Once, and then by each what the one before left behind; not forty times.
    assert counting.events < LONG + 40 * 4, counting.events
    await log_holds(api.database)


async def test_a_tenants_questions_about_long_histories_wait_for_each_other_and_too_many_are_refused(
    narrow: System,
) -> None:
    async with narrow.client() as client, narrow.client(tenant_id=(other := uuid7())) as neighbour:
        talkers = [await new_talker(client, narrow.tenant_id) for _ in range(12)]
        short = await new_talker(client, narrow.tenant_id)
        theirs = await new_talker(neighbour, other)
        for talker in [*talkers, theirs]:
            await talker.go_on(narrow.database, LONG)
        asked = asyncio.gather(*(_as_of(client, talker) for talker in talkers))
        # Neither a short history nor another tenant stands in that line.
        for answer in (await _as_of(neighbour, theirs), await _as_of(client, short)):
            assert answer.status_code == 200, answer.text
        answers = await asked
        told = Counter(answer.status_code for answer in answers)
        assert told.keys() == {200, 503}, told
        assert told[200] >= WAITING_MAX
        for answer in answers:
            if answer.status_code == 503:
                assert "long histories" in answer.json()["detail"]
                assert int(answer.headers["Retry-After"]) > 0
            else:
                assert answer.json()["interaction_count"] == LONG + 2  # the first contact, and each message
        assert (await client.post(talkers[0].messages, json=HELLO)).status_code == 200
        assert (await _as_of(client, talkers[0])).json()["interaction_count"] == LONG + 3


async def _as_of(client: httpx.AsyncClient, talker: Talker) -> httpx.Response:
    return await client.get(f"/v1/patients/{talker.patient_id}/as-of", params={"at": "2100-01-01"})


async def test_pages_of_large_events_end_early_and_lead_to_all_of_them(narrow: System) -> None:
    async with narrow.client() as client:
        talker = await new_talker(client, narrow.tenant_id)
        await talker.go_on(narrow.database, 150)
        log = await narrow.database.log(narrow.tenant_id)
        correlation_id = log[-1].correlation_id
        for path, query, expected in (
            (f"/v1/patients/{talker.patient_id}/history", {}, log),
            (
                "/v1/events",
                {"correlation_id": str(correlation_id)},
                [e for e in log if e.correlation_id == correlation_id],
            ),
        ):
            positions: list[int] = []
            after: int | None = 0
            while after is not None:
                answer = await client.get(path, params=query | {"after": str(after), "limit": "200"})
                assert len(answer.content) < PAGE_BYTES_MAX + 20_000
                page: dict[str, Any] = answer.json()
                positions += [event["position"] for event in page["items"]]
                after = page["next"]
            assert positions == [event.position for event in expected]
            assert len(positions) > 150


async def test_who_waits_for_a_position_takes_a_place_until_it_comes_or_they_leave(narrow: System) -> None:
    async with narrow.client() as client:
        talker = await new_talker(client, narrow.tenant_id)
        position = int((await client.post(talker.messages, json=HELLO)).headers["Healz-Position"])

        def wait(wanted: int) -> asyncio.Task[httpx.Response]:
            path, headers = f"/v1/patients/{talker.patient_id}/history", {"Healz-Min-Position": str(wanted)}
            return asyncio.create_task(client.get(path, params={"limit": "1"}, headers=headers))

        far = await wait(position + 10_001)
        assert (far.status_code, far.headers["Retry-After"]) == (503, "2")
        assert "far ahead" in far.json()["detail"]

        waits: list[asyncio.Task[httpx.Response]] = []

        async def all_but_two_are_refused() -> bool:
            """Whichever of them have come first."""
            if not any(waiter.done() for waiter in waits):
                waits.append(wait(position + 1))
            await asyncio.wait(waits[-1:], timeout=0.3)
            return len(waits) - sum(waiter.done() for waiter in waits) == 2 < len(waits)

        await eventually(all_but_two_are_refused)
        for refused in [waiter.result() for waiter in waits if waiter.done()]:
            assert refused.status_code == 503
            assert "2 requests" in refused.json()["detail"]

        for waiter in waits:
            waiter.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        waiting: list[asyncio.Task[httpx.Response]] = []

        async def has_a_place() -> bool:
            waiting.append(wait(position + 1))
            await asyncio.wait(waiting[-1:], timeout=0.5)
            return not waiting[-1].done()

        await eventually(has_a_place)
        (await client.post(talker.messages, json=HELLO)).raise_for_status()
        assert (await waiting[-1]).status_code == 200
