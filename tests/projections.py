"""Every projector's projection."""

from importlib import import_module
from typing import Any

from healz.projection import Projection
from healz.read_models import READ_MODELS

PROJECTIONS: dict[str, Projection[Any]] = {
    name: import_module(f"projector_{name}.read_model").PROJECTION for name in READ_MODELS
}
