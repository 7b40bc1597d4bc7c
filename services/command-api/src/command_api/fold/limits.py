"""The bounds of folds; each is a setting."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FoldLimits:
    """Bytes kept are an estimate of the memory that they take; times are in seconds."""

    kept_bytes_max: int = 32 * 1024 * 1024
    shared_seconds: float = 5.0
    page_events_max: int = 200
    page_bytes_max: int = 256 * 1024
    slice_seconds: float = 0.002
    seconds_max: float = 5.0
    long_at_once_max: int = 2
    long_waiting_per_tenant_max: int = 16
    wait_seconds_max: float = 5.0


DEFAULT_LIMITS = FoldLimits()
