"""A tenant's label: none at all by default, and never more of them than a setting allows."""

from collections.abc import Mapping
from uuid import UUID

TENANT_LABEL = "tenant_id"
OTHERS = "others"
TENANT_LABEL_TELLS = "only with HEALZ_METRICS_TENANTS_MAX: one of so many tenants, or `others`"


class TenantLabels:
    """Names the first ``most`` tenants that it meets, and puts the rest together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._labels: dict[UUID, Mapping[str, str]] = {}
        self._others: Mapping[str, str] = {TENANT_LABEL: OTHERS} if most else {}

    @property
    def are_named(self) -> bool:
        """Whether any is."""
        return self._most > 0

    def of(self, tenant_id: UUID) -> Mapping[str, str]:
        """The tenant's."""
        known = self._labels.get(tenant_id)
        if known is None and len(self._labels) < self._most:
            known = self._labels[tenant_id] = {TENANT_LABEL: str(tenant_id)}
        return self._others if known is None else known
