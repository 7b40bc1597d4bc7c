"""What stands on a command's class is so: the rules that may refuse it, what it leads to, its example."""

import json

import pytest

from architecture.source import COMMAND_API
from command_api.append_refused import TAKEN
from command_api.decide.command import Command
from command_api.decide.commands import COMMANDS
from healz.events import EVENTS

every_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
REFUSALS = {rule for command in COMMANDS for rule in command.refusals}
SOURCES = "".join(
    file.read_text() for file in COMMAND_API.rglob("*.py") if not file.stem.endswith(("command", "commands"))
)


def raised(rule: str) -> bool:
    """Whether the rule's name stands where it refuses."""
    return f'"{rule}"' in SOURCES or rule in {f"{identity}_taken" for identity in TAKEN}


def test_the_rules_that_are_named_are_those_that_refuse() -> None:
    assert {rule for rule in REFUSALS if not raised(rule)} == set()


def test_the_names_of_commands_are_unique_and_all_there() -> None:
    kinds, rest = set(), [Command]
    while rest:
        kind = rest.pop()
        kinds |= {kind} if not kind.__subclasses__() else set()
        rest += kind.__subclasses__()
    assert kinds == set(COMMANDS)
    assert len({command.__name__ for command in COMMANDS}) == len(COMMANDS)


@every_command
def test_it_names_what_it_leads_to_and_each_rule_once(command: type[Command]) -> None:
    assert command.leads_to
    assert set(command.leads_to) <= set(EVENTS)
    assert len(set(command.refusals)) == len(command.refusals)


@every_command
def test_its_example_is_one(command: type[Command]) -> None:
    if command.example is not None:
        command.model_validate_json(json.dumps(command.example))


def test_each_event_is_what_some_command_is_there_for() -> None:
    assert set(EVENTS) == {event for command in COMMANDS for event in command.leads_to}
