"""Keyed hashes (HMAC-SHA-256) of what may tell a person: alike for equal values, and nothing to guess without the key.

There are so few phones and CPFs that whoever has a plain hash tries them all.
"""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID


def keyed_hash(identity_key: bytes, tenant_id: UUID, what: str, value: bytes) -> bytes:
    """Of ``value`` as ``what`` in this tenant: the same value elsewhere has another hash. 32 bytes."""
    return hmac.digest(identity_key, f"{tenant_id}:{what}:".encode() + value, hashlib.sha256)


@dataclass(frozen=True)
class KeyedHashes:
    """As what may tell a person is kept; ``identity_key`` is the one of identities."""

    identity_key: bytes

    def ids(self, tenant_id: UUID) -> UUID:
        """The namespace of ids that follow from a person's phone and name."""
        return UUID(bytes=hmac.digest(self.identity_key, f"{tenant_id}:ids".encode(), hashlib.sha256)[:16])

    def idempotency_key(self, tenant_id: UUID, key: str) -> str:
        """A client's Idempotency-Key: what clients write into one may tell a person."""
        return keyed_hash(self.identity_key, tenant_id, "idempotency-key", key.encode()).hex()

    def imported_rows(self, tenant_id: UUID, digest: bytes) -> bytes:
        """The digest of an imported file's rows."""
        return keyed_hash(self.identity_key, tenant_id, "imported-rows", digest)

    def request(self, tenant_id: UUID, request_hash: bytes) -> bytes:
        """The hash of a request, which is kept with its key."""
        return keyed_hash(self.identity_key, tenant_id, "request", request_hash)
