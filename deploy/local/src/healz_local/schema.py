"""What must exist before the services start: the database's schema and the topic."""

import asyncio
import os
import subprocess

from aiokafka.errors import KafkaError

from healz.kafka import ensure_topic
from healz_local.errors import StartFailed
from healz_local.programs import SCRIPTS


def apply_schema(database_url: str) -> None:
    """Bring the database to the newest migration; does nothing when it is there. Raises StartFailed."""
    environment = dict(os.environ) | {"DATABASE_URL": database_url}
    command = [str(SCRIPTS / "healz-db"), "apply"]
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise StartFailed(f"`healz-db apply` failed:\n{done.stdout}{done.stderr}".rstrip())


def make_topic(bootstrap_servers: str) -> None:
    """Create the topic of the events unless it exists. Raises StartFailed."""
    try:
        asyncio.run(ensure_topic(bootstrap_servers))
    except (KafkaError, OSError) as error:
        raise StartFailed(f"The topic of the events could not be made at {bootstrap_servers}: {error}") from error
