"""The baseline of the API: a bare Litestar route with one INSERT, and one with one SELECT; nothing else.

``python -m benchmarks.bare_routes`` serves them, by the pool and uvicorn's settings of the API.
"""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import uvicorn
from litestar import Litestar, get, post
from litestar.datastructures import State
from msgspec import Struct
from uuid_utils.compat import uuid7

from free_ports import free_port
from healz.memory import settle
from healz.postgres import create_pool
from healz.settings import PostgresSettings
from healz_local.ports import answers

TABLE = "CREATE TABLE public.bare (id uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), phone text, name text)"
INSERT = "INSERT INTO public.bare (id, phone, name) VALUES ($1, $2, $3)"
ROWS = "CREATE TABLE public.bare_patient AS SELECT * FROM patient.patient_view"
KEY = "ALTER TABLE public.bare_patient ADD PRIMARY KEY (patient_id)"
SELECT = "SELECT * FROM public.bare_patient WHERE patient_id = $1"


class Registration(Struct):
    phone: str
    full_name: str


@post("/v1/patients")
async def insert(data: Registration, state: State) -> dict[str, Any]:
    patient_id = uuid7()
    await state.pool.execute(INSERT, patient_id, data.phone, data.full_name)
    return {"id": str(patient_id)}


@get("/v1/patients/{patient_id:uuid}")
async def select(patient_id: UUID, state: State) -> dict[str, Any]:
    return dict(await state.pool.fetchrow(SELECT, patient_id))


@contextmanager
def served(database_url: str) -> Iterator[tuple[int, psutil.Process]]:
    """(its port, its process); ``database_url`` is an administrator's, the tables are there."""
    port = free_port()
    environment = {**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = psutil.Popen([sys.executable, "-m", "benchmarks.bare_routes", str(port)], env=environment)
    try:
        while not answers(port):
            assert process.poll() is None
        yield port, process
    finally:
        process.terminate()
        process.wait(10)


def main() -> None:
    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with await create_pool(PostgresSettings(), "bare routes") as pool:
            app.state.pool = pool
            yield

    app = Litestar([insert, select], lifespan=[lifespan], openapi_config=None, logging_config=None)
    settle()
    uvicorn.run(app, port=int(sys.argv[1]), ws="none", log_config=None, access_log=False, timeout_keep_alive=75)


if __name__ == "__main__":
    main()
