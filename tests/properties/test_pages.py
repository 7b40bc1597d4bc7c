"""What docs/*.md say was found by playing examples; generated histories find nothing beyond it."""

from hypothesis import given

from pages.effects import effects, effects_in
from pages.played import commits
from properties.histories import History, histories

ADD = "add an example that shows it to docs/pages/played.py"


@given(history=histories())
def test_no_column_is_moved_by_an_event_that_the_pages_do_not_name(history: History) -> None:
    assert set(effects_in(history.recorded, len(history.recorded))) <= effects(), ADD


@given(history=histories())
def test_no_command_leads_to_an_event_that_the_pages_do_not_name(history: History) -> None:
    known = {(type(commit.fact.command), type(commit.events[0])) for commit in commits()}
    asked = {(type(commit.step.command), type(commit.events[0])) for commit in history.commits if commit.events}
    assert asked <= known, ADD
