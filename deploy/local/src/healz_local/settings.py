"""Every knob of the local stack: ports, paths, limits. Read from the environment, nowhere else."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from healz.read_models import READ_MODELS

REPOSITORY = Path(__file__).resolve().parents[4]
DEMO_TENANT = UUID("0b5c1f6e-6d0a-7c3e-9d53-3a1f2c4e5d60")
"""The tenant of the demonstration and of the TOKEN that `healz-local env` prints."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")

KINDS = ("command-api", "relay", *(f"projector-{name}" for name in READ_MODELS), "scheduler")
"""Of programs, in the order in which they are shown. The first of a kind has its name, more are kind-2, kind-3 …"""
INSTANCES_MAX = 64
"""Of one projector. More than the topic has partitions only stand by."""
METRICS_PORTS_EACH = 100
"""Of each kind of process, so that the ports of the others stay where they are when there are more of one."""
TRACED_IF_ASKED = "parentbased_always_off"

Unset = Annotated[str | None, BeforeValidator(lambda value: value or None)]
"""A variable that is set to nothing counts as not set."""


class LocalSettings(BaseSettings):
    """The settings of one local stack. Ports are TCP ports on 127.0.0.1, times are seconds."""

    model_config = SettingsConfigDict(env_prefix="HEALZ_", extra="ignore", populate_by_name=True)

    local_home: Path = REPOSITORY / ".local" / "stack"
    jars_cache: Path = REPOSITORY / ".local" / "jars"
    maven_repository: Unset = None
    """Where Kafka's jars come from, when not from jgo's default: a mirror, say."""

    postgres_port: int = Field(default=54320, ge=1, le=65535)
    kafka_port: int = Field(default=19092, ge=1, le=65535)
    kafka_controller_port: int = Field(default=19093, ge=1, le=65535)
    api_port: int = Field(default=8400, ge=1, le=65535)
    api_processes: int = Field(default=1, ge=1, le=METRICS_PORTS_EACH)
    """Of the API, on its one port."""
    metrics_port: int = Field(default=8500, ge=0, le=65535 - len(KINDS) * METRICS_PORTS_EACH)
    """The first of the ports for metrics: each kind of process has METRICS_PORTS_EACH of them. 0: none has one."""

    traces_port: int = Field(default=8490, ge=0, le=65535)
    """Where the stack's processes send their spans, to a small collector. 0: they go where the OTEL_ variables say."""
    traces_sampler: Annotated[str, BeforeValidator(lambda value: value or TRACED_IF_ASKED)] = Field(
        default=TRACED_IF_ASKED, validation_alias="OTEL_TRACES_SAMPLER"
    )
    """Which requests are recorded; by default those whose caller asks for it, and so nothing is lost to what nobody
    looks at."""

    projector_patient_instances: int = Field(default=1, ge=1, le=INSTANCES_MAX)
    projector_appointment_instances: int = Field(default=1, ge=1, le=INSTANCES_MAX)
    projector_journey_instances: int = Field(default=1, ge=1, le=INSTANCES_MAX)
    """Processes of each projector; they share its partitions. `up` with another number starts or stops the rest."""

    verify_share: float = Field(default=0.01, gt=0, le=1)
    """Of the patients of each read model: so many, taken at random, are compared with their events every night."""

    requests_per_minute_max: int = Field(default=1_000_000, ge=1)
    """Of one tenant. Far more than the API's own default: the demonstration feeds as fast as it can."""
    role_password: Unset = None
    """The password of every database role; unset where PostgreSQL trusts local connections, as ours does."""
    ready_timeout_s: float = Field(default=60.0, gt=0)
    """How long `up` waits for /health/ready."""

    database_url: Unset = Field(default=None, validation_alias="DATABASE_URL")
    kafka_bootstrap_servers: Unset = Field(default=None, validation_alias="KAFKA_BOOTSTRAP_SERVERS")

    def instances(self, read_model: str) -> int:
        """How many processes of its projector run."""
        count: int = getattr(self, f"projector_{read_model}_instances")
        return count

    @property
    def home(self) -> Path:
        return self.local_home.expanduser().absolute()

    @property
    def external_database_url(self) -> str | None:
        """A PostgreSQL that isn't ours, or None. Our own address, as `eval "$(make env)"` exports it, is ours."""
        if self.database_url is None:
            return None
        address = urlsplit(self.database_url)
        ours = address.hostname in LOOPBACK and address.port == self.postgres_port
        return None if ours else self.database_url

    @property
    def external_kafka(self) -> str | None:
        """A Kafka that isn't ours, or None."""
        if self.kafka_bootstrap_servers is None:
            return None
        ours = {f"{host}:{self.kafka_port}" for host in LOOPBACK}
        return None if self.kafka_bootstrap_servers in ours else self.kafka_bootstrap_servers

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"
