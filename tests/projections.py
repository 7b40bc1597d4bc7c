"""Every projector's projection."""

from importlib import import_module
from typing import Any

from healz.projection import Projection, Table
from healz.read_models import READ_MODELS

PROJECTIONS: dict[str, Projection[Any]] = {
    name: import_module(f"projector_{name}.read_model").PROJECTION for name in READ_MODELS
}


def tables(projection: Projection[Any]) -> list[Table[Any]]:
    """All tables of a read model."""
    return [projection.tables] if isinstance(projection.tables, Table) else list(projection.tables.values())
