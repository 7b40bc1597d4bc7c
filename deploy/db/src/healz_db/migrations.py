"""The numbered SQL files: what the manifest, their names and their headers say of them."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from healz_db.settings import DEPLOY_DB

NAME = re.compile(r"V(?P<version>\d{6})__(?P<domain>[a-z_]+?)__(?P<change>expand|contract)__(?P<slug>[a-z0-9_]+)\.sql")
SEED_NAME = re.compile(r"S(?P<version>\d{6})__(?P<domain>[a-z_]+?)__(?P<slug>[a-z0-9_]+)\.(sql|jsonl)")
HEADER = re.compile(r"^-- (?P<key>role|transaction|undoes|fills): (?P<value>\S+)$", re.MULTILINE)


class BadMigration(Exception):
    """The files under deploy/db can't be applied as they are; the message says why and what to do."""


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NamedFile(_Closed):
    """A migration of the manifest: its file, as domain/name, and the release that it first came with."""

    file: str
    release: str


class Phase(_Closed):
    """Its migrations, then its seeds; ``name`` is phase-NNN-slug."""

    name: str
    domains: list[str]
    migrations: list[NamedFile]
    seeds: list[str]

    @property
    def number(self) -> str:
        """Three digits: what the versions in it begin with."""
        return self.name.split("-")[1]


class Guardrails(_Closed):
    """What may be applied at all."""

    allow_contract: bool


class Manifest(_Closed):
    """``releases``, oldest first; ``next_release`` is the one that comes out next; ``phases`` in order."""

    schema_guardrails: Guardrails
    releases: list[str]
    next_release: str
    phases: list[Phase]


@dataclass(frozen=True)
class Migration:
    """One file. ``version`` is six digits; ``change`` expand or contract.

    From the header, each a line ``-- key: value``: ``role`` is who runs it, ``admin`` (the login itself) or a role that
    it takes on, the migrator by default; ``transaction: none`` is for a file that can't run in one, whose statements
    are then run one by one and must do no harm when they are run again; ``undoes`` names the version that a contract
    takes back; ``fills`` names the columns that a backfill changes, as schema.table.column, commas between.
    """

    version: str
    phase: str
    domain: str
    change: str
    slug: str
    release: str
    path: Path
    rollback_path: Path
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def role(self) -> str:
        return self._header.get("role", "healz_migrator")

    @property
    def transactional(self) -> bool:
        return self._header.get("transaction") != "none"

    @property
    def undoes(self) -> str | None:
        """Six digits, without the V."""
        version = self._header.get("undoes")
        return version.removeprefix("V") if version else None

    @property
    def fills(self) -> frozenset[str]:
        """Columns that were there before and whose values this changes: schema.table.column."""
        return frozenset(self._header.get("fills", "").split(",")) - {""}

    @cached_property
    def _header(self) -> dict[str, str]:
        return {line["key"]: line["value"] for line in HEADER.finditer(self.sql)}


@dataclass(frozen=True)
class Tree:
    """``deploy/db``, or a folder of the same shape."""

    root: Path
    manifest: Manifest

    @cached_property
    def migrations(self) -> list[Migration]:
        """In the manifest's order. Raises BadMigration for a name off the pattern, or a missing file."""
        return list(self._read())

    def seeds(self, phase: Phase) -> list[Path]:
        """The phase's seeds, in order."""
        return [self.root / "seeds" / phase.name / name for name in phase.seeds]

    def _read(self) -> Iterator[Migration]:
        for phase in self.manifest.phases:
            for named in phase.migrations:
                path = self.root / "migrations" / phase.name / named.file
                parts = NAME.fullmatch(path.name)
                if parts is None:
                    raise BadMigration(
                        f"{path.name}: the name must be V{{phase}}{{seq}}__{{domain}}__expand|contract__{{slug}}.sql"
                    )
                if not path.is_file():
                    raise BadMigration(f"{named.file} is named in the manifest, but there is no such file")
                yield Migration(
                    **parts.groupdict(),
                    phase=phase.name,
                    release=named.release,
                    path=path,
                    rollback_path=self.root / "rollback" / phase.name / path.parent.name / f"R{path.name[1:]}",
                    sql=path.read_text(),
                )


def read_tree(root: Path = DEPLOY_DB) -> Tree:
    """The tree under ``root``. Raises BadMigration for a manifest that can't be read."""
    try:
        return Tree(root, Manifest.model_validate(yaml.safe_load((root / "migration-manifest.yaml").read_text())))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise BadMigration(f"migration-manifest.yaml: {error}") from error
