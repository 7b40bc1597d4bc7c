"""The passwords of the services' roles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from healz.production import is_plain
from healz_db.refused import Refused
from healz_db.settings import Settings

# All that may log in and are Healz's own; the login itself keeps its password.
LOGIN_ROLES = """
SELECT rolname FROM pg_roles
 WHERE rolname LIKE 'healz\\_%' AND rolcanlogin AND NOT rolsuper AND rolname <> session_user
 ORDER BY rolname
"""


@dataclass(frozen=True)
class Passwords:
    """A role's ``own`` password, or the ``shared`` one; None: it keeps what it has."""

    shared: str | None = field(default=None, repr=False)
    own: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "Passwords":
        """As the settings say. Raises Refused where production has one that can be guessed."""
        shared, folder = settings.healz_role_password, settings.healz_role_passwords_dir
        own = {} if folder is None else _in_files(folder)
        if settings.healz_environment == "production" and (
            plain := sorted(role for role, password in own.items() if is_plain(password))
        ):
            raise Refused(f"the password of {', '.join(plain)} can be guessed; draw one at random")
        return cls(None if shared is None else shared.get_secret_value(), own)

    def of_role(self, role: str) -> str | None:
        return self.own.get(role, self.shared)

    async def put(self, connection: asyncpg.Connection) -> None:
        """Gives all services' login roles theirs.

        Raises Refused, and changes nothing, for a role that is not there, or a password of nothing.
        """
        roles = [row["rolname"] for row in await connection.fetch(LOGIN_ROLES)]
        if unknown := sorted(self.own.keys() - set(roles)):
            raise Refused(f"there is a password for {', '.join(unknown)}, but no such role of a service may log in")
        if empty := sorted(role for role, password in self.own.items() if not password):
            raise Refused(f"the password of {', '.join(empty)} is empty; give it one")
        async with connection.transaction():
            for role in roles:
                if (password := self.of_role(role)) is not None:
                    quoted = await connection.fetchval("SELECT quote_literal($1)", password)
                    await connection.execute(f'ALTER ROLE "{role}" PASSWORD {quoted}')


def _in_files(folder: Path) -> dict[str, str]:
    """Role → password, a file for each. What begins with a dot is Kubernetes' own; a line's end is an editor's."""
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    return {path.name: path.read_text().rstrip("\r\n") for path in files}
