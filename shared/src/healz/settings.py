"""The knobs that every service has; each is an environment variable of the same name in capitals."""

from pydantic import Field
from pydantic_settings import BaseSettings


class PostgresSettings(BaseSettings):
    """One pool per process; times in seconds."""

    database_url: str
    healz_pool_connections_min: int = Field(default=5, ge=0)
    healz_pool_connections_max: int = Field(default=20, ge=1)
    healz_pool_acquire_timeout_seconds: float = 2.0
    healz_pool_idle_seconds: float = 30.0
    healz_statement_timeout_seconds: float = 10.0
    healz_idle_in_transaction_timeout_seconds: float = 30.0
    healz_lock_timeout_seconds: float = 5.0
    healz_statement_cache_size: int = 200
    """Prepared statements kept per connection; 0 behind PgBouncer older than 1.21 in transaction mode."""


class KafkaSettings(BaseSettings):
    """Where the events are broadcast."""

    kafka_bootstrap_servers: str
    healz_topic: str = "healz.events"


class LogSettings(BaseSettings):
    """How much is told."""

    healz_log_level: str = "INFO"
