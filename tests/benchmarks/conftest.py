"""How a benchmark tells what it measured, and what it measures on: all as `make up` has it."""

import gc
import json
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Iterator

import asyncpg
import pytest
import uvloop
from rich.console import Console

from benchmarks.figures import Figure, as_json, table
from benchmarks.histories import open_pool
from benchmarks.report import FOLDER
from healz.memory import settle
from system import Database, System
from whole.stack import Stack, fresh_stack

HOUR = 3600.0
Tell = Callable[..., None]
"""``tell(what, unit, ours, bound, …)``: the fields of a Figure."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], AbstractEventLoop]]:
    """The event loop of the services."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A full benchmark takes minutes; one that hangs ends all the same. Those on a whole stack come last: it works a
    little even while nobody asks it."""
    items.sort(key=_on_a_whole_stack)
    for item in items:
        if item.get_closest_marker("benchmark"):
            item.add_marker(pytest.mark.timeout(HOUR))


def _on_a_whole_stack(item: pytest.Item) -> bool:
    return item.get_closest_marker("benchmark") is not None and "stack" in getattr(item, "fixturenames", ())


@pytest.fixture(autouse=True)
def settled() -> Iterator[None]:
    """What is measured in this process is measured as in a service."""
    thresholds = gc.get_threshold()
    settle()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.fixture
def tell(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Tell]:
    """Rows of one table; at the end each is held to its bound."""
    figures: list[Figure] = []

    def row(*positional: object, **named: object) -> None:
        figures.append(Figure(*positional, **named))  # type: ignore[arg-type]

    yield row
    if not figures:
        return
    with capsys.disabled():
        Console(width=220).print("\n", table(figures))
    subject = (request.node.function.__doc__ or request.node.name).strip().splitlines()[0]
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = {"subject": subject, "figures": [as_json(figure) for figure in figures]}
    (FOLDER / f"{request.node.path.stem}.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1))
    collapsed = [figure.what for figure in figures if not figure.held]
    assert not collapsed, f"worse than the bound: {collapsed}"


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    """The API's own pool: as many connections as its settings say."""
    async with await open_pool(database.url("healz_command")) as pool:
        yield pool


@pytest.fixture
def system(system: System) -> System:
    """Its processes with no settings but those of `make up`."""
    system.settings["HEALZ_RECONCILE_INTERVAL_MS"] = None
    return system


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Everything, as `make up` starts it."""
    with fresh_stack() as stack:
        yield stack


@pytest.fixture
async def stack_admin(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    """The superuser's eyes on it."""
    connection = await asyncpg.connect(stack.database_url("healz_admin"))
    try:
        yield connection
    finally:
        await connection.close()
