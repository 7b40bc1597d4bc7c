"""What several of these tests need."""

import pytest

from query_rows import set_clock
from system import System


@pytest.fixture(autouse=True)
def clock_of_the_test() -> None:
    """Rows that a test puts are as old as it says."""
    set_clock()


@pytest.fixture
async def api(system: System) -> System:
    """Only the API: what is decided there needs neither relay nor projector."""
    system.start("command-api")
    await system.ready()
    return system
