"""The knobs by which bearer tokens are checked."""

from collections.abc import Iterator
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from healz.settings import HealzSettings

SECRET_BYTES_MIN = 32
"""Of HS256: as many as its hash has (RFC 7518, 3.2)."""


class TokenSettings(HealzSettings):
    """What bearer tokens are checked by: either a JWKS, or, for development, one shared secret."""

    healz_jwks_url: str | None = None
    healz_jwt_development_secret: SecretStr | None = None
    healz_jwt_audience: str = "healz"
    healz_jwt_issuer: str | None = None
    """The ``iss`` that a token must have. None, in development alone: any."""
    healz_jwt_leeway_seconds: float = Field(default=5.0, ge=0, le=300)
    """How far the issuer's clock may be from ours, for ``iat``, ``nbf`` and ``exp``."""
    healz_jwt_lifetime_hours_max: float = Field(default=24.0, gt=0)
    """From ``iat`` to ``exp``, and from now to ``exp``."""
    healz_jwt_bytes_max: int = Field(default=16 * 1024, ge=1024)
    """Of a token; room for some two hundred clinics."""
    healz_jwt_kept_bytes_max: int = Field(default=4 * 1024 * 1024, ge=0)
    """About as much memory as a process gives to good tokens, those that were used last: the signature of one that is
    kept is not checked again while its key stays in the set. 0 keeps none."""
    healz_jwks_refresh_seconds: float = Field(default=300.0, gt=0)
    healz_jwks_cooldown_seconds: float = Field(default=10.0, gt=0)
    """The least time between two fetches, whatever asks for one: unknown keys, a failure, the refresh."""
    healz_jwks_timeout_seconds: float = Field(default=5.0, gt=0)
    """Of one fetch, from its beginning to its last byte."""
    healz_jwks_wait_seconds: float = Field(default=1.0, ge=0)
    """How long a token of a key that isn't known yet waits for the next fetch; no other token waits."""
    healz_jwks_stale_seconds_max: float = Field(default=6 * 3600.0, gt=0)
    """How long the keys that are known go on after the last fetch that succeeded; then 503."""
    healz_jwks_bytes_max: int = Field(default=64 * 1024, ge=1)

    @field_validator("healz_jwt_development_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < SECRET_BYTES_MIN:
            raise ValueError(f"must have {SECRET_BYTES_MIN} bytes at least")
        return value

    @field_validator("healz_jwks_url")
    @classmethod
    def _an_http_url(cls, value: str | None) -> str | None:
        if value is not None and not (urlsplit(value).scheme in ("https", "http") and urlsplit(value).hostname):
            raise ValueError("must be an https URL")
        return value

    @model_validator(mode="after")
    def _one_way_to_check_tokens(self) -> Self:
        if (self.healz_jwks_url is None) == (self.healz_jwt_development_secret is None):
            raise ValueError("set either HEALZ_JWKS_URL or, for development, HEALZ_JWT_DEVELOPMENT_SECRET")
        if self.healz_jwks_stale_seconds_max <= self.healz_jwks_refresh_seconds:
            raise ValueError("HEALZ_JWKS_STALE_SECONDS_MAX must be more than HEALZ_JWKS_REFRESH_SECONDS")
        return self

    def production_faults(self) -> Iterator[str]:
        yield from super().production_faults()
        if self.healz_jwt_development_secret is not None:
            yield "HEALZ_JWT_DEVELOPMENT_SECRET is for development: whoever reads it may be anybody; set HEALZ_JWKS_URL"
        if self.healz_jwks_url is not None and urlsplit(self.healz_jwks_url).scheme != "https":
            yield "HEALZ_JWKS_URL must be https: whoever changes the keys on their way may be anybody"
        if self.healz_jwt_issuer is None:
            yield "HEALZ_JWT_ISSUER is needed: without it a token of any issuer that shares the keys is taken"
