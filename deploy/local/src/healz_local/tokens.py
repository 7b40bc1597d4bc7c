"""The development secrets of a stack and the tokens that one of them signs. Never for anything but a local stack."""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import jwt

ISSUER = "healz-local"
AUDIENCE = "healz"
ROLES = ("admin", "manager", "doctor", "receptionist", "bot", "import", "viewer")
OPERATOR = "operator"
"""Who runs the platform: for the console's pipeline alone, of no organisation."""
SAY_THEIR_CLINICS = ("bot", "import", "viewer")
"""Roles that work in the clinics that the token names, or in all where it says so; admin and manager always do."""

Clinics = Sequence[UUID] | Literal["all"]

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


def claims_of(
    tenant: UUID, role: str, *, clinics: Clinics = (), hours: float = 12, subject: str = "local"
) -> dict[str, Any]:
    """What a token says: one tenant and role, valid for so many hours from now; clinics: where the role works."""
    now = datetime.now(UTC)
    ends = now + timedelta(hours=hours)
    return {
        "sub": subject,
        "tenant_id": str(tenant),
        "clinic_ids": clinics if isinstance(clinics, str) else [str(clinic) for clinic in clinics],
        "role": role,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": min(now, ends),
        "exp": ends,
    }


def operator_token(secret: str, *, hours: float = 12, subject: str = "local") -> str:
    """A token of somebody who runs the platform."""
    now = datetime.now(UTC)
    times = {"iat": now, "exp": now + timedelta(hours=hours)}
    claims = {"sub": subject, "role": OPERATOR, "iss": ISSUER, "aud": AUDIENCE, **times}
    return jwt.encode(claims, secret, algorithm="HS256")


def issue_token(
    secret: str, tenant: UUID, role: str, *, clinics: Clinics = (), hours: float = 12, subject: str = "local"
) -> str:
    """These claims as a token (JWT, HS256)."""
    claims = claims_of(tenant, role, clinics=clinics, hours=hours, subject=subject)
    return jwt.encode(claims, secret, algorithm="HS256")
