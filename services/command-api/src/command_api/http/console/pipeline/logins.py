"""The logins that the pipeline's pages work with: the relay's and the projectors' own, each with its own rights."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from command_api.http.problems import Problem
from command_api.settings import ApiSettings
from healz.postgres import server_settings
from healz.read_models import READ_MODELS


def projector_logins(settings: ApiSettings) -> Mapping[str, str]:
    """{projection: the URL of its projector's login}, of those that this process was given."""
    named = {name: getattr(settings, f"projector_{name}_database_url") for name in READ_MODELS}
    return {name: url for name, url in named.items() if url is not None}


def login_of(settings: ApiSettings, projection: str) -> str:
    """Raises Problem 404 for one that isn't here."""
    logins = projector_logins(settings)
    if projection not in logins:
        raise Problem(404, "there is no such projection here", rule="projection_unknown")
    return logins[projection]


@asynccontextmanager
async def connected(settings: ApiSettings, url: str) -> AsyncIterator[Any]:
    """One connection, for one look."""
    connection = await asyncpg.connect(
        url,
        timeout=settings.healz_pool_acquire_timeout_seconds,
        command_timeout=settings.healz_statement_timeout_seconds + 1,
        statement_cache_size=0,
        server_settings=server_settings(settings, "console"),
    )
    try:
        yield connection
    finally:
        await connection.close()
