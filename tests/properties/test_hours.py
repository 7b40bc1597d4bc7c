"""Whatever the hours, the zone and the day: what was accepted lies inside a window, what was refused does not.

Judged by another way than the rule's: windows become stretches of real time, one day after another.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import event as observe
from hypothesis import given
from hypothesis import strategies as st

from command_api.decide.appointment.hours import Hours, Window, first_outside
from examples import DAY, HOUR, MINUTE, appointment, book, but

ZONES = [ZoneInfo(name) for name in ("America/Sao_Paulo", "America/Santiago", "Europe/Lisbon", "Asia/Kathmandu", "UTC")]
# Around days on which one of them puts its clocks forward or back, and any others.
CHANGES = [
    date(2018, 11, 4),
    date(2018, 2, 18),
    date(2026, 9, 6),
    date(2026, 4, 5),
    date(2026, 3, 29),
    date(2026, 10, 25),
]

bounds = st.sampled_from([0, 30, 60, 90, 120, 480, 721, 1320, 1380, 1410, 1440])
windows = st.builds(
    lambda weekday, pair: Window(weekday, *pair),
    st.integers(1, 7),
    st.tuples(bounds, bounds).filter(lambda p: p[0] < p[1]),
)
nights = st.just(frozenset(Window(day, *pair) for day in range(1, 8) for pair in ((0, 480), (1320, 1440))))
weeks: st.SearchStrategy[Hours] = st.frozensets(windows, max_size=20) | nights
days = st.sampled_from(CHANGES) | st.dates(date(2018, 1, 1), date(2040, 1, 1))
minutes = st.sampled_from([1, 15, 30, 60, 90, 180, 24 * 60])


@st.composite
def starts(draw: st.DrawFn) -> datetime:
    midnight = datetime.combine(draw(days), time(), tzinfo=UTC)
    off = draw(st.sampled_from([timedelta(0), timedelta(0), timedelta(microseconds=-1), timedelta(microseconds=1)]))
    return midnight + draw(st.integers(-96, 96)) * 15 * MINUTE + off


def stretches(hours: Hours, around: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """When it is open near that day, in UTC: between two changes of its offset a window is where the offset puts it."""
    first = around - 2 * DAY
    marks = [first]
    for n in range(5 * 24 * 4):  # clocks change at a quarter of an hour
        at = first.replace(minute=0, second=0, microsecond=0) + n * 15 * MINUTE
        if at > first and at.astimezone(zone).utcoffset() != (at - MINUTE).astimezone(zone).utcoffset():
            marks.append(at)
    marks.append(around + 3 * DAY)
    for since, until in pairwise(marks):
        offset = since.astimezone(zone).utcoffset() or timedelta(0)
        for n in range(-3, 5):
            day = (around + n * DAY).date()
            midnight = datetime.combine(day, time(), tzinfo=UTC) - offset
            for window in hours:
                if window.weekday == day.isoweekday():
                    begins, ends = midnight + window.begins * MINUTE, midnight + window.ends * MINUTE
                    if max(begins, since) < min(ends, until):
                        yield max(begins, since), min(ends, until)


def is_open(hours: Hours, start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    reached = start
    for begins, ends in sorted(stretches(hours, start, zone)):
        if begins <= reached < ends:
            reached = ends
    return reached >= end


@given(weeks, starts(), minutes, st.sampled_from(ZONES))
def test_accepted_is_inside_and_refused_is_not(hours: Hours, start: datetime, minutes: int, zone: ZoneInfo) -> None:
    end = start + minutes * MINUTE
    outcome = (
        appointment.where(zone=zone, opening_hours=hours)
        .at(start - HOUR)
        .when(but(book, scheduled_for=start, duration=minutes))
    )
    observe("refused" if outcome.rejected else "accepted")
    if outcome.rejected is not None:
        assert outcome.rejected.rule == "clinic_closed"
    assert is_open(hours, start, end, zone) == (outcome.rejected is None)


@given(weeks, starts(), st.sampled_from(ZONES))
def test_what_is_told_of_a_refusal_is_outside(hours: Hours, start: datetime, zone: ZoneInfo) -> None:
    shown = first_outside(hours, start, start + 2 * HOUR, zone)
    if shown is not None:
        assert start <= shown < start + 2 * HOUR
        assert not is_open(hours, shown.astimezone(UTC), shown.astimezone(UTC) + MINUTE, zone)
        assert is_open(hours, start, shown.astimezone(UTC), zone)
