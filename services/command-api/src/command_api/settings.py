"""Every knob of command-api and its relay; each is an environment variable of the same name in capitals."""

from pydantic import Field, SecretStr, field_validator

from healz.settings import KafkaSettings, LogSettings, PostgresSettings


class RelaySettings(PostgresSettings, KafkaSettings, LogSettings):
    """The relay's; times in the unit that the name ends with. ``database_url`` must lead straight to PostgreSQL."""

    healz_transactional_id: str = "healz-relay"
    """One per database cluster: who begins under it fences whoever had it before."""
    healz_relay_batch_events_max: int = Field(default=2000, ge=1)
    healz_relay_poll_interval_ms: float = Field(default=2.0, gt=0)
    """Between two looks at an empty outbox, and between two small transactions."""
    healz_relay_pause_ms_max: float = Field(default=50.0, ge=0)
    """After a small transaction it rests as long as that took, this long at most: so they get larger under load."""
    healz_relay_standby_interval_ms: float = Field(default=250.0, gt=0)
    healz_relay_retry_backoff_ms: float = Field(default=500.0, gt=0)
    healz_relay_tail_margin_seconds: float = Field(default=60.0, ge=0)
    """How much earlier than the oldest outbox row the look at the topic's tail begins."""
    healz_relay_tail_timeout_seconds: float = Field(default=120.0, gt=0)
    """How long that look waits for another open transaction; brokers end one after a minute by default."""
    healz_relay_transaction_timeout_ms: int = Field(default=30_000, ge=1000)

    @field_validator("healz_pgbouncer")
    @classmethod
    def _never_through_pgbouncer(cls, value: bool) -> bool:
        if value:
            raise ValueError(
                "the relay leads by a lock that one PostgreSQL session holds, and PgBouncer shares sessions:"
                " leave HEALZ_PGBOUNCER off for it and give it a DATABASE_URL that leads straight to PostgreSQL"
            )
        return value


class ApiSettings(PostgresSettings, KafkaSettings, LogSettings):
    """The HTTP server's. Tokens: either a JWKS, or, for development, one shared secret."""

    reader_database_url: str
    healz_api_host: str = "127.0.0.1"
    healz_api_port: int = 8400
    healz_api_keep_alive_seconds: int = Field(default=75, ge=1)
    """How long an idle connection stays open. Longer than proxies and clients keep one (60 s and less), so that it is
    never the server that ends a connection just as a command comes over it."""
    healz_jwks_url: str | None = None
    healz_jwt_development_secret: SecretStr | None = None
    healz_jwt_audience: str = "healz"
    healz_identity_key: SecretStr = Field(min_length=16)
    """Keys the hashes of phones, e-mails and CPFs. A changed key forgets which are taken."""
    healz_requests_per_minute_max: int = Field(default=1000, ge=1)
    """Of one tenant, at one process of the API."""
    healz_body_bytes_max: int = Field(default=64 * 1024, ge=1)
    healz_event_bytes_max: int = Field(default=64 * 1024, ge=1)
    healz_idempotency_key_hours: float = Field(default=24.0, gt=0)
    healz_conflict_attempts_max: int = Field(default=12, ge=1)
    healz_clock_ahead_minutes_max: float = Field(default=5.0, ge=0)
    healz_reminders_per_appointment_max: int = Field(default=20, ge=1)
    healz_min_position_wait_seconds: float = Field(default=5.0, ge=0)
    healz_page_rows_max: int = Field(default=200, ge=1)
    healz_calendar_days_max: int = Field(default=62, ge=1)
