"""The passwords of the services' roles."""

import asyncpg

# All that may log in and are Healz's own; the login itself keeps its password.
LOGIN_ROLES = """
SELECT rolname FROM pg_roles
 WHERE rolname LIKE 'healz\\_%' AND rolcanlogin AND NOT rolsuper AND rolname <> session_user
 ORDER BY rolname
"""


async def set_passwords(connection: asyncpg.Connection, password: str) -> None:
    """Gives every login role of the services this password."""
    quoted = await connection.fetchval("SELECT quote_literal($1)", password)
    for row in await connection.fetch(LOGIN_ROLES):
        await connection.execute(f'ALTER ROLE "{row["rolname"]}" PASSWORD {quoted}')
