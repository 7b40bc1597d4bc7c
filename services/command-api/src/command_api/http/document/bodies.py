"""An example of each body: the one that stands on its class."""

from typing import Any

from pydantic import BaseModel

from command_api.decide.commands import COMMANDS
from command_api.reference.commands import PUTS
from command_api.reference.patches import PATCHES

BODIES: dict[type[BaseModel], dict[str, Any]] = {
    **{command: command.example for command in COMMANDS if command.example is not None},
    **{put: put.example for put in PUTS if put.example is not None},
    **{patch: patch.example for patch in PATCHES},
}
