"""Every knob of a projector."""

from pydantic import Field

from healz.projection.written import PATIENTS_KEPT_MAX
from healz.settings import KafkaSettings, LogSettings, MetricsSettings, PostgresSettings, TracesSettings


class ProjectorSettings(PostgresSettings, KafkaSettings, LogSettings, MetricsSettings, TracesSettings):
    """Times in the unit that the name ends with."""

    healz_consumer_group: str | None = None
    """None: the service's name."""
    healz_group_instance_id: str | None = None
    """Static membership: a restart under the same id takes its partitions back without a rebalance. One that stays away
    keeps them until its session ends (``healz_session_timeout_ms``); reconcile brings its tenants' events meanwhile."""
    healz_batch_records_max: int = Field(default=2000, ge=1)
    healz_batch_pause_ms_max: float = Field(default=50.0, ge=0)
    """After a small batch a projector rests as long as that took, this long at most: so they get larger under load."""
    healz_hole_events_max: int = Field(default=2000, ge=1)
    """A hole up to this size is filled within the batch; a larger one is left to reconcile, in steps of this size."""
    healz_patients_kept_max: int = Field(default=PATIENTS_KEPT_MAX, ge=0)
    """So many patients' rows, those that were written last, are kept in memory: what follows needs no read. 0: none."""
    healz_offset_commit_interval_ms: int = Field(default=1000, ge=1)
    healz_reconcile_interval_ms: int = Field(default=2000, ge=1)
    healz_reconcile_look_seconds_max: float = Field(default=20.0, gt=0)
    """A look that takes longer than this ends, and the next one goes on: below ``healz_watchdog_seconds``."""
    healz_halted_told_interval_seconds: float = Field(default=60.0, ge=0)
    """How often the log says again which tenants are halted."""
    healz_batch_tries_quiet: int = Field(default=3, ge=1)
    """A batch that fails for the n-th time is an error in the log, ``a batch can't get on``; before that, a warning."""
    healz_retry_backoff_first_ms: int = Field(default=50, ge=1)
    healz_retry_backoff_max_ms: int = Field(default=5000, ge=1)
    healz_session_timeout_ms: int = Field(default=10_000, ge=1000)
    healz_poll_interval_ms_max: int = Field(default=300_000, ge=1000)
    """Who takes longer for a batch (the database is away) gives its partitions back, and gets some with the next poll;
    under a static name it keeps them."""
    healz_watchdog_seconds: float = Field(default=60.0, gt=0)
    """Without any progress for this long, or with one batch, the process ends, and the supervisor starts it anew; not
    while the database is away."""
