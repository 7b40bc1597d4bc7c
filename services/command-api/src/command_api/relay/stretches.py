"""What the topic holds of one tenant, as stretches of consecutive positions: whether a new consumer would see 1…n."""

from dataclasses import dataclass, field
from itertools import chain, pairwise


class OutOfOrder(Exception):
    """Nothing that is appended makes the tenant's records 1…n."""


@dataclass
class Stretch:
    """From position ``first`` to ``last``, one after the other on one partition."""

    first: int
    last: int


@dataclass
class Stretches:
    """Of one tenant. They are on several partitions where the topic got more: the key's partition is another since."""

    by_partition: dict[int, list[Stretch]] = field(default_factory=dict)

    def add(self, partition: int, position: int) -> None:
        """The partition's next record."""
        stretches = self.by_partition.setdefault(partition, [])
        if stretches and position == stretches[-1].last + 1:
            stretches[-1].last = position
        else:
            stretches.append(Stretch(position, position))

    def last(self, first_kept: int = 1) -> int:
        """The position up to which nothing is missing; 0: none is there. Raises OutOfOrder.

        ``first_kept``: the first that the store still has; what came before it need not be there.
        """
        for partition, stretches in self.by_partition.items():
            for before, after in pairwise(stretches):
                if after.first <= before.last:
                    raise OutOfOrder(f"position {after.first} comes after {before.last} on partition {partition}")
        ordered = sorted(chain(*self.by_partition.values()), key=lambda stretch: stretch.first)
        if not ordered:
            return first_kept - 1
        if ordered[0].first > first_kept:
            raise OutOfOrder(f"it begins with position {ordered[0].first}, without what comes before")
        for before, after in pairwise(ordered):
            if after.first <= before.last:
                raise OutOfOrder(f"position {after.first} is there twice")
            if after.first > max(before.last + 1, first_kept):
                raise OutOfOrder(f"position {after.first} follows {before.last}")
        return max(ordered[-1].last, first_kept - 1)
