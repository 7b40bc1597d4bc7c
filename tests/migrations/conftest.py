"""A database that knows nothing yet, and a tree to bring to it."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from example_tree import ExampleTree, HealzDb
from system import Database, Servers

FIRST = """-- role: admin
CREATE SCHEMA clinic AUTHORIZATION healz_migrator;
CREATE TABLE clinic.runs (file text NOT NULL);
CREATE TABLE clinic.slow (file text NOT NULL);
ALTER TABLE clinic.runs OWNER TO healz_migrator;
ALTER TABLE clinic.slow OWNER TO healz_migrator;
"""


@pytest.fixture
async def empty_database(servers: Servers) -> AsyncIterator[Database]:
    name = f"empty_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(servers.database_url)
    await admin.execute(f'CREATE DATABASE "{name}"')
    database = Database(servers, name, await asyncpg.connect(servers.url("healz_admin", name)))
    try:
        yield database
    finally:
        await database.admin.close()
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


@pytest.fixture
def tree(tmp_path: Path) -> ExampleTree:
    """V100001 makes the schema clinic with a table of runs, and one of files that shall be slow."""
    tree = ExampleTree(tmp_path / "db")
    tree.add("100001", FIRST, "-- role: admin\nDROP SCHEMA clinic CASCADE;")
    return tree


@pytest.fixture
def healz_db(empty_database: Database, tree: ExampleTree) -> HealzDb:
    return HealzDb(empty_database.url("healz_admin"), tree.root)
