"""The projection engine: written once, used by every projector."""

from healz.projection.shape import PatientKey, Projection
from healz.projection.table import Table

__all__ = ["PatientKey", "Projection", "Table"]
