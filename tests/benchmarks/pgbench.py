"""The baseline of an append: pgbench, PostgreSQL's own measure, with one INSERT a commit."""

import asyncio
import re
import tempfile

import postgres_programs

TABLE = "CREATE TABLE public.plain (id uuid PRIMARY KEY, at timestamptz NOT NULL, body text)"
INSERT = "INSERT INTO public.plain VALUES (gen_random_uuid(), now(), repeat('x', 300));\n"
TPS = re.compile(r"tps = ([\d.]+)")


async def commits_per_second(url: str, clients: int, seconds: float) -> float:
    """INSERTs a second of so many clients at once, prepared; TABLE is there."""
    program = postgres_programs.folder() / "pgbench"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(INSERT)
        script.flush()
        options = ("-n", "-M", "prepared", "-c", str(clients), "-T", str(max(1, round(seconds))), "-f", script.name)
        process = await asyncio.create_subprocess_exec(
            program, *options, url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, errors = await process.communicate()
    found = TPS.search(said.decode())
    assert found is not None, errors.decode()
    return float(found[1])
