"""The log of what the Gate refuses: one line a second for each tenant and status, with how many there were.

A line each would cost more than the refusal, just when there is least to spare.
"""

import asyncio
import logging
from collections import Counter
from uuid import UUID

log = logging.getLogger(__name__)

LINE_SECONDS = 1.0


class Refusals:
    """Counts them, and says so a second after the first."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[UUID, int]] = Counter()

    def count(self, tenant_id: UUID, status: int) -> None:
        """One more: 429 by the rate, 503 for want of room."""
        if not self._counts:
            asyncio.get_running_loop().call_later(LINE_SECONDS, self.tell)
        self._counts[tenant_id, status] += 1

    def tell(self) -> None:
        """Writes the lines of what was counted since they were written last."""
        counts, self._counts = self._counts, Counter()
        for (tenant_id, status), requests in counts.items():
            log.info("refused", extra={"tenant_id": tenant_id, "status": status, "requests": requests})
