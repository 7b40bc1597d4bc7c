"""Whether a Kafka answers: an open port is not enough, a broker that is fenced has one too."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from healz.kafka import answers

TIMEOUT_S = 5.0


def answers_metadata(bootstrap_servers: str) -> bool:
    """True when a request for metadata is answered and names at least one broker."""
    # In a thread of its own: the caller may be inside a running event loop, as a test's fixture is.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, answers(bootstrap_servers, TIMEOUT_S)).result()
