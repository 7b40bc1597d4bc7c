"""An example of what each command is answered with."""

from command_api.decide.cast import EVENT, IDS
from command_api.decide.commands import COMMANDS
from command_api.http.command_request import Answer, RecordedEvent

_BY_NAME = {command.__name__: command for command in COMMANDS}


def answer_of(body: str, path: str) -> Answer:
    """What the route that takes this command answers: its aggregate is the noun of the path."""
    aggregate = IDS[f"{path.split('/')[2].removesuffix('s')}_id"]
    version = 2 if "{" in path else 1
    recorded = RecordedEvent(
        event_id=EVENT,
        event_type=_BY_NAME[body].leads_to[0].__name__,
        aggregate_id=aggregate,
        aggregate_version=version,
    )
    return Answer(id=aggregate, version=version, position=42, events=[recorded])
