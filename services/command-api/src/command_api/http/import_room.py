"""Who may import now: a bulkhead with a share for each tenant, so that one of them can't take all places."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from command_api.http.problems import Problem

RETRY_AFTER_SECONDS = 60
"""When to send a file again that found no place."""
OWN_RETRY_AFTER_SECONDS = 10
"""Where the organisation's own file has it: one whose client went away ends with the batch of rows that it is at."""


class Room:
    """The places of one process of the API; both figures are settings."""

    def __init__(self, at_once_max: int, per_tenant_max: int) -> None:
        self._at_once_max = at_once_max
        self._per_tenant_max = per_tenant_max
        self._taken: Counter[UUID] = Counter()

    @contextmanager
    def place(self, tenant_id: UUID) -> Iterator[None]:
        """Held while the file is imported. Raises Problem when there is none for this tenant."""
        if self._taken[tenant_id] >= self._per_tenant_max:
            raise _full(f"as many files of this organisation ({self._per_tenant_max}) are", OWN_RETRY_AFTER_SECONDS)
        if self._taken.total() >= self._at_once_max:
            raise _full(f"as many files as this server takes ({self._at_once_max}) are", RETRY_AFTER_SECONDS)
        self._taken[tenant_id] += 1
        try:
            yield
        finally:
            self._taken -= Counter([tenant_id])


def _full(who: str, retry_after_seconds: int) -> Problem:
    return Problem(
        429,
        f"{who} being imported here already; send this one again later, under the same Idempotency-Key",
        headers={"Retry-After": str(retry_after_seconds)},
    )
