"""A short form of `make whole`: a stack as `make up` starts it takes load and hostile input through every door."""

import json
import re

import httpx

from healz_local.settings import KINDS
from healz_local.traces.show import PARTS
from whole import doors, load
from whole.stack import fresh_stack


async def test_a_stack_as_make_up_starts_it_takes_load_and_hostile_input() -> None:
    with fresh_stack() as stack:
        minute = await load.minute(stack, rate=5, seconds=5)
        assert minute.answers.refused == {}
        async with httpx.AsyncClient(trust_env=False) as client:
            shown = {name: [(await client.get(url)).text for url in own] for name, own in stack.metrics().items()}
        assert list(shown) == [*KINDS]
        for name, (text,) in shown.items():
            assert f'service_name="{name}"' in text or name == "scheduler"
            assert "process_start_time_seconds" in text  # all that the scheduler has, before its first job
        assert "events_write_throughput_total" in shown["command-api"][0]
        shown_trace = stack.trace()
        for part in PARTS:
            assert re.search(rf"\d ms  {part} +\S", shown_trace), shown_trace
        trace_id = re.findall("^Trace ([0-9a-f]{32})$", shown_trace, re.MULTILINE)[0]
        assert stack.trace(trace_id).splitlines() == shown_trace.splitlines()[1:]
        assert json.loads(stack.ask_relay("status", "--json"))["leads"]
        assert json.loads(stack.ask_relay("republish", "--dry-run", "--json"))["events_missing"] == 0
        tried = await doors.try_all(stack)
    assert [attempt for attempt in tried if not attempt.held] == []
    (analyst,) = (attempt for attempt in tried if "analyst" in attempt.door)
    assert "taken" not in analyst.answers
