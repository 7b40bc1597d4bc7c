"""How much a process' connection pools are used."""

from collections.abc import Iterable, Iterator
from typing import Protocol
from weakref import WeakKeyDictionary

from opentelemetry.metrics import Observation

from healz.metrics.define import gauge

POOL = "db.client.connection.pool.name"
STATE = "db.client.connection.state"


class Pool(Protocol):
    """As asyncpg has it."""

    def get_size(self) -> int: ...
    def get_idle_size(self) -> int: ...
    def get_max_size(self) -> int: ...


_pools: WeakKeyDictionary[Pool, str] = WeakKeyDictionary()


def show(pool: Pool, name: str) -> None:
    """From now on the pool's use is shown under this name."""
    _pools[pool] = name


def _connections() -> Iterator[Observation]:
    for pool, name in list(_pools.items()):
        idle = pool.get_idle_size()
        yield Observation(idle, {POOL: name, STATE: "idle"})
        yield Observation(pool.get_size() - idle, {POOL: name, STATE: "used"})


def _most() -> Iterable[Observation]:
    return [Observation(pool.get_max_size(), {POOL: name}) for pool, name in list(_pools.items())]


gauge(
    "db.client.connection.count",
    "{connection}",
    _connections,
    by="each with a pool",
    tells="Connections of a pool. All used for long, and requests wait for one, until they are refused.",
    labels={POOL: "the pool", STATE: "`used`, `idle`"},
)
gauge(
    "db.client.connection.max",
    "{connection}",
    _most,
    by="each with a pool",
    tells="As many as that pool may open.",
    labels={POOL: "the pool"},
)
