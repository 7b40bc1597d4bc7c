"""The command handler put together from settings: the HTTP server's and the sweeps' are the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

from uuid_utils.compat import uuid7

from command_api.decide.limits import Limits
from command_api.door import Knock
from command_api.event_store import EventStore
from command_api.fold.limits import FoldLimits
from command_api.handle import Handler
from command_api.reference.store import Reference
from command_api.settings import CommandSettings
from command_api.shares import Shares


def fold_limits(settings: CommandSettings) -> FoldLimits:
    """What folds are bounded by."""
    return FoldLimits(
        kept_bytes_max=settings.healz_cases_kept_bytes_max,
        shared_seconds=settings.healz_cases_shared_seconds,
        page_events_max=settings.healz_fold_page_events_max,
        page_bytes_max=settings.healz_fold_page_bytes_max,
        slice_seconds=settings.healz_fold_slice_ms / 1000,
        seconds_max=settings.healz_fold_seconds_max,
        long_at_once_max=settings.healz_long_folds_at_once_max,
        long_waiting_per_tenant_max=settings.healz_long_folds_waiting_per_tenant_max,
        wait_seconds_max=settings.healz_turn_wait_seconds_max,
    )


def create_handler(
    settings: CommandSettings, pool: Any, shares: Shares | None = None, knock: Knock = lambda: None
) -> Handler:
    """The command handler on this pool; ``shares`` as Handler has it, ``knock`` as EventStore."""
    return Handler(
        store=EventStore(
            pool,
            settings.healz_identity_key.get_secret_value().encode(),
            timedelta(hours=settings.healz_idempotency_key_hours),
            fold_limits(settings),
            clocks_apart=timedelta(minutes=settings.healz_clocks_apart_minutes_max),
            knock=knock,
            rules_kept=timedelta(seconds=settings.healz_rules_kept_seconds),
            group_commits_max=settings.healz_group_commits_max,
        ),
        reference=Reference(pool, shares),
        limits=Limits(
            clock_ahead=timedelta(minutes=settings.healz_clock_ahead_minutes_max),
            booking_behind=timedelta(minutes=settings.healz_booking_behind_minutes_max),
            message_age=timedelta(days=settings.healz_message_age_days_max),
            outcome_age=timedelta(days=settings.healz_outcome_age_days_max),
            reminders_per_appointment_max=settings.healz_reminders_per_appointment_max,
            corrections_per_appointment_max=settings.healz_corrections_per_appointment_max,
            event_bytes_max=settings.healz_event_bytes_max,
            merged_events_max=settings.healz_merged_events_max,
        ),
        clock=lambda: datetime.now(UTC),
        new_id=uuid7,
        attempts_max=settings.healz_conflict_attempts_max,
        shares=shares,
    )
