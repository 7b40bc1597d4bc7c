"""A small tree of migrations, written by a test, and healz-db run on it as a real process."""

import asyncio
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from healz_db.migrations import Tree, read_tree
from started import Started

PHASE = "phase-100-mvp"


@dataclass
class ExampleTree:
    """One phase, one domain; each ``add`` writes V, R and the manifest anew."""

    root: Path
    names: list[str] = field(default_factory=list)
    seeds: list[str] = field(default_factory=list)
    allow_contract: bool = True

    def add(self, version: str, sql: str, back: str | None = "SELECT 1", *, change: str = "expand") -> Path:
        """A migration; ``back`` None: no rollback file. Returns V's path."""
        name = f"V{version}__clinic__{change}__example.sql"
        path = self.root / "migrations" / PHASE / "clinic" / name
        _write(path, sql)
        if back is not None:
            _write(self.root / "rollback" / PHASE / "clinic" / f"R{name[1:]}", back)
        self.names.append(name)
        self.write_manifest()
        return path

    def seed(self, name: str, text: str) -> Path:
        path = self.root / "seeds" / PHASE / name
        _write(path, text)
        self.seeds.append(name)
        self.write_manifest()
        return path

    def rows(self, version: str, sql: str) -> None:
        """What a drill leaves behind after this version."""
        _write(self.root / "drill" / f"D{version}.sql", sql)

    def write_manifest(self) -> None:
        migrations = [{"file": f"clinic/{name}", "release": "1.0"} for name in self.names]
        phase = {"name": PHASE, "domains": ["clinic"], "migrations": migrations, "seeds": self.seeds}
        manifest = {
            "schema_guardrails": {"allow_contract": self.allow_contract},
            "releases": ["1.0"],
            "next_release": "1.0",
            "phases": [phase],
        }
        _write(self.root / "migration-manifest.yaml", yaml.safe_dump(manifest))

    def read(self) -> Tree:
        return read_tree(self.root)


@dataclass(frozen=True)
class Done:
    """How a run of healz-db ended."""

    exit_code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """Of a run with --json."""
        assert self.out, self.err
        return json.loads(self.out)


@dataclass(frozen=True)
class HealzDb:
    """The tool, on one database and one tree."""

    database_url: str
    root: Path

    def start(self, *arguments: str, **environment: str) -> Started:
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        output = Path(tempfile.mkdtemp(prefix="healz-db-"))
        return Started(
            "db",
            [*arguments, "--tree", str(self.root)],
            environment=kept | {"DATABASE_URL": self.database_url} | environment,
            output=output / "out",
            errors=output / "err",
        )

    async def run(self, *arguments: str, **environment: str) -> Done:
        return await ended(self.start(*arguments, **environment))


async def ended(process: Started) -> Done:
    """Waits for it."""
    code = await asyncio.to_thread(process.wait, 60)
    done = Done(code, process.output.read_text(), process.errors.read_text())
    shutil.rmtree(process.output.parent)
    return done


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
