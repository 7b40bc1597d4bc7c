"""What a process has written last. While a write finds a tenant's checkpoint there, it needs no read before it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar
from uuid import UUID

from healz.events import Recorded
from healz.events.patient import PatientRegistered
from healz.kept import Kept
from healz.projection.fold import Logged
from healz.projection.parked import Parked
from healz.projection.shape import PatientKey
from healz.projection.tables import Move

Rows = TypeVar("Rows")
PATIENTS_KEPT_MAX = 2000


@dataclass(frozen=True)
class WrittenTenant:
    """The event to which this process has moved a tenant, and how many refolds its checkpoint had seen then."""

    last: Logged
    refolds: int
    epoch: int


class Written(Generic[Rows]):
    """The last event of each tenant, and the rows of the patients that were written last, ``patients_max`` of each.

    Rows are good until their tenant is forgotten: whoever else writes a tenant's rows changes its checkpoint's row.
    ``looks_back``: whether the fold of a patient's events looks at rows that aren't kept here; None: it never does.
    """

    def __init__(
        self, empty: Rows, patients_max: int, looks_back: Callable[[Iterable[Logged]], bool] | None = None
    ) -> None:
        self._empty = empty
        self._looks_back = looks_back or (lambda _: False)
        self._tenants: Kept[UUID, WrittenTenant] = Kept(patients_max)
        self._rows: Kept[PatientKey, tuple[Rows | Parked[Rows], int]] = Kept(patients_max)
        self._reached: Kept[UUID, int] = Kept(patients_max)
        self._epochs = count()

    def tenant(self, tenant_id: UUID) -> WrittenTenant | None:
        """None: this process has not moved it, or somebody else has since."""
        return self._tenants.get(tenant_id)

    def before(self, events: Mapping[PatientKey, list[Logged]]) -> dict[PatientKey, Rows | Parked[Rows]] | None:
        """The rows of these patients before their ``events``; None where not all are known that the fold looks at.

        Who is registered by the first of them has no rows yet: nothing is decided on a patient before.
        """
        found: dict[PatientKey, Rows | Parked[Rows]] = {}
        for patient, own in events.items():
            if isinstance(own[0], Recorded) and isinstance(own[0].event_data, PatientRegistered):
                found[patient] = self._empty
                continue
            tenant, known = self._tenants.get(patient[0]), self._rows.get(patient)
            if tenant is None or known is None or known[1] != tenant.epoch or self._looks_back(own):
                return None
            found[patient] = known[0]
        return found

    def moved(self, moves: Mapping[UUID, Move], rows: Mapping[PatientKey, Rows | Parked[Rows]]) -> None:
        """This process has made these moves; ``rows`` of other tenants are left out."""
        epochs = {}
        for tenant_id, move in moves.items():
            tenant = self._tenants.get(tenant_id)
            epochs[tenant_id] = next(self._epochs) if tenant is None else tenant.epoch
            self._tenants.put(tenant_id, WrittenTenant(move.last, move.refolds, epochs[tenant_id]), 1)
            self._reached.put(tenant_id, move.last.position, 1)
        for patient, own in rows.items():
            if patient[0] in epochs:
                self._rows.put(patient, (own, epochs[patient[0]]), 1)

    def forget(self, tenants: Iterable[UUID]) -> None:
        """Somebody else may have moved them."""
        for tenant_id in tenants:
            self._tenants.drop(tenant_id)

    def set_back(self, tenant_id: UUID, position: int) -> bool:
        """Whether its checkpoint lies behind where this process has moved it; of each time, it is said once."""
        was = self._reached.get(tenant_id) or 0
        if was > position:
            self._reached.put(tenant_id, position, 1)
        return was > position
