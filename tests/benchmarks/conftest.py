"""How a benchmark tells what it measured."""

import gc
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator

import pytest
import uvloop
from rich.console import Console
from rich.table import Table

from healz.memory import settle

Tell = Callable[[str, float, str, float, str], None]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], AbstractEventLoop]]:
    """The event loop of the services."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def settled() -> Iterator[None]:
    """What is measured in this process is measured as in a service."""
    thresholds = gc.get_threshold()
    settle()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Iterator[Tell]:
    """``tell(what, figure, baseline's name, baseline, prototype)``: a row; the ratio is figure ÷ baseline."""
    table = Table("what", "figure", "baseline in the same run", "ratio", "prototype", box=None)

    def row(what: str, figure: float, baseline_name: str, baseline: float, prototype: str) -> None:
        table.add_row(what, f"{figure:,.0f}", f"{baseline_name} {baseline:,.0f}", f"{figure / baseline:.2f}", prototype)

    yield row
    with capsys.disabled():
        Console(width=150).print("\n", table)
