"""All processes are replaced one by one, as a cluster replaces pods, while clinics work: nothing is refused, lost or
done twice.
"""

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from always_true import nothing_lost_or_doubled
from free_ports import free_port
from healz.read_models import READ_MODELS
from started import Started
from system import System, eventually
from traffic import answered, going_on, new_seed, traffic, write

KNOWN_EVERYWHERE_SECONDS = 0.5
"""How long requests may still come to one that is to end: on a cluster the sleep before SIGTERM, which is longer."""


@dataclass
class Service(httpx.AsyncBaseTransport):
    """What a Service of a cluster does: each request goes to one of those that are ready, and is not tried again."""

    ready: dict[int, Started] = field(default_factory=dict)
    transport: httpx.AsyncHTTPTransport = field(default_factory=httpx.AsyncHTTPTransport)
    _turns: Iterator[int] = field(default_factory=itertools.count)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        ports = sorted(self.ready)
        request.url = request.url.copy_with(port=ports[next(self._turns) % len(ports)])
        return await self.transport.handle_async_request(request)


async def add_api(system: System, service: Service) -> None:
    """Another one takes requests once it says that it is ready."""
    system.api_port = free_port()
    process = system.start("command-api")
    await system.ready()
    service.ready[system.api_port] = process


async def replace_api(system: System, service: Service, port: int) -> None:
    """A new one first; then the old one gets no more, ends what it has, and is gone."""
    await add_api(system, service)
    process = service.ready.pop(port)
    await asyncio.sleep(KNOWN_EVERYWHERE_SECONDS)
    assert await system.end(process) in (0, -signal.SIGTERM), system.logs()


@asynccontextmanager
async def through(service: Service, clients: list[httpx.AsyncClient]) -> AsyncIterator[None]:
    """These clients ask the service, and no process in particular."""
    own = [client._transport for client in clients]
    for client in clients:
        client._transport = service
    try:
        yield
    finally:
        for client, transport in zip(clients, own, strict=True):
            client._transport = transport
        await service.transport.aclose()


async def test_all_are_replaced_under_load_and_nothing_is_refused(system: System) -> None:
    service = Service()
    system.settings["HEALZ_RELAY_PORT"] = str(free_port())
    relays = [system.start("relay")]
    system.settings["HEALZ_RELAY_PORT"] = None
    relays.append(system.start("relay"))
    projectors = {}
    for name in READ_MODELS:
        system.settings["HEALZ_GROUP_INSTANCE_ID"] = f"projector-{name}-0"
        projectors[name] = system.start(f"projector-{name}")
    for _ in range(2):
        await add_api(system, service)
    async with traffic(system, seed=new_seed(), tenants=3, patients=6, clinics=1) as day:
        await write(day, events=150)
        clients = [client for one in day for client in (one.client, one.importing)]
        async with through(service, clients), going_on(day):
            for port in sorted(service.ready):
                await replace_api(system, service, port)
            for old in relays:
                system.start("relay")
                assert await system.end(old) == 0, system.logs()
                await system.readiness(relay="leading")
            for name, old in projectors.items():
                assert await system.end(old) == 0, system.logs()
                system.settings["HEALZ_GROUP_INSTANCE_ID"] = f"projector-{name}-0"
                system.start(f"projector-{name}")
            before = len(answered(day))

            async def some_more() -> bool:
                return len(answered(day)) > before + 30

            await eventually(some_more)
        assert [failure for one in day for failure in one.failures] == []
        await system.caught_up()
        await system.outbox_empty()
        await nothing_lost_or_doubled(system, answered(day))
