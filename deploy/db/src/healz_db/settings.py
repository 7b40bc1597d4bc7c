"""Where the database is, how long its deployers wait, and what its seeds need."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import DirectoryPath, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from healz.production import is_plain
from healz.settings import DatabaseSettings

DEPLOY_DB = Path(__file__).resolve().parents[2]


class Settings(DatabaseSettings):
    """DATABASE_URL comes from the environment, else from deploy/db/.env.

    It names the server itself, never PgBouncer: the deployers' lock belongs to one session.
    """

    model_config = SettingsConfigDict(env_file=DEPLOY_DB / ".env", extra="ignore")

    healz_role_password: SecretStr | None = None
    """Set as the password of every login role after applying; None leaves them as they are."""
    healz_role_passwords_dir: DirectoryPath | None = None
    """Passwords of single roles, set after applying: a file for each, of the role's name, as a mounted secret has them.
    Goes before ``healz_role_password``, and is how a password is changed: another file, and apply again."""
    healz_db_lock_wait_seconds: float = 300.0
    """How long one deployer waits for another."""
    healz_seed_command_url: str | None = None
    """Where command files are sent as healz_command; None: where DATABASE_URL points."""
    healz_idempotency_key_hours: float = Field(default=24.0, gt=0)
    """How long command-api keeps an answer; the same variable. Purging earlier would have it decide again."""
    healz_identity_key: SecretStr | None = None
    """The key of command-api; command files are refused without it."""

    def production_faults(self) -> Iterator[str]:
        yield from super().production_faults()
        for name in ("healz_role_password", "healz_identity_key"):
            secret: SecretStr | None = getattr(self, name)
            if secret is not None and is_plain(secret.get_secret_value()):
                yield f"{name.upper()} can be guessed; draw one at random"
