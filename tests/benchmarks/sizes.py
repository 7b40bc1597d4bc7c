"""How long and how large: every knob of the benchmarks, each an environment variable HEALZ_BENCH_… of the same name.

``HEALZ_BENCH=short`` is the short form: seconds for each, to see that they run. Its figures are not to be quoted.
"""

import os

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Sizes(BaseSettings):
    """The full form."""

    model_config = SettingsConfigDict(env_prefix="HEALZ_BENCH_")

    rounds: int = Field(default=5, ge=1)
    """So many times baseline and ours are measured in turn."""
    seconds: float = 4.0
    """Of one measurement, baseline's or ours."""
    warm_seconds: float = 10.0
    """Of load before a stack is measured: a new broker compiles its code as it goes."""
    rates: tuple[int, ...] = (50, 100, 200, 300)
    """Commands a second, from command to row."""
    overload_seconds: float = 60.0
    idle_seconds: float = 30.0
    console_patients: int = 100_000
    """With a journey each, on whom rules are tried."""
    relay_events: int = 200_000
    """1,000,000 for a long drain."""
    projector_events: int = 100_000
    documented_events: int = 2_000
    """For the projector with a transaction per event, which takes a hundred times as long."""
    replay_events: int = 100_000
    rebuild_events: int = 200_000
    load_events: int = 1_000_000
    """Of the tenant that is rebuilt while commands go on."""
    load_patients: int = 2_000
    """So many get commands, and so many others are compared."""
    load_span_events: int = 1_000
    calm_seconds: float = 20.0
    """Under load, before what is done to it."""
    poisoned_seconds: float = 60.0
    parked_events: int = 10_000
    """That come after the one at which a patient is parked."""
    histories: tuple[int, ...] = (10, 1_000, 20_000)
    """Events of the patients who get the next command."""
    why_patients: int = 100
    """Each with 500 events."""
    why_demo_rows: int = 500
    why_cells: int = 10_000
    decided_events: int = 100_000
    """The rest of a large log are copies of them."""
    growth_events: tuple[int, int] = (1_000_000, 10_000_000)
    """Small and large: copies of the decided ones."""
    index_commits: int = 3_000
    export_events: int = 100_000


class ShortSizes(Sizes):
    """The short form."""

    rounds: int = Field(default=2, ge=1)
    seconds: float = 0.6
    warm_seconds: float = 2.0
    rates: tuple[int, ...] = (50, 200)
    overload_seconds: float = 5.0
    idle_seconds: float = 3.0
    console_patients: int = 2_000
    relay_events: int = 10_000
    projector_events: int = 10_000
    documented_events: int = 200
    replay_events: int = 10_000
    rebuild_events: int = 10_000
    load_events: int = 20_000
    load_patients: int = 200
    load_span_events: int = 100
    calm_seconds: float = 2.0
    poisoned_seconds: float = 10.0
    parked_events: int = 500
    histories: tuple[int, ...] = (10, 1_000)
    why_patients: int = 20
    why_demo_rows: int = 50
    why_cells: int = 200
    decided_events: int = 2_000
    growth_events: tuple[int, int] = (30_000, 60_000)
    index_commits: int = 300
    export_events: int = 20_000


SHORT = os.environ.get("HEALZ_BENCH", "full") == "short"
SIZES = ShortSizes() if SHORT else Sizes()
