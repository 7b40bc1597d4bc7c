"""What a republish works with: stretches of positions, and the portions that are sent."""

from uuid import UUID

import pytest

from command_api.relay.log import portions
from command_api.relay.missing import Missing
from command_api.relay.progress import ProgressLine
from command_api.relay.stretches import OutOfOrder, Stretches

HERE, THERE = UUID(int=1), UUID(int=2)


def stretches(*seen: tuple[int, int]) -> Stretches:
    """Of (partition, position), in the order in which they are read."""
    found = Stretches()
    for partition, position in seen:
        found.add(partition, position)
    return found


def test_a_topic_without_the_tenant_lacks_all_that_the_store_keeps() -> None:
    assert Stretches().last() == 0
    assert Stretches().last(first_kept=41) == 40


def test_what_follows_the_last_position_is_missing() -> None:
    assert stretches((0, 1), (0, 2), (0, 3)).last() == 3


def test_records_of_before_the_first_event_that_is_kept_are_no_matter() -> None:
    assert stretches((0, 39), (0, 40), (0, 41), (0, 42)).last(first_kept=41) == 42


def test_a_hole_before_the_first_event_that_is_kept_is_no_matter_either() -> None:
    assert stretches((0, 1), (0, 41), (0, 42)).last(first_kept=41) == 42
    assert stretches((0, 1), (0, 2)).last(first_kept=41) == 40


def test_after_a_raise_of_partitions_the_rest_is_on_another_and_may_be_read_first() -> None:
    assert stretches((7, 3), (7, 4), (1, 1), (1, 2)).last() == 4


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ([(0, 5), (0, 6)], "it begins with position 5, without what comes before"),
        ([(0, 1), (0, 3)], "position 3 follows 1"),
        ([(0, 1), (4, 3)], "position 3 follows 1"),
        ([(0, 1), (0, 2), (0, 2)], "position 2 comes after 2 on partition 0"),
        ([(0, 1), (0, 2), (4, 2)], "position 2 is there twice"),
        ([(0, 2), (0, 1)], "position 1 comes after 2 on partition 0"),
    ],
)
def test_what_no_record_that_follows_can_mend(seen: list[tuple[int, int]], why: str) -> None:
    with pytest.raises(OutOfOrder, match=why):
        stretches(*seen).last()


def test_portions_are_full_and_keep_each_tenants_order() -> None:
    assert list(portions([Missing(HERE, 8, 12), Missing(THERE, 1, 2)], 4)) == [
        [Missing(HERE, 8, 11)],
        [Missing(HERE, 12, 12), Missing(THERE, 1, 2)],
    ]
    assert list(portions([Missing(HERE, 1, 4)], 4)) == [[Missing(HERE, 1, 4)]]
    assert list(portions([], 4)) == []


def test_progress_says_how_much_is_done_at_its_end() -> None:
    said: list[str] = []
    progress = ProgressLine(said.append, terminal=False)
    progress.begin(4000)
    progress.add(1000)
    assert said == []  # not every portion
    progress.add(3000)
    progress.end()
    assert len(said) == 1
    assert said[0].startswith("4,000 of 4,000 events, ")
