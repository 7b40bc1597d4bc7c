"""A cache of the tenants' journey rules, each good for a short time."""

import math
import time
from datetime import timedelta
from uuid import UUID

from command_api.decide.journey.rules import JourneyRules
from healz.kept import Kept

RULES_KEPT = timedelta(seconds=10)
KEPT_BYTES_MAX = 4 * 1024 * 1024
RULES_BYTES = 1000


class KeptRules:
    """Rules as they were read no longer than ``good_for`` ago; 0 keeps none."""

    def __init__(self, good_for: timedelta) -> None:
        self._seconds = good_for.total_seconds()
        self._kept: Kept[UUID, tuple[JourneyRules, float]] = Kept(KEPT_BYTES_MAX)
        self._changed_at = -math.inf

    def get(self, tenant_id: UUID) -> JourneyRules | None:
        """The tenant's, where they are still good."""
        rules, asked_at = self._kept.get(tenant_id) or (None, -math.inf)
        return rules if time.monotonic() - asked_at < self._seconds else None

    def put(self, tenant_id: UUID, rules: JourneyRules, asked_at: float) -> None:
        """Keeps what the database was asked for at ``asked_at``, a ``time.monotonic()``."""
        if asked_at > self._changed_at:
            self._kept.put(tenant_id, (rules, asked_at), RULES_BYTES)

    def forget(self, tenant_id: UUID) -> None:
        """They have changed. Who asked before now, whoever's rules, may have read older ones: those are not kept."""
        self._kept.drop(tenant_id)
        self._changed_at = time.monotonic()
