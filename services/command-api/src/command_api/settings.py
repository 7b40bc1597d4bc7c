"""Every knob of command-api, its relay and its sweeps; each is an environment variable of the same name in capitals."""

from typing import Any, Self

from pydantic import Field, ImportString, SecretStr, field_validator, model_validator

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


class CommandSettings(PostgresSettings, LogSettings):
    """What commands are decided and recorded by, whoever gives them: the HTTP server or a sweep."""

    healz_identity_key: SecretStr = Field(min_length=16)
    """Keys the hashes of phones, e-mails and CPFs. A changed key forgets which are taken."""
    healz_event_bytes_max: int = Field(default=64 * 1024, ge=1)
    healz_idempotency_key_hours: float = Field(default=24.0, gt=0)
    healz_conflict_attempts_max: int = Field(default=12, ge=1)
    healz_clock_ahead_minutes_max: float = Field(default=5.0, ge=0)
    healz_reminders_per_appointment_max: int = Field(default=20, ge=1)
    healz_cases_kept_bytes_max: int = Field(default=32 * 1024 * 1024, ge=0)
    """About as much memory as a process gives to patients' cases, those that were used last: a command then reads and
    folds only what is new. 0 keeps none."""
    healz_fold_page_events_max: int = Field(default=200, ge=1)
    healz_fold_page_bytes_max: int = Field(default=256 * 1024, ge=1)
    """A patient's events are read in pages, none larger than these two say, and one event."""
    healz_fold_slice_ms: float = Field(default=2.0, gt=0)
    """So long events are folded at a stretch; then the process is others' for as long."""
    healz_fold_seconds_max: float = Field(default=5.0, gt=0)
    """For what is more than a page, per request; then 503, and the next request goes on from there."""
    healz_long_folds_at_once_max: int = Field(default=2, ge=1)
    """Of more than a page, in a process; of one tenant one."""
    healz_long_folds_waiting_per_tenant_max: int = Field(default=16, ge=1)
    """So many of a tenant wait for their turn, that one included; further ones hear 503."""
    healz_turn_wait_seconds_max: float = Field(default=5.0, gt=0)
    """For the turn of a long fold, or of a command after others for the same patient; then 503."""


class ApiSettings(CommandSettings, KafkaSettings):
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
    healz_requests_per_minute_max: int = Field(default=1000, ge=1)
    """Of one tenant, at one process of the API."""
    healz_body_bytes_max: int = Field(default=64 * 1024, ge=1)
    healz_import_bytes_max: int = Field(default=64 * 1024 * 1024, ge=1)
    """Of a file; it is read as it comes, so that this costs no memory."""
    healz_import_row_bytes_max: int = Field(default=64 * 1024, ge=1)
    healz_import_batch_rows_max: int = Field(default=200, ge=1)
    """So many rows are in memory at a time, and are matched with patients in one go."""
    healz_import_rows_in_flight_max: int = Field(default=8, ge=1)
    """Commands of one import at a time."""
    healz_imports_at_once_max: int = Field(default=2, ge=1)
    """At one process of the API; with the rows in flight of each, fewer than the pool has connections, so that others
    get through."""
    healz_import_idle_seconds_max: float = Field(default=30.0, gt=0)
    """A client that sends nothing more of its file for so long makes room for another."""
    healz_import_refusals_shown_max: int = Field(default=50, ge=0)
    healz_min_position_wait_seconds: float = Field(default=5.0, gt=0)
    healz_min_position_waiting_per_tenant_max: int = Field(default=100, ge=1)
    """So many requests of a tenant wait for positions at one process; further ones hear 503 at once."""
    healz_min_position_ahead_max: int = Field(default=10_000, ge=0)
    """A position that lies further ahead of the tenant's log can't come within the wait: 503 at once. More than a
    read-only replica may lag behind."""
    healz_min_position_looks_at_once_max: int = Field(default=4, ge=1)
    """Statements that look for those who wait; of one tenant one."""
    healz_page_rows_max: int = Field(default=200, ge=1)
    healz_page_bytes_max: int = Field(default=1024 * 1024, ge=1)
    """A page of events ends with the one that gets there."""
    healz_rows_then_kept_bytes_max: int = Field(default=16 * 1024 * 1024, ge=0)
    """About as much memory as is given to patients' rows on the way to "as of", where the history is long."""
    healz_calendar_days_max: int = Field(default=62, ge=1)
    healz_unconfirmed_hours_max: float = Field(default=168.0, gt=0)
    """How far ahead who is not confirmed may be asked for."""


class SweepSettings(CommandSettings):
    """The sweeps'. ``database_url`` is where commands go; ``sweeper_database_url``, of the role healz_sweeper, where
    candidates are found, and must lead straight to PostgreSQL: a session keeps the cursor and the locks."""

    sweeper_database_url: str
    healz_sweep_commands_at_once: int = Field(default=8, ge=1)
    """At most as many as the pool has connections. A tenant's commits wait for each other anyway: more would only take
    turns from those of people."""
    healz_sweep_statement_timeout_seconds: float = Field(default=300.0, gt=0)
    """For the one query per tenant that finds the candidates."""
    healz_follow_up_late_days_max: int = Field(default=7, ge=1, le=3650)
    """A reminder that could not go out for so long is not sent any more; so a visit is looked at a few times only."""
    healz_messenger: ImportString[Any] = Field(default="command_api.messenger.LogMessenger", validate_default=True)
    """The class of the Messenger through which reminders go out, by its dotted name; made without arguments."""

    @model_validator(mode="after")
    def _a_connection_each(self) -> Self:
        if self.healz_sweep_commands_at_once > self.healz_pool_connections_max:
            raise ValueError(
                "HEALZ_SWEEP_COMMANDS_AT_ONCE is more than HEALZ_POOL_CONNECTIONS_MAX: some would time out"
            )
        return self
