"""Every knob of ``healz-projection``."""

from pydantic import Field

from healz.settings import KafkaAccess, PostgresSettings


class OperatorSettings(PostgresSettings, KafkaAccess):
    """The projector's own DATABASE_URL; Kafka's address for reset-offsets alone."""

    kafka_bootstrap_servers: str | None = None
    healz_topic: str = "healz.events"
    healz_consumer_group: str | None = None
    """None: the projector's name."""
    healz_refold_span_events_max: int = Field(default=1000, ge=1)
    """About so many events are read, folded and compared at a time; a single patient may have more."""
    healz_refold_workers_max: int = Field(default=16, ge=1)
    """More processes than this are refused: each has two connections and a core of its own."""
    healz_rebuild_lease_seconds: float = Field(default=20.0, gt=0)
    """A rebuild that was killed keeps its tenant for so long."""
    healz_verify_patients_min: int = Field(default=100, ge=1)
    """Of a sample: about so many patients are compared, however small the share is; of fewer all."""
    healz_verifications_kept: int = Field(default=100, ge=1)
    """So many results of verifies of all tenants are kept, the newest; and the finding that stands."""
