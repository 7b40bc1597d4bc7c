"""How the log names tenants: how many they are, and no more of them than a line can hold."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

TENANTS_LOGGED_MAX = 10


def tenants_logged(tenants: Sequence[UUID]) -> dict[str, Any]:
    """The fields of a line about these."""
    return {"tenants": len(tenants), "some_tenants": [str(tenant_id) for tenant_id in tenants[:TENANTS_LOGGED_MAX]]}
