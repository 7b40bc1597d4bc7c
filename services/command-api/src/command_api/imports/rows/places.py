"""Where the rows say that they were: the clinics and doctors that they name, as far as they exist."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from command_api.imports.rows.row import ImportRow, RowRefused


@dataclass(frozen=True)
class Places:
    """``zones`` of the clinics in scope; ``clinics`` in which each doctor works."""

    zones: Mapping[UUID, ZoneInfo]
    clinics: Mapping[UUID, frozenset[UUID]]

    def zone(self, row: ImportRow) -> ZoneInfo:
        """Of the row's clinic. Raises RowRefused as the booking would, but before a patient is registered for it."""
        if row.clinic_id not in self.zones:
            raise RowRefused("clinic_unknown", "no such clinic; put its reference data first", "clinic_id")
        if row.doctor_id not in self.clinics:
            raise RowRefused("doctor_unknown", "no such doctor; put their reference data first", "doctor_id")
        if row.clinic_id not in self.clinics[row.doctor_id]:
            raise RowRefused("doctor_not_in_clinic", "this doctor does not work in that clinic", "doctor_id")
        return self.zones[row.clinic_id]
