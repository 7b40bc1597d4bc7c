"""Keyed hashes (HMAC-SHA-256) of what may tell a person: alike for equal values, and nothing to guess without the key.

There are so few phones and CPFs that whoever has a plain hash tries them all.
"""

import hashlib
import hmac
from uuid import UUID


def keyed_hash(identity_key: bytes, tenant_id: UUID, what: str, value: bytes) -> bytes:
    """Of ``value`` as ``what`` in this tenant: the same value elsewhere has another hash. 32 bytes."""
    return hmac.digest(identity_key, f"{tenant_id}:{what}:".encode() + value, hashlib.sha256)
