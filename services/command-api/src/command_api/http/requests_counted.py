"""How much each tenant has asked in the last minute: a sliding window, over what all processes have counted.

Pure: the time comes in, and so does what the others have counted (``rate_shared``). What a process has counted since it
told them comes on top of what they were told.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

MINUTE_SECONDS = 60
SECONDS_MIN = 0.001
"""Whoever is refused waits for more than nothing."""


@dataclass
class _Count:
    """Of one tenant in one minute: ``everywhere`` as it was told last, what is being told now, and what comes next."""

    everywhere: int = 0
    telling: int = 0
    untold: int = 0


@dataclass(frozen=True)
class Told:
    """``requests`` of a tenant in a minute (counted since 1970) and in the one before: those that this process has
    counted since it told last; or those of all processes."""

    tenant_id: UUID
    minute: int
    requests: int
    requests_before: int


class RequestsCounted:
    """Counts at most ``per_minute_max`` requests of each tenant in the last 60 seconds; ``now`` is a Unix time.

    Of the minute before as much counts as still lies in these 60 seconds, as if it had been asked evenly (the sliding
    window counter of Cloudflare and of the package limits).
    """

    def __init__(self, per_minute_max: int) -> None:
        self.per_minute_max = per_minute_max
        self._minutes: dict[int, defaultdict[UUID, _Count]] = {}
        self._asked: set[UUID] = set()

    def seconds_to_wait(self, tenant_id: UUID, now: float) -> float:
        """Until one more may be asked; 0 where it may be now. Counts nothing."""
        minute, gone = divmod(now, MINUTE_SECONDS)
        before, this = self._all(tenant_id, int(minute) - 1), self._all(tenant_id, int(minute))
        if math.floor(before * (1 - gone / MINUTE_SECONDS)) + this < self.per_minute_max:
            return 0.0
        self._asked.add(tenant_id)
        if this < self.per_minute_max:
            room_at = MINUTE_SECONDS * (1 - (self.per_minute_max - this) / before)
        else:
            room_at = MINUTE_SECONDS * (2 - self.per_minute_max / this)
        return max(room_at - gone, SECONDS_MIN)

    def count(self, tenant_id: UUID, now: float) -> None:
        """One more is answered."""
        minute = int(now // MINUTE_SECONDS)
        self._keep(minute)
        self._minutes[minute][tenant_id].untold += 1
        self._asked.add(tenant_id)

    def begin_telling(self, now: float) -> list[Told]:
        """Who has asked since it was told last; ``told`` or ``not_told`` has to follow."""
        minute = int(now // MINUTE_SECONDS)
        self._keep(minute)
        asked, self._asked = self._asked, set()
        return [Told(who, minute, self._begin(who, minute), self._begin(who, minute - 1)) for who in asked]

    def told(self, telling: Iterable[Told], everywhere: Iterable[Told]) -> None:
        """What all processes have counted by now, these counts included.

        Of a tenant whom it leaves out, or whose row is of a clock that is minutes ahead, the count here stands.
        """
        known = {told.tenant_id: told for told in everywhere}
        for told in telling:
            found = known.get(told.tenant_id)
            ahead = None if found is None else found.minute - told.minute
            match found, ahead:
                case Told(requests=requests, requests_before=before), 0:
                    self._end(told, requests, before)
                case Told(requests_before=before), 1:
                    self._end(told, before, None)
                case Told(requests=requests), -1:
                    self._end(told, 0, requests)
                case Told(), int() if ahead < 0:
                    self._end(told, 0, 0)
                case _:
                    self._end(told, None, None)

    def not_told(self, telling: Iterable[Told]) -> None:
        """It didn't get through: these are told with the next."""
        for told in telling:
            self._asked.add(told.tenant_id)
            for count in (self._count(told.tenant_id, told.minute), self._count(told.tenant_id, told.minute - 1)):
                count.untold, count.telling = count.untold + count.telling, 0

    def _begin(self, tenant_id: UUID, minute: int) -> int:
        count = self._minutes[minute][tenant_id]
        count.telling, count.untold = count.untold, 0
        return count.telling

    def _end(self, told: Told, requests: int | None, before: int | None) -> None:
        """None: nobody knows of others."""
        for minute, everywhere in ((told.minute, requests), (told.minute - 1, before)):
            count = self._count(told.tenant_id, minute)
            count.everywhere = count.everywhere + count.telling if everywhere is None else everywhere
            count.telling = 0

    def _all(self, tenant_id: UUID, minute: int) -> int:
        count = self._count(tenant_id, minute)
        return count.everywhere + count.telling + count.untold

    def _count(self, tenant_id: UUID, minute: int) -> _Count:
        """The count, to be read or changed; of nobody's where there is none."""
        counts = self._minutes.get(minute)
        return (counts.get(tenant_id) if counts is not None else None) or _Count()

    def _keep(self, minute: int) -> None:
        """This minute's counts and those of the one before; others are too old to count."""
        if not {minute - 1, minute} <= self._minutes.keys():
            kept = self._minutes
            self._minutes = {of: kept.get(of, defaultdict(_Count)) for of in (minute - 1, minute)}
