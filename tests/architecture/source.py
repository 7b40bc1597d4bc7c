"""Which files the architecture tests look at."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "shared" / "src" / "healz"
COMMAND_API = ROOT / "services" / "command-api" / "src" / "command_api"
NOUNS = ("patient", "conversation", "appointment", "journey")
IMPORTS = ("commands", "header", "lanes", "places", "records", "row", "visit", "who")
"""What an import is made of, but for what reads and writes."""


def pure_files() -> list[Path]:
    """The pure core: all of a noun's files but its routes."""
    files = [*(SHARED / "events").glob("*.py"), *(SHARED / "read_models").glob("*.py")]
    files += [COMMAND_API / "case.py", COMMAND_API / "decider.py", COMMAND_API / "times.py"]
    for noun in NOUNS:
        files += [file for file in (COMMAND_API / noun).glob("*.py") if file.name != "routes.py"]
    files += [COMMAND_API / "imports" / f"{name}.py" for name in IMPORTS]
    return sorted(files)


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
