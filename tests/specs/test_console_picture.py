"""A journey's stages as a picture: which the patient has been at, and by which moves."""

from typing import Any, get_args

from command_api.http.console.patient.picture import HEIGHT, PLACES, WIDTH, moves_of, picture
from healz.events.stages import Stage

OWN, OTHER = "j1", "j2"


def event(kind: str, journey: str = OWN, **data: Any) -> dict[str, Any]:
    return {"event_type": kind, "position": 1, "event_data": {"journey_id": journey, **data}}


def moved(stage: str, journey: str = OWN) -> dict[str, Any]:
    return event("JourneyStageChanged", journey, new_stage=stage, changed_at="2026-03-02T12:00:00Z")


LOST_AND_BACK = [
    event("JourneyStarted", started_at="2026-03-01T12:00:00Z"),
    {"event_type": "PatientRegistered", "position": 1, "event_data": {"patient_id": "p1"}},
    moved("scheduled"),
    moved("scheduled", OTHER),
    moved("no_show"),
    moved("scheduled"),
    moved("no_show"),
    event("JourneyRecovered", recovered_at="2026-03-09T12:00:00Z"),
]


def test_the_moves_are_those_of_the_journey_in_order() -> None:
    stages = [move.stage for move in moves_of(OWN, LOST_AND_BACK)]
    assert stages == ["initiated", "scheduled", "no_show", "scheduled", "no_show", "recovered"]


def test_a_stage_knows_how_often_it_was_reached_and_which_is_the_last() -> None:
    nodes = {node.stage: node for node in picture(list(moves_of(OWN, LOST_AND_BACK))).nodes}
    assert set(nodes) == set(get_args(Stage))
    assert {stage: node.visits for stage, node in nodes.items() if node.visits} == {
        "initiated": 1,
        "scheduled": 2,
        "no_show": 2,
        "recovered": 1,
    }
    assert [stage for stage, node in nodes.items() if node.is_current] == ["recovered"]


def test_each_move_is_drawn_once_and_the_way_back_is_another() -> None:
    paths = picture(list(moves_of(OWN, LOST_AND_BACK))).paths
    assert len(paths) == len(set(paths)) == 4


def test_everything_lies_within_the_picture_and_apart() -> None:
    assert all(62 <= x <= WIDTH - 62 and 15 <= y <= HEIGHT - 15 for x, y in PLACES.values())
    assert len(set(PLACES.values())) == len(PLACES)


def test_a_journey_of_which_nothing_is_known_is_drawn_all_the_same() -> None:
    assert picture([]).paths == []
