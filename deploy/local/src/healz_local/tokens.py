"""The development secrets of a stack and the tokens that one of them signs. Never for anything but a local stack."""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import jwt

AUDIENCE = "healz"
ROLES = ("admin", "manager", "doctor", "receptionist", "bot", "import", "viewer")


SECRETS = ("jwt-development-secret", "identity-key")


def development_secret(home: Path, name: str = "jwt-development-secret") -> str:
    """A secret of this stack: random, made once, readable by its owner alone."""
    file = home / name
    home.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(descriptor, "w") as new:
        secret = secrets.token_urlsafe(48)
        new.write(secret + "\n")
    return secret


def issue_token(
    secret: str, tenant: UUID, role: str, *, clinics: Sequence[UUID] = (), hours: float = 12, subject: str = "local"
) -> str:
    """A token (JWT, HS256) for one tenant and role, valid for so many hours from now; clinics: where the role works."""
    claims = {
        "sub": subject,
        "tenant_id": str(tenant),
        "clinic_ids": [str(clinic) for clinic in clinics],
        "role": role,
        "aud": AUDIENCE,
        "exp": datetime.now(UTC) + timedelta(hours=hours),
    }
    return jwt.encode(claims, secret, algorithm="HS256")
