"""``deploy/images/Dockerfile``, read, and its images made on this very machine: without a container, but by its own
words. What is copied is what its COPY lines and .dockerignore let through; what is installed is what its RUN lines say.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from architecture.source import ROOT, tracked_files

DOCKERFILE = ROOT / "deploy" / "images" / "Dockerfile"
UV = ROOT / ".local" / "uv" / "bin" / "uv"
HERE = {"UV_NO_CACHE": "0", "UV_COMPILE_BYTECODE": "0", "UV_OFFLINE": "0"}
"""What a test has otherwise: uv's own cache, so that nothing is fetched twice."""


@dataclass(frozen=True)
class Stage:
    """One FROM, and what follows it: instructions as (word, rest), continued lines joined."""

    name: str
    image: str
    instructions: Sequence[tuple[str, str]]


@dataclass
class Target:
    """An image as it would run: what all its stages add up to."""

    name: str
    environment: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)
    healthcheck: list[str] | None = None
    user: str = "0"
    exposed: list[str] = field(default_factory=list)


@cache
def stages() -> dict[str, Stage]:
    """By name, in order."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text())
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found: dict[str, Stage] = {}
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            found[name] = Stage(name, image, [])
        elif found:
            own = list(found.values())[-1].instructions
            assert isinstance(own, list)
            own.append((word, rest.strip()))
    return found


def targets() -> list[str]:
    """The images that run: those with an entry point."""
    return [name for name, stage in stages().items() if any(word == "ENTRYPOINT" for word, _ in stage.instructions)]


def lineage(name: str) -> list[Stage]:
    """The stage and those it is from, the oldest first."""
    stage = stages()[name]
    return [*(lineage(stage.image) if stage.image in stages() else []), stage]


def target(name: str) -> Target:
    """What docker inspect would say of the image."""
    found = Target(name)
    for stage in lineage(name):
        for word, rest in stage.instructions:
            if word == "ENV":
                found.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            elif word == "ENTRYPOINT":
                found.entrypoint = json.loads(rest)
            elif word == "HEALTHCHECK":
                found.healthcheck = None if rest == "NONE" else json.loads(rest.partition(" CMD ")[2].strip())
            elif word == "USER":
                found.user = rest
            elif word == "EXPOSE":
                found.exposed += rest.split()
    return found


def sent(path: str) -> bool:
    """Whether .dockerignore lets this file, of the project, through to a build; the last pattern that fits decides."""
    through = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        kept = pattern.startswith("!")
        pattern = pattern.removeprefix("!")
        parts = path.split("/")
        above = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
        if any(fnmatch(one, pattern) or (pattern.startswith("**/") and fnmatch(one, pattern[3:])) for one in above):
            through = kept
    return through


@dataclass(frozen=True)
class Image:
    """One that was made under ``root``: /healz and /src of the image are folders of it."""

    target: Target
    root: Path

    def here(self, words: Sequence[str]) -> list[str]:
        """The command, with the image's paths on this machine."""
        return [re.sub(r"^(?=/(healz|src)/)", str(self.root), word) for word in words]


def make(name: str, root: Path) -> Image:
    """Makes it, below ``root``; images that are made of the same stage share what it made.

    Raises CalledProcessError for a RUN that fails.
    """
    copied = [rest for stage in lineage(name) for word, rest in stage.instructions if word == "COPY"]
    [built] = {rest.split()[0].removeprefix("--from=") for rest in copied}
    if not (root / built).exists():
        for stage in lineage(built):
            _build(stage, root / built)
    return Image(target(name), root / built)


def _build(stage: Stage, root: Path) -> None:
    source = root / "src"
    source.mkdir(parents=True, exist_ok=True)
    environment = _with_path(target(stage.name).environment | HERE)
    for word, rest in stage.instructions:
        if word == "COPY":
            origin, place = rest.split()
            _copy(origin, source / place)
        elif word == "RUN" and rest.startswith("uv "):
            words = [str(UV), *(_on_this_machine(one, root) for one in shlex.split(rest)[1:])]
            subprocess.run(words, cwd=source, env=environment, check=True, capture_output=True)


def _copy(origin: str, place: Path) -> None:
    for file in tracked_files():
        path = file.relative_to(ROOT).as_posix()
        if sent(path) and (path == origin or path.startswith(f"{origin}/")):
            copied = place / Path(path).relative_to(origin)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copied)


def _on_this_machine(word: str, root: Path) -> str:
    if word == "/usr/local/bin/python":
        return sys.executable
    return re.sub(r"^(?=/healz)", str(root), word)


def _with_path(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    # Which registry is asked is the machine's own affair.
    kept |= {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "UV_", "SSL_", "REQUESTS_"))}
    return kept | dict(environment)
