"""The knobs that every service has; each is an environment variable of the same name in capitals."""

import logging
from collections.abc import Iterator
from typing import Any, Literal, Self

from pydantic import Field, FilePath, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from healz.production import database_faults, is_plain

STATEMENTS_KEPT = 200


class HealzSettings(BaseSettings):
    """The base of all settings: an empty value is an error, but of OpenTelemetry's it is none; production takes no
    shortcut. Errors show no value."""

    model_config = SettingsConfigDict(hide_input_in_errors=True, allow_inf_nan=False)

    healz_environment: Literal["development", "production"] = "development"
    """``production`` refuses at start what only a developer's machine may have, each with a sentence: development
    secrets, plain passwords and keys, connections without password or encryption, tokens of any issuer."""

    @field_validator("*", mode="before")
    @classmethod
    def _not_blank(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, str) and not value.strip():
            # OpenTelemetry's specification: an empty value is as if it were not set.
            if (info.field_name or "").startswith("otel_"):
                return None
            raise ValueError("is set to nothing; give it a value, or don't set it")
        return value

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.healz_environment == "production" and (faults := list(self.production_faults())):
            raise ValueError("\n".join(faults))
        return self

    def production_faults(self) -> Iterator[str]:
        """What production does not take, a sentence each; a part with more to say adds its own."""
        yield from ()

    def cautions(self) -> Iterator[str]:
        """What is said at each start."""
        if self.healz_environment == "development":
            yield (
                "HEALZ_ENVIRONMENT is development: secrets and connections for a developer's machine are accepted;"
                " set it to production where there are real patients"
            )


class DatabaseSettings(HealzSettings):
    """Settings with addresses of PostgreSQL: fields whose names end with ``database_url`` or ``command_url``."""

    database_url: str

    @field_validator("*")
    @classmethod
    def _leads_to_postgresql(cls, value: Any, info: Any) -> Any:
        known = info.field_name in cls._database_urls() and value is not None
        if known and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        return value

    @classmethod
    def _database_urls(cls) -> list[str]:
        return [name for name in cls.model_fields if name.endswith(("database_url", "command_url"))]

    def production_faults(self) -> Iterator[str]:
        yield from super().production_faults()
        for name in self._database_urls():
            if (url := getattr(self, name)) is not None:
                yield from (f"{name.upper()} {fault}" for fault in database_faults(url))


class PostgresSettings(DatabaseSettings):
    """The connection pool, one per process and role; times in seconds."""

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


class KafkaAccess(HealzSettings):
    """How Kafka's brokers are reached, and as whom."""

    kafka_security_protocol: Literal["PLAINTEXT", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """As Kafka calls them. ``PLAINTEXT``: in the clear, without a name. ``SASL_PLAINTEXT``: with name and password, in
    the clear. ``SASL_SSL``: with both, encrypted."""
    kafka_sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_ssl_ca_file: FilePath | None = None
    """The certificate authority (PEM) that signed the brokers' certificates. None: those that this system trusts."""

    @model_validator(mode="after")
    def _says_who_comes(self) -> Self:
        named = self.kafka_sasl_username is not None and self.kafka_sasl_password is not None
        if self.kafka_security_protocol != "PLAINTEXT" and not named:
            raise ValueError("KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are needed, as KAFKA_SECURITY_PROTOCOL says")
        return self

    def production_faults(self) -> Iterator[str]:
        yield from super().production_faults()
        if self.kafka_sasl_password is not None and is_plain(self.kafka_sasl_password.get_secret_value()):
            yield "KAFKA_SASL_PASSWORD can be guessed; draw one at random"


class KafkaSettings(KafkaAccess):
    """Where Kafka is, and the topic of all events."""

    kafka_bootstrap_servers: str
    healz_topic: str = "healz.events"

    def cautions(self) -> Iterator[str]:
        yield from super().cautions()
        if self.healz_environment == "production" and self.kafka_security_protocol != "SASL_SSL":
            without = " and without a password" if self.kafka_security_protocol == "PLAINTEXT" else ""
            yield f"Kafka is reached in plain text{without}: keep it in a network of its own"


class LogSettings(HealzSettings):
    """The log level."""

    healz_log_level: str = "INFO"

    @field_validator("healz_log_level")
    @classmethod
    def _known(cls, value: str) -> str:
        if value.upper() not in (known := logging.getLevelNamesMapping()):
            raise ValueError(f"must be one of {', '.join(known)}")
        return value


class OtlpSettings(HealzSettings):
    """Where OTLP (HTTP, protobuf) sends what a process measures and records."""

    otel_exporter_otlp_endpoint: str | None = None
    """As OpenTelemetry specifies it; so are the other OTEL_ variables of its exporters and its SDK. None, and those of
    metrics and traces alone too: nothing is sent."""


class MetricsSettings(OtlpSettings):
    """How metrics leave a process: docs/metrics.md."""

    healz_metrics_port: int = Field(default=0, ge=0, le=65535)
    """Where Prometheus asks for them, by HTTP; 0: nowhere. Of several processes of the API the first has this port,
    the second the next one, and so on."""
    healz_metrics_host: str = "127.0.0.1"
    """Where that port listens. Nobody is asked who they are there: another address only in a network of your own."""
    healz_metrics_observe_seconds: float = Field(default=5.0, gt=0)
    """So often the database is asked for what metrics say of it: lags, depths, sizes."""
    healz_metrics_tenants_max: int = Field(default=0, ge=0)
    """So many tenants, those that a process meets first, are named in a label of what is counted for clinics; the rest
    together. 0: metrics name no tenant."""
    otel_exporter_otlp_metrics_endpoint: str | None = None
    """Where metrics alone are sent."""

    @property
    def otlp_is_set(self) -> bool:
        """Whether they are sent."""
        return bool(self.otel_exporter_otlp_endpoint or self.otel_exporter_otlp_metrics_endpoint)

    @property
    def metrics_are_exported(self) -> bool:
        """Whether anybody can see them."""
        return self.healz_metrics_port > 0 or self.otlp_is_set


class TracesSettings(OtlpSettings):
    """How traces leave a process: docs/traces.md."""

    otel_exporter_otlp_traces_endpoint: str | None = None
    """Where traces alone are sent, the path included."""
    otel_traces_exporter: str | None = None
    """``otlp``: they are sent, also where no endpoint is named (then to port 4318 of this machine). ``none``: they are
    not. None: where an endpoint is."""
    otel_sdk_disabled: str | None = None
    """``true``: no traces, whatever else is set."""
    healz_traces_tenants: bool = False
    """Whether a span may name a tenant: Kafka's key, in links of batches."""

    @property
    def traces_are_exported(self) -> bool:
        """Whether anybody is sent any."""
        if (self.otel_sdk_disabled or "").strip().lower() == "true":
            return False
        if self.otel_traces_exporter is not None:
            return "otlp" in [name.strip().lower() for name in self.otel_traces_exporter.split(",")]
        return bool(self.otel_exporter_otlp_endpoint or self.otel_exporter_otlp_traces_endpoint)
