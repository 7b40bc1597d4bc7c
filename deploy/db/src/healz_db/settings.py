"""Where the database is, how long its deployers wait, and what its seeds need."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DEPLOY_DB = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """DATABASE_URL comes from the environment, else from deploy/db/.env. A variable without a value is as good as none.

    It names the server itself, never PgBouncer: the deployers' lock belongs to one session.
    """

    model_config = SettingsConfigDict(env_file=DEPLOY_DB / ".env", env_ignore_empty=True, extra="ignore")

    database_url: str
    healz_role_password: SecretStr | None = None
    """Set as the password of every login role after applying; None leaves them as they are."""
    healz_db_lock_wait_seconds: float = 300.0
    """How long one deployer waits for another."""
    healz_seed_command_url: str | None = None
    """Where command files are sent as healz_command; None: where DATABASE_URL points."""
    healz_idempotency_key_hours: float = Field(default=24.0, gt=0)
    """How long command-api keeps an answer; the same variable. Purging earlier would have it decide again."""
    healz_identity_key: SecretStr | None = None
    """The key of command-api; command files are refused without it."""
