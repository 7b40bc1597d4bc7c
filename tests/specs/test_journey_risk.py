"""The risk table: each sign, each example, and the events that a change of the signs makes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from examples import (
    APPOINTMENT,
    CONVERSATION,
    DAY,
    HOUR,
    INSTANT,
    JOURNEY,
    NEW_JOURNEY,
    NEW_MESSAGE,
    NOW,
    OTHER_CONVERSATION,
    SERRA,
    book,
    but,
    cancel,
    cancelled,
    complete,
    confirm,
    confirmed,
    conversation_started,
    journey,
    mark_no_show,
    message_sent,
    moved_to,
    no_show,
    receive,
    remind,
    reschedule,
    rescheduled,
    scheduled,
    send,
)
from given_when_then import Outcome, Story, names
from healz.events import Event
from healz.events.fields import rfc3339
from healz.events.journey import (
    JourneyRecovered,
    JourneyStageChanged,
    RiskDetected,
    RiskEscalated,
    RiskScoreRecalculated,
)
from healz.events.risk import Factor
from healz.events.stages import Stage
from journey_examples import (
    ACTIVE,
    VISIT,
    called_off,
    detected,
    factor,
    journey_started,
    missed,
    nth,
    of_journey,
    put_off,
    rated,
    recover,
    report,
    visited_at,
    weigh_silence,
    wrote,
)

BEGAN = but(journey_started, started_at=NOW - 5 * DAY)
"""An hour ago: nobody is silent yet."""
HALF_AN_HOUR_LONG = timedelta(minutes=scheduled.duration)


def signs(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    """Type, weight, value and severity of all factors."""
    found = [factor for each in outcome.of(RiskScoreRecalculated) for factor in each.contributing_factors]
    return sorted((factor.type, str(factor.weight), str(factor.value), factor.severity) for factor in found)


def told(*factors: Factor) -> list[tuple[str, str, str, str]]:
    return sorted((factor.type, str(factor.weight), str(factor.value), factor.severity) for factor in factors)


def weighed(*facts: Event, at: datetime = NOW, stage: Stage = "first_contact") -> Outcome:
    """All signs of these facts: the score is calculated for the first time, by the sweep."""
    return (
        journey.given(conversation_started, BEGAN, *facts, moved_to(stage))
        .at(at)
        .about(JOURNEY)
        .by("system")
        .when(weigh_silence)
    )


def quiet(since: datetime = NOW, stage: Stage = "first_contact", *more: Event) -> Story:
    """Nothing but a journey that began at ``since``."""
    begun = but(journey_started, started_at=since)
    return (
        journey.given(conversation_started, begun, but(moved_to(stage), changed_at=since), *more)
        .about(JOURNEY)
        .by("system")
    )


ONE_NO_SHOW = factor("no_show", "0.30", "medium")
NO_SHOWS = factor("no_show", "0.90", "high")
CANCELLATIONS = factor("cancellation", "0.50", "medium")
DELAY = factor("delay", "0.40", "low")
TONE = factor("tone_change", "0.60", "medium")


# Each row of the table


@pytest.mark.parametrize(
    ("facts", "expected", "score", "level"),
    [
        ([], [], None, None),
        ([missed(1)], [ONE_NO_SHOW], "0.30", "medium"),
        ([missed(1), missed(2)], [NO_SHOWS], "0.90", "critical"),
        ([missed(1), missed(2), missed(3)], [NO_SHOWS], "0.90", "critical"),
        ([called_off(1)], [], None, None),
        ([called_off(1), called_off(2)], [CANCELLATIONS], "0.50", "medium"),
        ([called_off(1), called_off(2), called_off(3)], [CANCELLATIONS], "0.50", "medium"),
        ([put_off(1, 1)], [], None, None),
        ([put_off(1, 1), put_off(2, 1)], [], None, None),
        ([put_off(1, 2)], [DELAY], "0.40", "medium"),
        ([put_off(1, 1), put_off(2, 3)], [DELAY], "0.40", "medium"),
        ([[wrote("negative")]], [TONE], "0.60", "medium"),
        ([[wrote("neutral")]], [], None, None),
        ([[wrote("positive")]], [], None, None),
        ([[wrote(None)]], [], None, None),
        ([[wrote("negative"), message_sent]], [TONE], "0.60", "medium"),
        ([[wrote("neutral", NOW - HOUR), wrote("negative", NOW, 2)]], [TONE], "0.60", "medium"),
        ([[wrote("negative", NOW - HOUR), wrote("neutral", NOW, 2)]], [], None, None),
        ([[wrote("negative", NOW - HOUR), wrote("neutral", NOW - HOUR, 2)]], [], None, None),
        # Together: the worst in full, of each other its value times its weight
        ([called_off(1), called_off(2), [wrote("negative")]], [CANCELLATIONS, TONE], "0.70", "high"),
        ([missed(1), put_off(2, 2)], [ONE_NO_SHOW, DELAY], "0.49", "medium"),
        ([called_off(1), called_off(2), put_off(3, 2)], [CANCELLATIONS, DELAY], "0.58", "medium"),
        ([missed(1), [wrote("negative")]], [ONE_NO_SHOW, TONE], "0.69", "medium"),
        ([missed(1), missed(2), [wrote("negative")]], [NO_SHOWS, TONE], "0.96", "critical"),
        (
            [missed(1), called_off(2), called_off(3), put_off(4, 2), [wrote("negative")]],
            [ONE_NO_SHOW, CANCELLATIONS, DELAY, TONE],
            "0.87",
            "critical",
        ),
        (
            [missed(1), missed(2), called_off(3), called_off(4), put_off(5, 2), [wrote("negative")]],
            [NO_SHOWS, CANCELLATIONS, DELAY, TONE],
            "1.00",
            "critical",
        ),
    ],
)
def test_facts_make_signs_and_signs_a_score(
    facts: list[Sequence[Event]], expected: list[Factor], score: str | None, level: str | None
) -> None:
    outcome = weighed(*[event for each in facts for event in each])
    assert signs(outcome) == told(*expected)
    rated = [(str(event.new_score), event.risk_level) for event in outcome.of(RiskScoreRecalculated)]
    assert rated == ([(score, level)] if score else [])


@pytest.mark.parametrize(
    ("silent", "value", "severity", "score", "level"),
    [
        (14 * DAY - INSTANT, None, None, None, None),
        (14 * DAY, "0.47", "medium", "0.47", "medium"),
        (15 * DAY - INSTANT, "0.47", "medium", "0.47", "medium"),
        (15 * DAY, "0.50", "medium", "0.50", "medium"),
        (20 * DAY, "0.67", "medium", "0.67", "medium"),
        (21 * DAY - INSTANT, "0.67", "medium", "0.67", "medium"),
        (21 * DAY, "0.70", "high", "0.70", "high"),
        (25 * DAY, "0.83", "high", "0.83", "high"),
        (26 * DAY, "0.87", "high", "0.87", "critical"),
        (29 * DAY, "0.97", "high", "0.97", "critical"),
        (30 * DAY, "1.00", "high", "1.00", "critical"),
        (31 * DAY, "1.00", "high", "1.00", "critical"),
        (400 * DAY, "1.00", "high", "1.00", "critical"),
    ],
)
def test_silence_grows_with_whole_days(
    silent: timedelta, value: str | None, severity: Any, score: str | None, level: Any
) -> None:
    outcome = quiet().at(NOW + silent).when(weigh_silence)
    if value is None or score is None:
        outcome.then_nothing()
        return
    at = NOW + silent
    whole = outcome.of(RiskDetected, RiskScoreRecalculated)
    assert whole == [
        detected("silence", value, severity, {"days": silent.days, "since": rfc3339(NOW)}, at),
        rated("0.00", score, level, factor("silence", value, severity, at), at=at),
    ]


def test_one_no_show_and_silent_14_days() -> None:
    facts = missed(1, NOW - 14 * DAY + DAY)  # booked a day before, 14 days ago
    outcome = quiet(NOW - 20 * DAY, "no_show", *facts).when(weigh_silence)
    assert signs(outcome) == told(ONE_NO_SHOW, factor("silence", "0.47", "medium"))
    assert outcome.of(RiskScoreRecalculated)[0].new_score == Decimal("0.56")


# Where somebody is expected to speak


SPEAKS = {"initiated", "first_contact", "scheduled", "confirmed", "no_show", "recovered", "at_risk"}


@pytest.mark.parametrize("stage", ACTIVE)
def test_silence_counts_where_somebody_is_expected_to_speak(stage: Stage) -> None:
    assert (signs(quiet(NOW, stage).at(NOW + 40 * DAY).when(weigh_silence)) != []) == (stage in SPEAKS)


@pytest.mark.parametrize(
    ("stage", "since_visit", "spoke_at", "value"),
    [
        ("follow_up", 30 * DAY - INSTANT, None, None),
        ("follow_up", 30 * DAY, None, "1.00"),
        ("follow_up", 30 * DAY - INSTANT, 5 * DAY, None),
        ("follow_up", 30 * DAY, 5 * DAY, "0.83"),
        ("follow_up", 30 * DAY, 16 * DAY, "0.47"),
        ("follow_up", 30 * DAY, 16 * DAY + INSTANT, None),
        ("attended", 300 * DAY, None, None),
        ("returned", 300 * DAY, None, None),
    ],
)
def test_after_a_visit_silence_counts_in_follow_up_from_30_days_on(
    stage: Stage, since_visit: timedelta, spoke_at: timedelta | None, value: str | None
) -> None:
    said = [wrote("positive", NOW + spoke_at)] if spoke_at is not None else []
    story = quiet(NOW - DAY, stage, *visited_at(1, NOW), *said)
    found = [
        factor.value
        for each in story.at(NOW + since_visit).when(weigh_silence).of(RiskScoreRecalculated)
        for factor in each.contributing_factors
    ]
    assert [str(number) for number in found] == ([value] if value else [])


@pytest.mark.parametrize(
    ("booked", "after_its_end", "silent"),
    [
        ([], DAY - INSTANT, False),
        ([], DAY, True),
        ([confirmed], DAY - INSTANT, False),
        ([confirmed], DAY, True),
        ([but(cancelled, cancelled_at=NOW - DAY)], DAY - INSTANT, True),
        ([but(rescheduled, new_scheduled_for=NOW + 30 * DAY, rescheduled_at=NOW - DAY)], DAY, False),
    ],
)
def test_nobody_is_silent_while_an_appointment_lies_ahead(
    booked: list[Event], after_its_end: timedelta, silent: bool
) -> None:
    """It does until 24 hours after its end, if nobody says before what became of it."""
    begins = NOW + 20 * DAY
    confirmed_early = [but(event, confirmed_at=NOW) if event is confirmed else event for event in booked]
    story = quiet(NOW - DAY, "scheduled", but(scheduled, scheduled_for=begins), *confirmed_early)
    outcome = story.at(begins + HALF_AN_HOUR_LONG + after_its_end).when(weigh_silence)
    assert (signs(outcome) != []) == silent


def test_an_appointment_in_another_clinic_lies_ahead_there_alone() -> None:
    elsewhere = but(scheduled, clinic_id=SERRA, scheduled_for=NOW + 60 * DAY)
    assert signs(quiet(NOW, "first_contact", elsewhere).at(NOW + 14 * DAY).when(weigh_silence)) != []


# What is an interaction


BOOKED = but(scheduled, scheduled_at=NOW)


def won_back(at: datetime) -> JourneyRecovered:
    return JourneyRecovered(**of_journey, recovery_reason="-", previous_risk_score=Decimal(0), recovered_at=at)


@pytest.mark.parametrize(
    ("facts", "spoke"),
    [
        ([wrote("negative", NOW + DAY)], True),
        ([but(scheduled, scheduled_at=NOW + DAY)], True),
        ([but(scheduled, scheduled_at=NOW + DAY, scheduled_by="import")], True),
        ([but(scheduled, scheduled_at=NOW + DAY, scheduled_by="system")], False),
        ([but(scheduled, scheduled_at=NOW), but(confirmed, confirmed_at=NOW + DAY)], True),
        ([but(scheduled, scheduled_at=NOW), but(confirmed, confirmed_at=NOW + DAY, confirmed_by="system")], False),
        ([but(scheduled, scheduled_at=NOW), but(cancelled, cancelled_at=NOW + DAY)], True),
        ([but(scheduled, scheduled_at=NOW), but(cancelled, cancelled_at=NOW + DAY, cancelled_by="system")], False),
        ([but(scheduled, scheduled_at=NOW), but(rescheduled, rescheduled_at=NOW + DAY)], True),
        (
            [but(scheduled, scheduled_at=NOW), but(rescheduled, rescheduled_at=NOW + DAY, rescheduled_by="system")],
            False,
        ),
        ([but(scheduled, scheduled_at=NOW), but(no_show, marked_at=NOW + DAY)], False),
        ([but(message_sent, timestamp=NOW + DAY)], False),
        ([but(conversation_started, conversation_id=OTHER_CONVERSATION, started_at=NOW + DAY)], False),
        (
            [
                JourneyRecovered(
                    **of_journey, recovery_reason="-", previous_risk_score=Decimal(0), recovered_at=NOW + DAY
                )
            ],
            True,
        ),
    ],
)
def test_silence_is_since_the_last_interaction(facts: list[Event], spoke: bool) -> None:
    """Fourteen days after NOW, a day less after an interaction."""
    story = quiet(NOW, "first_contact", *facts).at(NOW + 14 * DAY)
    found = [sign for sign in signs(story.when(weigh_silence)) if sign[0] == "silence"]
    assert (found == []) == spoke


def test_a_visit_is_an_interaction() -> None:
    story = quiet(NOW, "first_contact", *visited_at(1, NOW + DAY), moved_to("at_risk"))
    assert signs(story.at(NOW + 15 * DAY - INSTANT).when(weigh_silence)) == []
    assert signs(story.at(NOW + 15 * DAY).when(weigh_silence)) == told(factor("silence", "0.47", "medium"))


def test_the_latest_interaction_counts_not_the_last_recorded() -> None:
    late = wrote("positive", NOW - 20 * DAY)
    assert signs(quiet(NOW, "first_contact", late).at(NOW + 14 * DAY - INSTANT).when(weigh_silence)) == []


# Counts start anew


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        ([], [NO_SHOWS, CANCELLATIONS, DELAY]),
        (visited_at(9, NOW - 3 * HOUR), []),
        ([moved_to("at_risk"), won_back(NOW - 3 * HOUR)], []),
        ([moved_to("no_show"), won_back(NOW - 3 * HOUR)], [NO_SHOWS, CANCELLATIONS, DELAY]),
    ],
    ids=["nothing", "a visit", "a recovery out of at_risk", "a recovery out of no_show"],
)
def test_counts_start_anew_at_a_visit_and_at_a_recovery_out_of_at_risk(
    between: Sequence[Event], expected: list[Factor]
) -> None:
    at = NOW - 6 * HOUR
    first = (*missed(1, at), *called_off(2, at), *put_off(4, 1, at))
    again = (*missed(5), *called_off(6), but(rescheduled, appointment_id=nth(4), rescheduled_at=NOW - HOUR))
    outcome = weighed(*first, *between, *again)
    assert signs(outcome) == told(*(expected or [ONE_NO_SHOW]))


def test_a_new_journey_starts_all_counts_anew() -> None:
    """Who was given up and comes back begins afresh, like one who is won back before."""
    before = (BEGAN, *missed(1), *missed(2), *called_off(3), *called_off(4), moved_to("abandoned"))
    outcome = journey.given(conversation_started, wrote("negative"), *before).when(book)
    outcome.then_in_order("AppointmentScheduled", "JourneyStarted", "JourneyStageChanged")
    after = journey.where(case=outcome.case).about(NEW_JOURNEY).by("system").when(weigh_silence)
    after.then_nothing()


def test_the_message_that_starts_a_journey_tells_its_tone() -> None:
    before = (BEGAN, *missed(1), *missed(2), moved_to("abandoned"), conversation_started)
    outcome = journey.given(*before).about(CONVERSATION).when(but(receive, sentiment="negative"))
    assert signs(outcome) == told(TONE)


# The tone


REPORTED = detected("tone_change", "0.60", "medium", {"reported_by": "agent"}, NOW - 3 * HOUR)


@pytest.mark.parametrize(
    ("since", "lasts"),
    [
        ([], True),
        ([wrote("negative", NOW - 2 * HOUR)], True),
        ([message_sent], True),
        ([wrote("neutral", NOW - 2 * HOUR)], False),
        ([wrote(None, NOW - 2 * HOUR)], False),
        ([wrote("negative", NOW - 2 * HOUR), wrote("positive", NOW - HOUR, 2)], False),
        ([wrote("positive", NOW - 2 * HOUR), wrote("negative", NOW - HOUR, 2)], True),
        (visited_at(1, NOW - 2 * HOUR), False),
        (missed(1), True),
        ([moved_to("at_risk"), won_back(NOW - 2 * HOUR)], False),
        ([wrote("neutral", NOW - 3 * HOUR)], False),
        # Written before the person noticed, and late: it undoes nothing.
        ([wrote("positive", NOW - 4 * HOUR)], True),
    ],
)
def test_a_reported_tone_lasts_until_a_better_message_a_visit_or_a_recovery(
    since: Sequence[Event], lasts: bool
) -> None:
    found = [sign for sign in signs(weighed(REPORTED, *since)) if sign[0] == "tone_change"]
    assert found == (told(TONE) if lasts else [])


def test_a_negative_message_outlasts_a_visit_and_not_a_recovery() -> None:
    assert signs(weighed(wrote("negative", NOW - 3 * HOUR), *visited_at(1, NOW - 2 * HOUR))) == told(TONE)
    recovered = [moved_to("at_risk"), won_back(NOW - 2 * HOUR)]
    assert signs(weighed(wrote("negative", NOW - 3 * HOUR), *recovered)) == []


def test_a_negative_message_is_no_report() -> None:
    """The next message ends it, also one that was written before the risk was weighed."""
    seen = detected("tone_change", "0.60", "medium", {"message_id": str(UUID(int=0xE01))}, NOW - HOUR)
    assert signs(weighed(wrote("negative", NOW - 3 * HOUR), seen, wrote("neutral", NOW - 2 * HOUR, 2))) == []


@pytest.mark.parametrize(("last", "late", "expected"), [("negative", "positive", [TONE]), ("positive", "negative", [])])
def test_a_late_message_says_nothing_of_the_tone_now(last: str, late: str, expected: list[Factor]) -> None:
    assert signs(weighed(wrote(last, NOW - HOUR), wrote(late, NOW - HOUR - INSTANT, 2))) == told(*expected)


def test_a_late_message_wins_nobody_back() -> None:
    """It was written before the one that was angry."""
    before = (conversation_started, BEGAN, wrote("negative", NOW - HOUR), moved_to("at_risk"))
    late = but(receive, timestamp=NOW - 2 * HOUR)
    assert journey.given(*before).about(CONVERSATION).when(late).of(JourneyRecovered) == []
    now = but(receive, timestamp=NOW)
    assert len(journey.given(*before).about(CONVERSATION).when(now).of(JourneyRecovered)) == 1


# What a change of the signs makes


def chained(story: Story, *steps: tuple[Any, Any, datetime]) -> list[Outcome]:
    """One command after another: (command, target, when)."""
    outcomes = []
    for command, target, at in steps:
        role = "system" if command is weigh_silence else "receptionist"
        outcome = story.at(at).about(target).by(role).when(command)
        assert outcome.rejected is None, outcome.rejected
        story = story.where(case=outcome.case)
        outcomes.append(outcome)
    return outcomes


def test_a_second_no_show_and_all_that_follows_in_order() -> None:
    before = (BEGAN, *missed(1), scheduled, rated("0.00", "0.30", "medium", but_at(ONE_NO_SHOW, NOW - HOUR)))
    outcome = journey.given(*before, moved_to("scheduled")).at(VISIT).when(mark_no_show)
    assert names(outcome.events)[0] == "AppointmentMarkedAsNoShow"
    outcome.then(
        but(
            moved_to("at_risk", previous="scheduled"),
            reason="appointment_marked_as_no_show",
            changed_at=VISIT,
        ),
        detected("no_show", "0.90", "high", {"count": 2}, VISIT),
        rated("0.30", "0.90", "critical", but_at(NO_SHOWS, VISIT), at=VISIT),
        RiskEscalated(**of_journey, escalation_reason="risk_score_critical", escalated_at=VISIT),
    )


def test_a_silent_patient_of_26_days_and_all_that_follows_in_order() -> None:
    at = NOW + 26 * DAY
    silence = factor("silence", "0.87", "high", at)
    quiet().at(at).when(weigh_silence).then(
        detected("silence", "0.87", "high", {"days": 26, "since": rfc3339(NOW)}, at),
        rated("0.00", "0.87", "critical", silence, at=at),
        but(moved_to("at_risk", previous="first_contact"), reason="risk_score_recalculated", changed_at=at),
        RiskEscalated(**of_journey, escalation_reason="risk_score_critical", escalated_at=at),
    )


def test_a_message_that_wins_a_patient_back_and_all_that_follows_in_order() -> None:
    silence = factor("silence", "0.87", "high", NOW - DAY)
    before = (conversation_started, BEGAN, rated("0.00", "0.96", "critical", NO_SHOWS, silence), *missed(1), *missed(2))
    outcome = journey.given(*before, moved_to("at_risk")).about(CONVERSATION).when(receive)
    assert names(outcome.events)[0] == "MessageReceived"
    outcome.then(
        JourneyRecovered(
            **of_journey,
            recovery_reason="message_received",
            message_id=NEW_MESSAGE,
            previous_risk_score=Decimal("0.96"),
            recovered_at=NOW,
        ),
        rated("0.96", "0.00", "low", at=NOW),
    )


def test_won_back_after_one_no_show_the_sign_stays() -> None:
    silence = factor("silence", "0.47", "medium", NOW - DAY)
    was = but_at(ONE_NO_SHOW, NOW - DAY)
    before = (conversation_started, BEGAN, rated("0.00", "0.56", "medium", was, silence), *missed(1))
    outcome = journey.given(*before, moved_to("no_show")).about(CONVERSATION).when(receive)
    outcome.then(
        JourneyRecovered(
            **of_journey,
            recovery_reason="message_received",
            message_id=NEW_MESSAGE,
            previous_risk_score=Decimal("0.56"),
            recovered_at=NOW,
        ),
        rated("0.56", "0.30", "medium", was, at=NOW),
    )


def test_a_negative_message_starts_a_journey_and_is_a_sign_in_it() -> None:
    receive_angry = but(receive, sentiment="negative")
    outcome = journey.given(conversation_started).about(CONVERSATION).when(receive_angry)
    outcome.then_in_order(
        "MessageReceived", "JourneyStarted", "JourneyStageChanged", "RiskDetected", "RiskScoreRecalculated"
    )
    assert outcome.of(RiskDetected)[0].details == {"message_id": str(NEW_MESSAGE)}
    assert {event.journey_id for event in outcome.of(RiskDetected, RiskScoreRecalculated)} == {NEW_JOURNEY}


@pytest.mark.parametrize(
    ("facts", "details"),
    [
        (missed(1), {"count": 1}),
        ((*missed(1), *missed(2), *missed(3)), {"count": 3}),
        ((*called_off(1), *called_off(2)), {"count": 2}),
        ((*put_off(1, 2), *put_off(2, 3)), {"count": 3, "appointment_id": str(nth(2))}),
        ((wrote("negative"),), {"message_id": str(UUID(int=0xE01))}),
        ((REPORTED, wrote("negative")), {"reported_by": "agent"}),
    ],
)
def test_details_say_what_a_sign_was_seen_by(facts: tuple[Event, ...], details: dict[str, Any]) -> None:
    assert [event.details for event in weighed(*facts).of(RiskDetected)] == [details]


def but_at(sign: Factor, at: datetime) -> Factor:
    return but(sign, detected_at=at)


def test_nothing_is_said_while_the_signs_are_the_same() -> None:
    """Whatever else happens: a reminder, a confirmation, a message to the patient."""
    before = (BEGAN, *missed(1), rated("0.00", "0.30", "medium", ONE_NO_SHOW), scheduled, moved_to("confirmed"))
    for command in (remind, confirm):
        journey.given(*before).when(command).then()
    talking = journey.given(conversation_started, *before).about(CONVERSATION)
    talking.when(send).then()
    again = journey.given(*before).about(JOURNEY).by("system")
    again.when(weigh_silence).then_nothing()


def test_another_value_is_recalculated_without_being_news() -> None:
    """Silent 14, then 15 days: the sign is replaced, and was detected when it appeared."""
    first, same_day, next_day = chained(
        quiet(),
        (weigh_silence, JOURNEY, NOW + 14 * DAY),
        (weigh_silence, JOURNEY, NOW + 15 * DAY - INSTANT),
        (weigh_silence, JOURNEY, NOW + 15 * DAY),
    )
    assert len(first.of(RiskDetected)) == 1
    same_day.then_nothing()
    seen = factor("silence", "0.50", "medium", NOW + 14 * DAY)
    next_day.then(rated("0.47", "0.50", "medium", seen, at=NOW + 15 * DAY))


def test_a_higher_severity_is_news() -> None:
    _, later = chained(quiet(), (weigh_silence, JOURNEY, NOW + 20 * DAY), (weigh_silence, JOURNEY, NOW + 21 * DAY))
    at = NOW + 21 * DAY
    assert later.of(RiskDetected) == [detected("silence", "0.70", "high", {"days": 21, "since": rfc3339(NOW)}, at)]
    assert later.of(RiskScoreRecalculated) == [
        rated("0.67", "0.70", "high", factor("silence", "0.70", "high", at), at=at)
    ]


def test_a_lower_severity_is_no_news_and_keeps_its_time() -> None:
    """A message that was written 15 days ago comes late: silent for 15 days, not for 21."""
    silence = factor("silence", "0.70", "high", NOW)
    before = rated("0.00", "0.70", "high", silence, at=NOW)
    late = wrote("positive", NOW - 15 * DAY)
    story = quiet(NOW - 21 * DAY, "first_contact", before, late)
    story.when(weigh_silence).then(rated("0.70", "0.50", "medium", factor("silence", "0.50", "medium", NOW), at=NOW))


def test_a_sign_that_stays_keeps_its_time_when_another_comes() -> None:
    delay = but_at(DELAY, NOW - DAY)
    outcome = weighed(*put_off(1, 2), wrote("negative"), rated("0.00", "0.40", "medium", delay))
    assert [event.risk_type for event in outcome.of(RiskDetected)] == ["tone_change"]
    assert set(outcome.of(RiskScoreRecalculated)[0].contributing_factors) == {delay, TONE}


def test_a_sign_that_comes_again_is_news_again() -> None:
    story = quiet(NOW, "first_contact", wrote("negative", NOW), wrote("neutral", NOW + HOUR, 2))
    told_before = rated("0.00", "0.60", "medium", TONE, at=NOW)
    told_after = rated("0.60", "0.00", "low", at=NOW + HOUR)
    story = story.given(told_before, told_after, wrote("negative", NOW + 2 * HOUR, 3)).at(NOW + 2 * HOUR)
    outcome = story.when(weigh_silence)
    assert [event.detected_at for event in outcome.of(RiskDetected)] == [NOW + 2 * HOUR]
    assert [factor.detected_at for factor in outcome.of(RiskScoreRecalculated)[0].contributing_factors] == [
        NOW + 2 * HOUR
    ]


def test_a_sign_that_is_gone_is_removed() -> None:
    was = but_at(TONE, NOW - DAY)
    before = (conversation_started, BEGAN, wrote("negative"), rated("0.00", "0.60", "medium", was))
    outcome = journey.given(*before, moved_to("first_contact")).about(CONVERSATION).when(receive)
    outcome.then(rated("0.60", "0.00", "low", at=NOW))


def test_a_change_is_told_at_an_equal_score_too() -> None:
    """Two no-shows and thirty silent days are 1.00, and a negative message takes the silence away and adds nothing."""
    signs_before = [factor("silence", "1.00", "high", NOW - DAY), but_at(NO_SHOWS, NOW - DAY), CANCELLATIONS]
    before = (*missed(1), *missed(2), *called_off(3), *called_off(4), *put_off(5, 2))
    rated_before = rated("0.00", "1.00", "critical", *signs_before)
    angry = but(receive, sentiment="negative")
    given = (conversation_started, BEGAN, *before, rated_before, moved_to("at_risk"))
    outcome = journey.given(*given).about(CONVERSATION).when(angry)
    (recalculated,) = outcome.of(RiskScoreRecalculated)
    assert (recalculated.previous_score, recalculated.new_score) == (Decimal("1.00"), Decimal("1.00"))
    assert outcome.of(RiskEscalated, JourneyStageChanged) == []


@pytest.mark.parametrize(
    ("previous", "escalates"),
    [("0.00", True), ("0.70", True), ("0.84", True), ("0.85", False), ("0.90", False), ("1.00", False)],
)
def test_a_score_that_rises_across_085_calls_for_a_person_once(previous: str, escalates: bool) -> None:
    """From any score below it to 0.90; a score that stays there does not fire again."""
    before = rated("0.00", previous, "low")
    outcome = weighed(*missed(1), *missed(2), before, stage="at_risk")
    assert outcome.of(RiskScoreRecalculated)[0].new_score == Decimal("0.90")
    assert len(outcome.of(RiskEscalated)) == int(escalates)


def test_a_score_that_falls_and_rises_again_calls_again() -> None:
    steps = [(weigh_silence, JOURNEY, NOW + days * DAY) for days in (26, 30)]
    first, second = chained(quiet(), *steps)
    assert (len(first.of(RiskEscalated)), len(second.of(RiskEscalated))) == (1, 0)
    won, again = chained(
        quiet().where(case=second.case),
        (recover, JOURNEY, NOW + 31 * DAY),
        (weigh_silence, JOURNEY, NOW + 57 * DAY),
    )
    assert won.of(RiskScoreRecalculated)[0].new_score == Decimal("0.00")
    assert len(again.of(RiskEscalated)) == 1


# Only the clinic's own facts, as they happened


def test_facts_of_another_clinic_weigh_nothing_here() -> None:
    elsewhere = [but(event, clinic_id=SERRA) for event in (*missed(1), *missed(2))]
    assert signs(weighed(*elsewhere)) == []


def test_a_fact_of_another_clinic_weighs_no_journey_here() -> None:
    """Though this one has been silent for 30 days."""
    story = quiet(NOW - 30 * DAY).about(APPOINTMENT).by("receptionist")
    outcome = story.when(but(book, clinic_id=SERRA))
    assert {event.clinic for event in outcome.events} - {None} == {SERRA}


def test_any_fact_of_the_clinic_notices_silence() -> None:
    """The clinic writes: no interaction, but a fact that weighs the risk."""
    outcome = quiet(NOW - 14 * DAY).about(CONVERSATION).by("bot").when(send)
    outcome.then_in_order("MessageSent", "RiskDetected", "RiskScoreRecalculated")


def test_the_past_is_judged_as_it_happened() -> None:
    """An import of a no-show of a year ago: no year of silence in it."""
    at = NOW - 365 * DAY
    booked = but(scheduled, scheduled_for=at - HOUR, scheduled_at=at - DAY, scheduled_by="import")
    story = journey.given(but(journey_started, started_at=at - DAY), booked, but(moved_to("scheduled"), changed_at=at))
    outcome = story.by("import").when(but(mark_no_show, occurred_at=at))
    outcome.then(
        but(
            moved_to("no_show", previous="scheduled"),
            reason="appointment_marked_as_no_show",
            changed_at=at,
        ),
        detected("no_show", "0.30", "medium", {"count": 1}, at),
        rated("0.00", "0.30", "medium", but_at(ONE_NO_SHOW, at), at=at),
    )


def test_what_is_recorded_late_is_weighed_as_of_what_was_seen_last() -> None:
    """Else a fact from before the silence would take it away."""
    silence = factor("silence", "0.70", "high", NOW)
    seen = (detected("silence", "0.70", "high", {"days": 21}, NOW), rated("0.00", "0.70", "high", silence, at=NOW))
    story = quiet(NOW - 21 * DAY, "at_risk", *seen).about(APPOINTMENT).by("import")
    late = but(book, scheduled_for=NOW - 39 * DAY, occurred_at=NOW - 40 * DAY)
    outcome = story.when(late)
    assert outcome.of(RiskScoreRecalculated) == []


def test_a_visit_starts_a_high_score_anew() -> None:
    """After two no-shows she comes: no sign is left."""
    before = (BEGAN, *missed(1), *missed(2), rated("0.00", "0.90", "critical", NO_SHOWS), scheduled)
    outcome = journey.given(*before, moved_to("at_risk")).at(VISIT).when(complete)
    outcome.then_in_order("AppointmentCompleted", "JourneyStageChanged", "RiskScoreRecalculated")
    assert signs(outcome) == []


def test_two_cancellations_of_two_bookings() -> None:
    """Through commands: the second one is a sign, and the journey is where the table leads."""
    outcome = journey.given(BEGAN, *called_off(1), scheduled, moved_to("scheduled")).when(cancel)
    outcome.then_in_order("AppointmentCancelled", "JourneyStageChanged", "RiskDetected", "RiskScoreRecalculated")
    assert signs(outcome) == told(CANCELLATIONS)


def test_a_second_reschedule_of_one_appointment() -> None:
    outcome = journey.given(BEGAN, scheduled, rescheduled, moved_to("scheduled")).when(
        but(reschedule, scheduled_for=NOW + 4 * DAY)
    )
    outcome.then_in_order("AppointmentRescheduled", "RiskDetected", "RiskScoreRecalculated")
    assert signs(outcome) == told(DELAY)


def test_a_person_reports_a_change_of_tone() -> None:
    outcome = journey.given(BEGAN, moved_to("scheduled")).about(JOURNEY).when(but(report, notes="falou seco"))
    outcome.then(
        detected("tone_change", "0.60", "medium", {"reported_by": "agent", "notes": "falou seco"}, NOW),
        rated("0.00", "0.60", "medium", TONE, at=NOW),
    )


def test_a_report_of_what_is_known_already_changes_nothing() -> None:
    journey.given(conversation_started, BEGAN, wrote("negative"), rated("0.00", "0.60", "medium", TONE)).about(
        JOURNEY
    ).when(report).then_nothing()
