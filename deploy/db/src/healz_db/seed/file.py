"""A seed: one file."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Seed:
    """One file: what it is and how far it got."""

    path: Path
    version: str
    phase: str
    checksum: str
    lines_done: int = 0
    done: bool = False

    @property
    def name(self) -> str:
        return self.path.name
