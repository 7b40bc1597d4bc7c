"""What the hourly sweep for silence would have found by the time that the demonstration looks back from."""

import asyncio
from datetime import datetime

from healz_local.errors import LocalStackError
from healz_local.programs import SCRIPTS
from healz_local.settings import DEMO_TENANT


async def sweep_silence(as_of: datetime) -> None:
    """Weighs each silent journey of the demonstration's tenant. Raises LocalStackError when the sweep fails."""
    command = [str(SCRIPTS / "healz-local"), "sweep", "silence"]
    process = await asyncio.create_subprocess_exec(
        *command,
        *("--as-of", as_of.isoformat(), "--tenant", str(DEMO_TENANT)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode != 0:
        raise LocalStackError(f"The sweep for silence ended with {process.returncode}: {errors.decode().strip()}")
