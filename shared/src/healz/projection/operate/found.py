"""What a verify has found, or a rebuild has done, over all patients: how many rows of each kind, and the first ones."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from healz.projection.operate.verification import Verification
from healz.projection.refold.compare import RowDifference
from healz.projection.refold.mend import Refolded

ROWS_NAMED_MAX = 1000


@dataclass
class Findings:
    """``share``: of the patients, below 1 taken at random. ``problems`` are those of a tenant as a whole, {tenant_id:
    what is wrong with its checkpoint}; ``not_done`` says why the rest of a tenant was left.
    """

    share: float = 1.0
    tenants: int = 0
    patients: int = 0
    events: int = 0
    parked: int = 0
    freed: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    rows: list[RowDifference] = field(default_factory=list)
    problems: dict[UUID, str] = field(default_factory=dict)
    not_done: dict[UUID, str] = field(default_factory=dict)
    _begun_at: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._begun_at

    @property
    def is_right(self) -> bool:
        """Whether nothing was found."""
        return not self.wrong and not self.problems

    def add(self, refolded: Refolded) -> None:
        """And of these patients."""
        self.patients += refolded.patients
        self.events += refolded.events
        self.parked += len(refolded.parked)
        self.freed += refolded.freed
        self.wrong.update(one.what for one in refolded.wrong)
        self.rows += refolded.wrong[: ROWS_NAMED_MAX - len(self.rows)]

    def verification(self) -> Verification:
        """To be kept, of a verify of all tenants."""
        wrong = self.wrong.total() + len(self.problems)
        return Verification(
            self.share, self.tenants, self.patients, self.events, wrong, self.parked, not_done=len(self.not_done)
        )

    def as_plain(self, *, values: bool) -> dict[str, Any]:
        """For programs; with what is in the cells only where that was asked for: it may be a patient's."""
        return {
            "right": self.is_right,
            "patients": self.patients,
            "events": self.events,
            "seconds": round(self.seconds, 3),
            "parked": self.parked,
            "wrong": dict(self.wrong),
            "problems": by_tenant(self.problems),
            "not_done": by_tenant(self.not_done),
            "rows": [named(one, values=values) for one in self.rows],
        }


def by_tenant(sentences: Mapping[UUID, str]) -> dict[str, str]:
    """For programs."""
    return {str(tenant_id): sentence for tenant_id, sentence in sentences.items()}


def named(one: RowDifference, *, values: bool) -> dict[str, Any]:
    """Table, key and columns of a row."""
    columns: Any = list(one.columns)
    if values:
        columns = {name: {"is": is_now, "should_be": right} for name, (is_now, right) in one.columns.items()}
    key = dict(zip(one.table.key, map(str, one.key), strict=True))
    return {"table": one.table.name, "what": one.what, "key": key, "columns": columns}
