"""Whoever gets worse never looks safer, whatever numbers a tenant's journeys are judged by."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from command_api.decide.journey.past.evidence import Evidence
from command_api.decide.journey.past.state import ClinicJourney
from command_api.decide.journey.risk import Indicator, indicators, level, score
from command_api.decide.journey.rules import JourneyRules
from examples import NOW, VITORIA

shares = st.integers(0, 100).map(lambda n: Decimal(n) / 100)
times = st.integers(0, 6).map(lambda n: (NOW,) * n)
RISING_SHARES = [("no_show_value", "no_shows_value"), ("score_medium", "score_high", "score_critical")]
RISING_DAYS = ("silence_days_min", "silence_days_high", "silence_days_full")
LEVELS = ("low", "medium", "high", "critical")


@st.composite
def any_rules(draw: st.DrawFn) -> JourneyRules:
    """Any that a tenant may have."""
    said: dict[str, object] = {
        name: draw(shares)
        for name in JourneyRules.model_fields
        if name.endswith(("_weight", "_value")) or name.startswith("score_")
    }
    for names in RISING_SHARES:
        said |= dict(zip(names, sorted(draw(shares) for _ in names), strict=True))
    said |= dict(zip(RISING_DAYS, sorted(draw(st.integers(1, 60)) for _ in RISING_DAYS), strict=True))
    said |= {name: draw(st.integers(2, 5)) for name in ("no_shows_min", "cancellations_min", "reschedules_min")}
    return JourneyRules.model_validate(said)


@st.composite
def known(draw: st.DrawFn) -> ClinicJourney:
    """A patient of whom much or little is to be feared, who spoke up to 70 days ago."""
    return ClinicJourney(
        VITORIA,
        evidence=Evidence(
            no_shows=draw(times),
            cancellations=draw(times),
            reschedules={UUID(int=n): draw(times) for n in range(2)},
            negative_message=draw(st.none() | st.just(UUID(int=1))),
            reported=draw(st.none() | st.just({"reported_by": "agent"})),
        ),
        stage="first_contact",
        last_interaction_at=NOW - draw(st.integers(0, 70)) * timedelta(days=1),
    )


@st.composite
def worse(draw: st.DrawFn, journey: ClinicJourney) -> ClinicJourney:
    """The same, and more: each by as much or as little as may be."""
    was = journey.evidence
    assert journey.last_interaction_at is not None
    return replace(
        journey,
        evidence=replace(
            was,
            no_shows=(*was.no_shows, *draw(times)),
            cancellations=(*was.cancellations, *draw(times)),
            reschedules={key: (*moves, *draw(times)) for key, moves in was.reschedules.items()},
            negative_message=was.negative_message or draw(st.none() | st.just(UUID(int=2))),
            reported=was.reported or draw(st.none() | st.just({"reported_by": "doctor"})),
        ),
        last_interaction_at=journey.last_interaction_at - draw(st.integers(0, 20)) * timedelta(days=1),
    )


@given(st.data(), st.just(JourneyRules()) | any_rules(), known())
def test_who_gets_worse_never_looks_safer(data: st.DataObject, rules: JourneyRules, before: ClinicJourney) -> None:
    after = data.draw(worse(before))
    was, now = score(indicators(before, NOW, rules)), score(indicators(after, NOW, rules))
    assert was <= now
    assert LEVELS.index(level(was, rules)) <= LEVELS.index(level(now, rules))


sign_lists = st.lists(
    st.builds(
        Indicator,
        type=st.sampled_from(["silence", "no_show", "cancellation", "delay", "tone_change"]),
        weight=shares,
        value=shares,
        severity=st.just("medium"),
        details=st.just({}),
    ),
    unique_by=lambda sign: sign.type,
    max_size=5,
)


@given(sign_lists)
def test_a_score_is_the_worst_sign_and_something_of_each_other(present: list[Indicator]) -> None:
    """As the document says it: the greatest, over the signs, of its value and the others' weighed values."""
    sums = [
        sign.value + sum((other.weight * other.value for other in present if other is not sign), Decimal(0))
        for sign in present
    ]
    expected = min(max(sums, default=Decimal(0)), Decimal(1)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert score(present) == expected
    assert score(reversed(present)) == expected
    assert all(score(present) >= sign.value for sign in present)


@given(st.data(), sign_lists)
def test_a_sign_added_or_worsened_never_lowers_a_score(data: st.DataObject, present: list[Indicator]) -> None:
    kept = data.draw(st.lists(st.sampled_from(present), unique_by=id)) if present else []
    milder = [
        replace(sign, value=data.draw(st.integers(0, int(sign.value * 100)).map(lambda n: Decimal(n) / 100)))
        for sign in kept
    ]
    assert score(milder) <= score(kept) <= score(present)
