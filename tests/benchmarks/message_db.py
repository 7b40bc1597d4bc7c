"""The peer message-db: PostgreSQL functions over one table of messages, as its npm package has them."""

import asyncio
import shutil
import tarfile
from pathlib import Path

import asyncpg

from benchmarks.report import ROOT

PACKAGE = "@eventide/message-db@1.3.1"
FOLDER = ROOT / ".local" / "peers" / "message-db"
FILES = ("schema", "tables", "types", "functions", "indexes")
WRITE = "SELECT write_message($1::varchar, $2::varchar, 'PatientRegistered'::varchar, $3::jsonb, NULL, -1::bigint)"


class NotToBeHad(Exception):
    """The peer can't be fetched on this machine."""


async def fetch() -> Path:
    """The folder of its SQL, fetched by npm where it is not there yet. Raises NotToBeHad."""
    if not FOLDER.exists():
        if shutil.which("npm") is None:
            raise NotToBeHad("there is no npm")
        FOLDER.mkdir(parents=True)
        command = ("npm", "pack", PACKAGE, "--pack-destination", str(FOLDER))
        npm = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=-1)
        await npm.communicate()
        packed = list(FOLDER.glob("*.tgz"))
        if not packed:
            FOLDER.rmdir()
            raise NotToBeHad(f"npm has no {PACKAGE}")
        with tarfile.open(packed[0]) as archive:
            archive.extractall(FOLDER, filter="data")
    return FOLDER / "package" / "database"


async def install(connection: asyncpg.Connection) -> None:
    """Into this database; without its extension pgcrypto, whose one function PostgreSQL has had itself since 13."""
    database = await fetch()
    await connection.execute("SET check_function_bodies = off; SET client_min_messages = error")
    for kind in FILES:
        for file in sorted((database / kind).glob("*.sql")):
            await connection.execute("SET search_path = message_store, public;" + file.read_text())
    await connection.execute("RESET search_path")
