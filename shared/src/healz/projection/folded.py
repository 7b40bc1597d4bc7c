"""What came of a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True)
class Folded:
    """Events applied, tenants left to reconcile, events that the store doesn't have.

    ``contended`` are those of ``left_out`` whose checkpoint somebody else holds, or has moved since it was read.
    """

    applied: int = 0
    left_out: frozenset[UUID] = frozenset()
    contended: frozenset[UUID] = frozenset()
    unconfirmed: Mapping[UUID, Sequence[int]] = field(default_factory=dict)
    """Positions, by tenant."""

    def then(self, again: "Folded") -> "Folded":
        """What came of it after the contended ones were tried ``again``."""
        return Folded(
            self.applied + again.applied,
            (self.left_out - self.contended) | again.left_out,
            again.contended,
            {**self.unconfirmed, **again.unconfirmed},
        )

    def beside(self, other: "Folded") -> "Folded":
        """This and what came of other tenants' events."""
        return Folded(
            self.applied + other.applied,
            self.left_out | other.left_out,
            self.contended | other.contended,
            {**self.unconfirmed, **other.unconfirmed},
        )
