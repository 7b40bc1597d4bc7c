"""A database that knows nothing yet, and a tree to bring to it."""

from pathlib import Path

import pytest

from example_tree import ExampleTree, HealzDb
from system import Database

FIRST = """-- role: admin
CREATE SCHEMA clinic AUTHORIZATION healz_migrator;
CREATE TABLE clinic.runs (file text NOT NULL);
CREATE TABLE clinic.slow (file text NOT NULL);
ALTER TABLE clinic.runs OWNER TO healz_migrator;
ALTER TABLE clinic.slow OWNER TO healz_migrator;
"""


@pytest.fixture
def tree(tmp_path: Path) -> ExampleTree:
    """V100001 makes the schema clinic with a table of runs, and one of files that shall be slow."""
    tree = ExampleTree(tmp_path / "db")
    tree.add("100001", FIRST, "-- role: admin\nDROP SCHEMA clinic CASCADE;")
    return tree


@pytest.fixture
def healz_db(empty_database: Database, tree: ExampleTree) -> HealzDb:
    return HealzDb(empty_database.url("healz_admin"), tree.root)
