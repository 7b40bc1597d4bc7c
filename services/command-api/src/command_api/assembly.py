"""The command handler put together from settings: the HTTP server's and the sweeps' are the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

from uuid_utils.compat import uuid7

from command_api.decider import Limits
from command_api.event_store import EventStore
from command_api.handle import Handler
from command_api.reference.store import Reference
from command_api.settings import CommandSettings


def create_handler(settings: CommandSettings, pool: Any) -> Handler:
    """The command handler on this pool."""
    return Handler(
        store=EventStore(
            pool,
            settings.healz_identity_key.get_secret_value().encode(),
            timedelta(hours=settings.healz_idempotency_key_hours),
            timedelta(minutes=settings.healz_clocks_apart_minutes_max),
        ),
        reference=Reference(pool),
        limits=Limits(
            clock_ahead=timedelta(minutes=settings.healz_clock_ahead_minutes_max),
            reminders_per_appointment_max=settings.healz_reminders_per_appointment_max,
        ),
        clock=lambda: datetime.now(UTC),
        new_id=uuid7,
        attempts_max=settings.healz_conflict_attempts_max,
        event_bytes_max=settings.healz_event_bytes_max,
    )
