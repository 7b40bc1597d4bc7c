"""What docs/*.md say was found by playing examples; generated histories find nothing beyond it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from healz.events import Recorded
from journey_walks import walk
from pages.effects import effects, effects_in
from pages.played import commits, companions
from properties.histories import History, histories

ADD = "add an example that shows it to docs/pages/facts.py, and run `make docs`"

# What the rules lead to, and what chance does.
logs = histories().map(lambda history: history.recorded) | st.randoms(use_true_random=False).map(walk)


@given(log=logs)
def test_no_column_is_moved_by_an_event_that_the_pages_do_not_name(log: tuple[Recorded, ...]) -> None:
    assert set(effects_in(log, len(log))) <= effects(), ADD


@given(history=histories())
def test_no_command_leads_to_an_event_that_the_pages_do_not_name(history: History) -> None:
    known = {(type(commit.fact.command), type(commit.events[0])) for commit in commits()}
    asked = {(type(commit.step.command), type(commit.events[0])) for commit in history.commits if commit.events}
    assert asked <= known, ADD


# The same histories each time: one in a thousand brings a rare pair, and that is no fault of whose change it meets.
@settings(derandomize=True)
@given(history=histories())
def test_no_event_comes_with_a_fact_that_the_pages_do_not_name(history: History) -> None:
    seen = {(type(commit.events[0]), type(other)) for commit in history.commits for other in commit.events[1:]}
    assert seen <= companions(), ADD
