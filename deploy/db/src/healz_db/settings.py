"""Where the database is and how long its deployers wait."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DEPLOY_DB = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """DATABASE_URL comes from the environment, else from deploy/db/.env."""

    model_config = SettingsConfigDict(env_file=DEPLOY_DB / ".env", extra="ignore")

    database_url: str
    healz_role_password: SecretStr | None = None
    """Set as the password of every login role after applying; None leaves them as they are."""
    healz_db_lock_wait_seconds: float = 300.0
    """How long one deployer waits for another."""
