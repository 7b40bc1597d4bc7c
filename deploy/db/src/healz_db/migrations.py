"""The numbered SQL files and what their names say."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from healz_db.settings import DEPLOY_DB

MIGRATIONS = DEPLOY_DB / "migrations"
NAME = re.compile(r"V(?P<version>\d{6})__(?P<domain>[a-z_]+?)__(?P<change>expand|contract)__(?P<slug>[a-z0-9_]+)\.sql")
ROLE = re.compile(r"^-- role: (?P<role>[a-z_]+)$", re.MULTILINE)


class BadMigration(Exception):
    """A file under migrations/ that can't be applied as it is; the message says why."""


@dataclass(frozen=True)
class Migration:
    """One file. ``role`` is who runs it: ``admin`` (the login itself) or a role it takes on."""

    version: str
    phase: str
    domain: str
    change: str
    path: Path
    sql: str
    role: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """All migrations in the order in which they are applied.

    Raises BadMigration for a name that doesn't follow the pattern and for a version that occurs twice.
    """
    found: dict[str, Migration] = {}
    for path in sorted(folder.glob("*/*/*.sql"), key=lambda path: path.name):
        named = NAME.fullmatch(path.name)
        if named is None:
            raise BadMigration(
                f"{path.name}: the name must be V{{phase}}{{seq}}__{{domain}}__expand|contract__{{slug}}.sql"
            )
        if (twin := found.get(named["version"])) is not None:
            raise BadMigration(f"{path.name} and {twin.path.name} have the same version")
        sql = path.read_text()
        role = ROLE.search(sql)
        found[named["version"]] = Migration(
            version=named["version"],
            phase=path.parents[1].name,
            domain=named["domain"],
            change=named["change"],
            path=path,
            sql=sql,
            role=role["role"] if role else "healz_migrator",
        )
    return list(found.values())
