"""What is asked: a command is a body that a frontend sends, or what a sweep asks as time goes by."""

from pydantic import BaseModel, ConfigDict

from command_api.decide.times import GivenInstant
from healz.events.json_kinds import Flag


class Command(BaseModel):
    """What a frontend asks for; a field that isn't known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    occurred_at: GivenInstant | None = None
    """When it happened; only the role import, and a sweep, may say so; for everybody else it is now."""
    on_behalf_of_patient: Flag = False
    """The bot passes on what the patient did."""
