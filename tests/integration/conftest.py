"""What several of these tests need."""

import pytest

from system import System


@pytest.fixture
async def api(system: System) -> System:
    """Only the API: what is decided there needs neither relay nor projector."""
    system.start("command-api")
    await system.ready()
    return system
