"""Every knob of the relay; each is an environment variable of the same name in capitals."""

from pydantic import Field

from healz.settings import KafkaSettings, LogSettings, MetricsSettings, PostgresSettings, TracesSettings


class RelaySettings(PostgresSettings, KafkaSettings, LogSettings, MetricsSettings, TracesSettings):
    """The relay's; times in the unit that the name ends with."""

    healz_database_bytes_max: int = Field(default=0, ge=0)
    """What the volume of the database holds, for the metric `database.capacity` and its alert; 0: nobody knows."""
    healz_transactional_id: str = "healz-relay"
    """One per database cluster: who begins under it fences whoever had it before."""
    healz_relay_batch_events_max: int = Field(default=2000, ge=1)
    healz_relay_poll_interval_ms: float = Field(default=2.0, gt=0)
    """Between two small transactions, and after the first look at an empty outbox."""
    healz_relay_idle_pause_ms_max: float = Field(default=20.0, gt=0)
    """With each further look that finds nothing it rests longer, up to this: what a single event may wait."""
    healz_relay_host: str = "127.0.0.1"
    healz_relay_port: int | None = Field(default=None, ge=1, le=65535)
    """UDP: where those who append may knock (their HEALZ_RELAY_DOORS), so that it looks at once; None: nowhere."""
    healz_relay_unheard_pause_ms_max: float = Field(default=250.0, gt=0)
    """With such a port, how long it rests when nobody knocks: what an event may wait whose knock got lost."""
    healz_relay_pause_ms_max: float = Field(default=50.0, ge=0)
    """After a small transaction it rests as long as that took, this long at most: so they get larger under load."""
    healz_relay_lease_seconds: float = Field(default=10.0, ge=1)
    """How long a leader that says nothing goes on leading; it renews three times in that time. One whose session in
    PostgreSQL has ended leads no longer, and one that stops gives the lease back."""
    healz_relay_standby_interval_ms: float = Field(default=250.0, gt=0)
    healz_relay_retry_backoff_ms: float = Field(default=500.0, gt=0)
    healz_relay_tail_records_max: int = Field(default=2000, ge=1)
    """So many of the last records of each partition, markers of transactions included, are compared with the store when
    a leadership begins."""
    healz_relay_tail_margin_seconds: float = Field(default=60.0, ge=0)
    """How much earlier than the oldest outbox row the look at the topic's tail begins."""
    healz_relay_tail_timeout_seconds: float = Field(default=120.0, gt=0)
    """How long that look waits for another open transaction; brokers end one after a minute by default."""
    healz_relay_transaction_timeout_ms: int = Field(default=30_000, ge=1000)
