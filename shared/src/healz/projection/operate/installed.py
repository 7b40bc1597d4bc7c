"""The projections that are installed here: each projector's package names its own."""

from importlib.metadata import entry_points
from typing import Any

from healz.projection.shape import Projection

GROUP = "healz.projections"


def names() -> list[str]:
    """Of all; in a projector's image that is one."""
    return sorted(entry.name for entry in entry_points(group=GROUP))


def projection(name: str) -> Projection[Any]:
    """Raises KeyError."""
    loaded: Projection[Any] = {entry.name: entry for entry in entry_points(group=GROUP)}[name].load()
    return loaded
