"""The demonstration from begin to end."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.markup import escape

from healz_local.demo.agreement import compare, differences
from healz_local.demo.allocate import PlannedVisit, allocate, clinic_name
from healz_local.demo.api import Api
from healz_local.demo.bookmark import Bookmark
from healz_local.demo.catch_up import Connection, read_progress
from healz_local.demo.counts import most_no_shows, read_stored
from healz_local.demo.explore import show_addresses
from healz_local.demo.generate import generate_rows
from healz_local.demo.journeys import at_risk, looked_at, standing
from healz_local.demo.live import book_live
from healz_local.demo.portion import Portion
from healz_local.demo.rows import read_rows
from healz_local.demo.show import show_agreement, show_day, show_no_shows, show_progress, show_way
from healz_local.demo.show_journeys import show_at_risk, show_standing
from healz_local.demo.sweep import sweep_until
from healz_local.demo.topic import read_published
from healz_local.errors import LocalStackError
from healz_local.settings import DEMO_TENANT, LocalSettings
from healz_local.stack import Stack

NO_SHOWS_SHOWN_MAX = 6
AT_RISK_SHOWN_MAX = 12
LEFT_OUT_SHOWN_MAX = 5
AFTERWARDS = timedelta(days=3)
"""The journeys are looked at so long after the last appointment that was fed."""
OUTCOMES = ["scheduled", "confirmed", "completed", "no_show", "cancelled"]
CONNECT_TIMEOUT_S = 5.0


async def perform(settings: LocalSettings, rows: int, data: Path | None) -> int:
    """Feed and show; the exit code. Raises LocalStackError."""
    console = Console(highlight=False)
    stack = Stack(settings)
    source = read_rows(data) if data is not None else generate_rows()
    if source.left_out:
        console.print(f"[yellow]{len(source.left_out):,} rows of {escape(source.name)} can't be played; left out:[/]")
        for why in source.left_out[:LEFT_OUT_SHOWN_MAX]:
            console.print(f"  {escape(why)}")
    portion = Portion(source, allocate(source.rows), Bookmark(settings.home, source.identity))
    async with Api(settings) as api:
        await api.check()
        await portion.open(api, console)
        async with _database(stack.database_url) as connection:
            written = (await read_progress(connection, DEMO_TENANT)).written
        await portion.feed(api, console, rows, written)
        async with _database(stack.database_url) as connection:
            agree = await _show(stack, connection, api, portion, console)
    show_addresses(console, settings)
    return 0 if agree else 1


@asynccontextmanager
async def _database(url: str) -> AsyncIterator[Connection]:
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S)
        try:
            yield connection
        finally:
            await connection.close()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise LocalStackError(f"PostgreSQL does not answer as it should: {error or type(error).__name__}") from error


async def _show(stack: Stack, connection: Connection, api: Api, portion: Portion, console: Console) -> bool:
    place = portion.bookmark.place
    fed = portion.visits[: place.rows_done]
    as_of = _afterwards(fed)
    with console.status("waiting for Kafka and the projectors"):
        await sweep_until(stack, connection, await looked_at(connection, DEMO_TENANT, as_of))
        stored = await read_stored(connection, DEMO_TENANT)
        published = await read_published(stack.bootstrap_servers, DEMO_TENANT, stored.progress.written)
    rows_fed = portion.bookmark.rows_fed()
    different = list(differences(stored, published, rows_fed))
    show_agreement(console, compare(stored, published), different, rows_fed, stored.imported)
    show_progress(console, stored.progress, published.records)
    clinic_day = _busiest(fed)
    show_day(console, clinic_name(clinic_day.row.neighbourhood), clinic_day.row.day, await _day(api, clinic_day))
    show_no_shows(console, await most_no_shows(connection, DEMO_TENANT, NO_SHOWS_SHOWN_MAX))
    await _show_journeys(connection, console, as_of)
    show_way(console, await book_live(api, stack.bootstrap_servers, clinic_day, list(place.patients.values())[:50]))
    return not different


async def _show_journeys(connection: Connection, console: Console, as_of: datetime) -> None:
    # Asked once more: the scheduler may have swept meanwhile.
    at = await looked_at(connection, DEMO_TENANT, as_of)
    found = await standing(connection, DEMO_TENANT, at)
    show_standing(console, found, at, is_today=at > as_of)
    show_at_risk(console, await at_risk(connection, DEMO_TENANT, AT_RISK_SHOWN_MAX, at), found.stages.get("at_risk", 0))


def _afterwards(visits: Sequence[PlannedVisit]) -> datetime:
    """When the journeys are looked at; what was played yesterday, now."""
    return min(max(max(visit.ends_at, visit.row.booked_at) for visit in visits) + AFTERWARDS, datetime.now(UTC))


def _busiest(visits: Sequence[PlannedVisit]) -> PlannedVisit:
    """One of the visits on the busiest day of the busiest clinic."""
    [(busiest, _)] = Counter((visit.clinic_id, visit.row.day) for visit in visits).most_common(1)
    return next(visit for visit in visits if (visit.clinic_id, visit.row.day) == busiest)


async def _day(api: Api, visit: PlannedVisit) -> list[Any]:
    """All of that clinic's appointments on that day, page by page."""
    visits: list[Any] = []
    params: dict[str, str | list[str]] = {
        "clinic_id": str(visit.clinic_id),
        "day": visit.row.day.isoformat(),
        "status": OUTCOMES,
    }
    while True:
        page = await api.send("GET", "/v1/appointments", role="admin", params=params)
        visits += page["items"]
        if page["next"] is None:
            return visits
        params["after"] = page["next"]
