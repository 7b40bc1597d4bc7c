"""Who goes together in one commit, and who hears what of it."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from benchmarks.histories import as_append
from command_api.append import Append, Guarded
from command_api.group_commit import Committed, GroupCommit

TENANT, OTHER = uuid4(), uuid4()
FREES: dict[str, list[dict[str, Any]]] = {"freed_slots": [{}]}


class Store:
    """Records what it is given, group by group, once it is let; refuses any group in which one of ``refused`` is."""

    def __init__(self) -> None:
        self.calls: list[list[UUID]] = []
        self.refused: dict[UUID, Exception] = {}
        self.let = asyncio.Semaphore(0)

    async def record(self, group: Sequence[Guarded]) -> list[Committed]:
        patients = [guarded.append.patient_id for guarded in group]
        self.calls.append(patients)
        await self.let.acquire()
        for patient_id in patients:
            if patient_id in self.refused:
                raise self.refused[patient_id]
        return [Committed(100 * len(self.calls) + n, None) for n in range(len(group))]


def of(patient_id: UUID, *, tenant_id: UUID = TENANT, frees: bool = False, key: str | None = None) -> Guarded:
    append: Append = as_append(tenant_id, patient_id, [])
    vars(append)["idempotency_key"] = key
    return Guarded(append, FREES if frees else {})


async def begun(groups: GroupCommit, *all_of: Guarded) -> list[asyncio.Task[Committed]]:
    """Each as a task of its own, in this order; all are waiting."""
    tasks = [asyncio.create_task(groups.append(one)) for one in all_of]
    await asyncio.sleep(0)
    return tasks


async def outcomes(store: Store, tasks: list[asyncio.Task[Committed]]) -> list[Any]:
    for _ in range(100):
        store.let.release()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    return [one.position if isinstance(one, Committed) else one for one in told]


async def test_while_one_is_under_way_the_others_wait_and_go_together() -> None:
    store, (a, b, c, d) = Store(), (uuid4() for _ in range(4))
    tasks = await begun(GroupCommit(store.record, 32), of(a), of(b), of(c), of(d))
    assert store.calls == [[a]]
    assert await outcomes(store, tasks) == [100, 200, 201, 202]
    assert store.calls == [[a], [b, c, d]]


async def test_another_tenant_does_not_wait() -> None:
    store, a, b = Store(), uuid4(), uuid4()
    tasks = await begun(GroupCommit(store.record, 32), of(a), of(b, tenant_id=OTHER))
    assert store.calls == [[a], [b]]
    await outcomes(store, tasks)


@pytest.mark.parametrize(
    ("waiting", "groups"),
    [
        ([{}, {}, {}, {}], [3, 1]),
        ([{}, {"same": True}, {"same": True}], [2, 1]),
        ([{"key": "k"}, {"key": "k"}, {"key": "l"}], [1, 2]),
        ([{}, {"frees": True}, {}], [1, 1, 1]),
        ([{"frees": True}, {}, {}], [1, 2]),
    ],
    ids=["no more than the most", "nobody twice", "no key twice", "what frees goes alone", "also first"],
)
async def test_who_does_not_go_together(waiting: list[dict[str, Any]], groups: list[int]) -> None:
    store, one = Store(), uuid4()
    asked = [of(one if each.pop("same", False) else uuid4(), **each) for each in map(dict, waiting)]
    tasks = await begun(GroupCommit(store.record, 3), of(uuid4()), *asked)
    assert not [told for told in await outcomes(store, tasks) if isinstance(told, Exception)]
    assert [len(call) for call in store.calls] == [1, *groups]
    assert [patient for call in store.calls[1:] for patient in call] == [each.append.patient_id for each in asked]


async def test_who_is_refused_is_refused_alone() -> None:
    store, (a, b, c, d) = Store(), (uuid4() for _ in range(4))
    refusal = asyncpg.SerializationError("other facts came first")
    store.refused[c] = refusal
    told = await outcomes(store, await begun(GroupCommit(store.record, 32), of(a), of(b), of(c), of(d)))
    assert told[2] is refusal
    assert store.calls == [[a], [b, c, d], [b], [c], [d]]
    assert [type(one) for one in told] == [int, int, asyncpg.SerializationError, int]


@pytest.mark.parametrize(
    "error", [ConnectionResetError(), asyncpg.ConnectionDoesNotExistError(), asyncpg.QueryCanceledError()]
)
async def test_a_group_of_unknown_outcome_is_not_sent_again(error: Exception) -> None:
    store, (a, b, c) = Store(), (uuid4() for _ in range(3))
    store.refused[b] = error
    told = await outcomes(store, await begun(GroupCommit(store.record, 32), of(a), of(b), of(c)))
    assert told == [100, error, error]
    assert store.calls == [[a], [b, c]]


@pytest.mark.parametrize(("first", "calls"), [(True, 1), (False, 2)], ids=["alone", "in a group"])
async def test_nobody_else_waits_for_a_database_that_is_away(first: bool, calls: int) -> None:
    store, (a, b, c) = Store(), (uuid4() for _ in range(3))
    store.refused[a if first else b] = error = asyncpg.LockNotAvailableError()
    told = await outcomes(store, await begun(GroupCommit(store.record, 1), of(a), of(b), of(c)))
    assert told == [error if first else 100, error, error]
    assert len(store.calls) == calls


async def test_who_has_gone_away_before_is_not_recorded_and_keeps_nobody_waiting() -> None:
    store, (a, b, c) = Store(), (uuid4() for _ in range(3))
    groups = GroupCommit(store.record, 32)
    tasks = await begun(groups, of(a), of(b), of(c))
    for task in tasks[:2]:
        task.cancel()  # the one that is under way, too
    assert await outcomes(store, tasks[2:]) == [200]
    assert store.calls == [[a], [c]]
    # The line is gone: the next one goes at once.
    assert await groups.append(of(a)) == Committed(300, None)
