"""The knobs that every service has; each is an environment variable of the same name in capitals."""

from pydantic import Field
from pydantic_settings import BaseSettings

STATEMENTS_KEPT = 200


class PostgresSettings(BaseSettings):
    """One pool per process and role; times in seconds."""

    database_url: str
    healz_pool_connections_min: int = Field(default=5, ge=0)
    healz_pool_connections_max: int = Field(default=20, ge=1)
    healz_pool_acquire_timeout_seconds: float = 2.0
    healz_pool_idle_seconds: float = 30.0
    """How long a connection above the least number may do nothing before it is closed."""
    healz_statement_timeout_seconds: float = 10.0
    healz_idle_in_transaction_timeout_seconds: float = 30.0
    healz_lock_timeout_seconds: float = 5.0
    healz_pgbouncer: bool = False
    """A PgBouncer in transaction mode stands between. It takes no timeouts from a client: those of the role hold then
    (ALTER ROLE, in the first migration), not the three above."""
    healz_statement_cache_size: int | None = Field(default=None, ge=0)
    """Prepared statements kept per connection. None: 200, behind PgBouncer 0, because before 1.21 it hands a client to
    a session that has never heard of them; from then on, with its max_prepared_statements set, this may be set too."""

    @property
    def statements_kept(self) -> int:
        """Per connection."""
        if self.healz_statement_cache_size is not None:
            return self.healz_statement_cache_size
        return 0 if self.healz_pgbouncer else STATEMENTS_KEPT


class KafkaSettings(BaseSettings):
    """Where the events are broadcast."""

    kafka_bootstrap_servers: str
    healz_topic: str = "healz.events"


class LogSettings(BaseSettings):
    """How much is told."""

    healz_log_level: str = "INFO"
