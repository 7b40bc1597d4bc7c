"""Which files the architecture tests look at."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "shared" / "src" / "healz"
COMMAND_API = ROOT / "services" / "command-api" / "src" / "command_api"
PURE = {
    "healz.events": SHARED / "events",
    "healz.read_models": SHARED / "read_models",
    "command_api.decide": COMMAND_API / "decide",
    "command_api.imports.rows": COMMAND_API / "imports" / "rows",
}
"""The pure core: these packages, and all that is beneath them."""


def pure_files() -> list[Path]:
    """All files of the pure core."""
    return sorted(file for folder in PURE.values() for file in folder.rglob("*.py"))


def tracked_files() -> list[Path]:
    """What git has, and what it would take; skips where there is no repository."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git repository here: nobody says which files belong to the project")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    files = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return [file for file in files if file.is_file()]


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))
