"""Tenants of a stack, and who may ask in them."""

from uuid import UUID

from healz_local.tokens import development_secret, issue_token
from whole.stack import Stack


def tokens(stack: Stack, tenants: list[UUID]) -> list[str]:
    """An admin's, one for each tenant."""
    secret = development_secret(stack.home)
    return [issue_token(secret, tenant_id, "admin") for tenant_id in tenants]
