"""Schemathesis: the server takes what the document says it takes, refuses the rest, and answers as promised.

A few examples of each operation by default; HEALZ_FUZZ_EXAMPLES is how many (`make fuzz`).
"""

import asyncio
import os
import sys
from pathlib import Path

from system import System

HERE = Path(__file__).parent
EXAMPLES = int(os.environ.get("HEALZ_FUZZ_EXAMPLES", "4"))
SECONDS = os.environ.get("HEALZ_FUZZ_SECONDS", "45")
SUMMARY_LENGTH = 1500
SEED = os.environ.get("HEALZ_FUZZ_SEED", "1")


async def test_the_document_says_what_the_server_takes(system: System) -> None:
    system.settings = {"HEALZ_MIN_POSITION_WAIT_SECONDS": "0.05"}
    system.start("command-api")
    await system.ready()
    client = system.client()
    process = await asyncio.create_subprocess_exec(
        *(Path(sys.executable).with_name("schemathesis"), f"--config-file={HERE / 'schemathesis.toml'}", "run"),
        *(
            f"http://127.0.0.1:{system.api_port}/schema/openapi.json",
            "--no-color",
            f"--seed={SEED}",
            f"--max-examples={EXAMPLES}",
        ),
        f"--max-time={SECONDS}",
        *("--header", f"Authorization: {client.headers['Authorization']}"),
        cwd=system.folder,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    await client.aclose()
    assert process.returncode == 0, told.decode()
    print(told.decode()[-SUMMARY_LENGTH:])
