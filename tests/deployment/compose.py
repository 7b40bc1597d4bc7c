"""``deploy/compose``, as compose itself reads it."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from architecture.source import ROOT

COMPOSE = ROOT / "deploy" / "compose"
COMPOSE_GO = ROOT / ".local" / "tools" / "compose-go"
"""The library of ``docker compose`` as a program of its own: `make tools`."""
VARIABLES = {
    "HEALZ_ADMIN_PASSWORD": "9d1f0c7be2",
    "HEALZ_ROLE_PASSWORD": "4b8a6e35c1",
    "HEALZ_IDENTITY_KEY": "0f4c2b7a9d1e6835",
    "HEALZ_JWT_DEVELOPMENT_SECRET": "e41d7c09a8b24f6f9035d2c7186ab3ef",
    "HEALZ_GRAFANA_PASSWORD": "73c5e0d2a6",
}
"""What docs/day-1.md says to draw."""


REFERENCE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<otherwise>[^}]*)|:\?(?P<asks>[^}]*))?\}")


def text() -> str:
    """The file with its variables put in: those that have to be drawn, and the defaults of the rest."""

    def value(reference: re.Match[str]) -> str:
        return VARIABLES[reference["name"]] if reference["otherwise"] is None else reference["otherwise"]

    return REFERENCE.sub(value, (COMPOSE / "compose.yaml").read_text())


def services(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """``docker compose config`` on a copy in ``folder``; skipped where there is no compose.

    (compose-go's own program reads no variables, so they are put in before.)
    """
    shutil.copytree(COMPOSE, folder, dirs_exist_ok=True)
    (folder / "compose.yaml").write_text(text())
    if COMPOSE_GO.exists():
        command = [str(COMPOSE_GO), "-format", "json", "compose.yaml"]
    elif _docker_has_compose():
        command = ["docker", "compose", "-f", "compose.yaml", "--profile", "*", "config", "--format", "json"]
    else:
        pytest.skip("there is neither compose-go (`make tools`, which needs Go) nor docker compose")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: Mapping[str, Mapping[str, Any]] = json.loads(done.stdout)["services"]
    return found


@cache
def _docker_has_compose() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
