"""A short form of `make whole`: a stack as `make up` starts it takes load and hostile input through every door."""

import json

from whole import doors, load
from whole.stack import fresh_stack


async def test_a_stack_as_make_up_starts_it_takes_load_and_hostile_input() -> None:
    with fresh_stack() as stack:
        minute = await load.minute(stack, rate=5, seconds=5)
        assert minute.answers.refused == {}
        assert json.loads(stack.ask_relay("status", "--json"))["leads"]
        assert json.loads(stack.ask_relay("republish", "--dry-run", "--json"))["events_missing"] == 0
        tried = await doors.try_all(stack)
    assert [attempt for attempt in tried if not attempt.held] == []
    (analyst,) = (attempt for attempt in tried if "analyst" in attempt.door)
    assert "taken" not in analyst.answers
