"""The projection engine: written once, used by every projector."""

from healz.projection.shape import PatientKey, Projection
from healz.projection.table import Table, changed_rows

__all__ = ["PatientKey", "Projection", "Table", "changed_rows"]
