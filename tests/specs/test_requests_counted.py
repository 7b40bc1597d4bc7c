"""The rate limit's counts: a sliding window in one process, and one over all of them, whatever gets lost."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest

from command_api.http.requests_counted import RequestsCounted, Told

ANA, BIA = UUID(int=1), UUID(int=2)
MAX = 60
MINUTE = 29_000_000
BEGIN = MINUTE * 60.0
"""A minute begins here."""


def ask(counted: RequestsCounted, times: int, now: float, who: UUID = ANA) -> int:
    """How many of them are answered."""
    answered = 0
    for _ in range(times):
        if not counted.seconds_to_wait(who, now):
            counted.count(who, now)
            answered += 1
    return answered


@dataclass
class Store:
    """What the database does: adds, and returns the sums."""

    sums: dict[tuple[UUID, int], int] = field(default_factory=dict)

    def share(self, counted: RequestsCounted, now: float) -> list[Told]:
        telling = counted.begin_telling(now)
        counted.told(telling, self.add(telling))
        return telling

    def add(self, telling: list[Told]) -> list[Told]:
        for told in telling:
            for minute, requests in ((told.minute, told.requests), (told.minute - 1, told.requests_before)):
                self.sums[told.tenant_id, minute] = self.sums.get((told.tenant_id, minute), 0) + requests
        return [
            Told(of, told.minute, self.sums.get((of, told.minute), 0), self.sums.get((of, told.minute - 1), 0))
            for told in telling
            for of in (told.tenant_id,)
        ]


def test_as_many_as_the_limit_are_answered_and_nobody_else_notices() -> None:
    counted = RequestsCounted(MAX)
    assert ask(counted, 100, BEGIN) == MAX
    assert ask(counted, 100, BEGIN, BIA) == MAX


@pytest.mark.parametrize(("seconds", "answered"), [(59.9, 0), (60, 0), (61, 1), (90, 30), (119.5, 60), (180, 60)])
def test_of_the_minute_before_counts_what_still_lies_in_the_last_sixty_seconds(seconds: float, answered: int) -> None:
    counted = RequestsCounted(MAX)
    ask(counted, 100, BEGIN)
    assert ask(counted, 100, BEGIN + seconds) == answered


@pytest.mark.parametrize("first", [0, 20, 59.5])
@pytest.mark.parametrize("second", [10, 30, 61, 75])
def test_who_waits_as_long_as_is_said_is_answered_and_not_earlier(first: float, second: float) -> None:
    counted = RequestsCounted(MAX)
    ask(counted, 100, BEGIN + first)
    ask(counted, 100, now := BEGIN + max(first, second))
    wait = counted.seconds_to_wait(ANA, now)
    assert 0 < wait <= 61
    assert counted.seconds_to_wait(ANA, now + wait - 0.01)
    assert not counted.seconds_to_wait(ANA, now + wait + 0.01)


def test_what_is_refused_does_not_count() -> None:
    counted = RequestsCounted(MAX)
    ask(counted, 10_000, BEGIN)
    assert ask(counted, 10_000, BEGIN + 119.5) == MAX


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_together_answer_as_many_as_one_and_what_comes_between_two_tellings(processes: int) -> None:
    store, all_counted = Store(), [RequestsCounted(MAX) for _ in range(processes)]
    answered = 0
    for turn in range(100):
        now = BEGIN + turn / 10
        answered += sum(ask(counted, 2, now) for counted in all_counted)
        for counted in all_counted:
            store.share(counted, now)
    assert MAX <= answered <= MAX + 2 * (processes - 1)
    assert not any(ask(counted, 1, BEGIN + 11) for counted in all_counted)


def test_a_process_that_answered_nothing_itself_hears_of_the_others() -> None:
    store, first, second = Store(), RequestsCounted(MAX), RequestsCounted(MAX)
    ask(first, MAX, BEGIN)
    store.share(first, BEGIN)
    assert ask(second, 1, BEGIN) == 1  # it has not heard of any yet
    store.share(second, BEGIN)
    assert ask(second, 1, BEGIN) == 0
    assert ask(second, 1, BEGIN + 30) == 0
    # One that is refused asks again: it hears when others get less.
    assert [told.tenant_id for told in store.share(second, BEGIN + 31)] == [ANA]


def test_who_does_not_ask_is_not_told_of() -> None:
    store, counted = Store(), RequestsCounted(MAX)
    ask(counted, 3, BEGIN)
    assert store.share(counted, BEGIN) == [Told(ANA, MINUTE, 3, 0)]
    assert store.share(counted, BEGIN) == []


def test_what_did_not_get_through_counts_here_and_is_told_with_the_next() -> None:
    store, counted = Store(), RequestsCounted(MAX)
    ask(counted, 40, BEGIN)
    lost = counted.begin_telling(BEGIN)
    ask(counted, 10, BEGIN)
    counted.not_told(lost)
    assert ask(counted, 100, BEGIN) == 10
    assert store.share(counted, BEGIN + 1) == [Told(ANA, MINUTE, 60, 0)]
    assert ask(counted, 100, BEGIN + 1) == 0


def test_what_is_asked_while_it_tells_counts_too() -> None:
    store, counted = Store(), RequestsCounted(MAX)
    ask(counted, 40, BEGIN)
    telling = counted.begin_telling(BEGIN)
    assert ask(counted, 100, BEGIN) == 20
    counted.told(telling, store.add(telling))
    assert ask(counted, 100, BEGIN) == 0


def test_what_is_told_after_a_minute_has_ended_belongs_to_that_minute() -> None:
    store, counted = Store(), RequestsCounted(MAX)
    ask(counted, MAX, BEGIN + 59.9)
    assert store.share(counted, BEGIN + 60.1) == [Told(ANA, MINUTE + 1, 0, MAX)]
    assert ask(counted, 100, BEGIN + 90) == 30


@pytest.mark.parametrize(
    ("minute", "requests", "before", "answered"),
    [
        (MINUTE, 50, 0, 10),
        (MINUTE - 1, 50, 7, 10),  # nobody has been answered since
        (MINUTE - 2, 60, 60, 60),  # long ago
        (MINUTE + 1, 3, 50, 10),  # their clock is a little ahead
        (MINUTE + 9, 60, 60, 59),  # their clock is wrong
    ],
)
def test_a_row_of_another_minute(minute: int, requests: int, before: int, answered: int) -> None:
    counted, now = RequestsCounted(MAX), BEGIN
    ask(counted, 1, now)
    counted.told(counted.begin_telling(now), [Told(ANA, minute, requests, before)])
    assert ask(counted, 100, now) == answered


def test_a_clock_that_is_set_back_counts_on() -> None:
    store, counted = Store(), RequestsCounted(MAX)
    ask(counted, MAX, BEGIN + 300)
    store.share(counted, BEGIN + 300)
    assert ask(counted, 100, BEGIN) == MAX
    assert ask(counted, 100, BEGIN + 1) == 0
