"""The next command of a patient with a long history: when the process has to fold it, and when it knows it already."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import pytest

from benchmarks import bare_routes
from benchmarks.conftest import Tell
from benchmarks.load import Plan, load
from benchmarks.sizes import SIZES
from free_ports import free_port
from healz.events import read_envelope
from long_history import HELLO, Talker, new_talker
from system import Database, System

pytestmark = pytest.mark.benchmark

MESSAGE_LENGTH = 100
NEW_TALKER_EVENTS = 4
"""At least; a few more don't matter."""
WARM_COMMANDS = 5
WARM_RATIO_MAX = 60.0
COLD_RATIO_MAX = 60.0
ENVELOPES = """
SELECT event_store.envelope(e) FROM event_store.events AS e
 WHERE e.tenant_id = $1 AND e.patient_id = $2 AND e.position > $3 ORDER BY e.position LIMIT 200
"""


async def test_long_histories(system: System, database: Database, tell: Tell) -> None:
    """The next command of a patient with a long history, over HTTP"""
    system.start("command-api")
    await system.ready()
    # Who has made a patient knows it: another process is measured.
    with elsewhere(system) as port:
        system.start("command-api")
        await system.ready()
    await database.admin.execute(bare_routes.TABLE)
    with bare_routes.served(database.url("healz_admin")) as (bare_port, _):
        bare = Plan(port=bare_port, connections=1, requests=1 + WARM_COMMANDS)
        await next_commands(system, database, SIZES.histories[0], port)
        for events in SIZES.histories:
            inserted, warm, decoded, cold = [], [], [], []
            for _ in range(SIZES.rounds):
                inserted.append(median((await load(bare)).answered[1:]))
                alone, first, following = await next_commands(system, database, events, port)
                decoded.append(alone)
                cold.append(first)
                warm.append(following)
            names = "bare route, one INSERT", "reading and decoding them alone"
            beside = f"{1000 * median(cold) / events:,.0f} µs an event"
            what = f"{events:,} events"
            tell(f"{what}, warm", "ms", warm, WARM_RATIO_MAX, names[0], inserted, at_most=True)
            tell(f"{what}, cold", "ms", cold, COLD_RATIO_MAX, names[1], decoded, at_most=True, beside=beside)


@contextmanager
def elsewhere(system: System) -> Iterator[int]:
    """A port of its own, for what is started meanwhile."""
    port, system.api_port = system.api_port, free_port()
    yield system.api_port
    system.api_port = port


async def next_commands(system: System, database: Database, events: int, port: int) -> tuple[float, float, float]:
    """Of a new patient with so many events, in ms: decoding them alone; the first command, and the ones that follow."""
    async with system.client() as client:
        token = client.headers["authorization"].removeprefix("Bearer ")
        talker = await new_talker(client, system.tenant_id)
    await talker.go_on(database, events - NEW_TALKER_EVENTS, MESSAGE_LENGTH)
    alone = await decoding(database, talker)
    plan = Plan(
        port=port,
        tokens=[token],
        connections=1,
        requests=1 + WARM_COMMANDS,
        paths=[talker.messages],
        body=json.dumps(HELLO),
    )
    seen = await load(plan)
    assert not seen.refused, seen.refused
    return alone, seen.answered[0], median(seen.answered[1:])


async def decoding(database: Database, talker: Talker) -> float:
    """Milliseconds."""
    position, started = 0, time.perf_counter()
    while page := await database.admin.fetch(ENVELOPES, talker.tenant_id, talker.patient_id, position):
        position = [read_envelope(envelope) for (envelope,) in page][-1].position
    return (time.perf_counter() - started) * 1000
