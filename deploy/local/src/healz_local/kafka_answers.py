"""Whether a Kafka answers: an open port is not enough, a broker that is fenced has one too."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

TIMEOUT_S = 5.0


def answers_metadata(bootstrap_servers: str) -> bool:
    """True when a request for metadata is answered and names at least one broker."""
    # In a thread of its own: the caller may be inside a running event loop, as a test's fixture is.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _names_a_broker(bootstrap_servers)).result()


async def _names_a_broker(bootstrap_servers: str) -> bool:
    client = AIOKafkaClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=int(TIMEOUT_S * 1000))
    try:
        await asyncio.wait_for(client.bootstrap(), TIMEOUT_S)
        return len(client.cluster.brokers()) > 0
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
