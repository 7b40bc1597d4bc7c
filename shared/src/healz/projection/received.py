"""One tenant's events of a batch, as they were received from the topic; the store says which of them are its own."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from healz.events import Recorded


class Received:
    """Events by position. Of duplicates it keeps the first; where different events claim a position, all of them."""

    def __init__(self) -> None:
        self._first: dict[int, Recorded] = {}
        self._rivals: dict[tuple[int, bytes], Recorded] = {}

    def __len__(self) -> int:
        return len(self._first) + len(self._rivals)

    def add(self, event: Recorded) -> None:
        """Takes in one more."""
        first = self._first.setdefault(event.position, event)
        if first is not event and first.event_id != event.event_id:
            self._rivals.setdefault((event.position, event.event_id.bytes), event)

    def drop_until(self, checkpoint: int) -> None:
        """What was seen before is of no interest."""
        self._first = {position: event for position, event in self._first.items() if position > checkpoint}
        self._rivals = {key: event for key, event in self._rivals.items() if key[0] > checkpoint}

    @property
    def newest(self) -> int:
        """The highest position."""
        return max(self._first)

    @property
    def patients(self) -> set[UUID]:
        """Whose they are."""
        return {event.patient_id for event in (*self._first.values(), *self._rivals.values())}

    def following(self, position: int) -> list[Recorded] | None:
        """All that come after this position, when they follow it without a gap and no two claim a place; else None."""
        if self._rivals:
            return None
        after = sorted(own for own in self._first if own > position)
        gapless = bool(after) and (after[0], after[-1]) == (position + 1, position + len(after))
        return [self._first[own] for own in after] if gapless else None

    def get(self, position: int, event_id: bytes) -> Recorded | None:
        """The event with this id at this position, if it came."""
        first = self._first.get(position)
        if first is not None and first.event_id.bytes == event_id:
            return first
        return self._rivals.get((position, event_id)) if self._rivals else None

    def but(self, known: Mapping[int, object]) -> list[int]:
        """Positions of those that are not among ``known``."""
        events = [*self._first.values(), *self._rivals.values()]
        return sorted(event.position for event in events if known.get(event.position) is not event)


def by_tenant(events: Iterable[Recorded]) -> Mapping[UUID, Received]:
    """Each tenant's own."""
    tenants: dict[UUID, Received] = {}
    for event in events:
        received = tenants.get(event.tenant_id)
        if received is None:
            received = tenants[event.tenant_id] = Received()
        received.add(event)
    return tenants
