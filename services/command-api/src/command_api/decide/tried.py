"""What other rules would have made of a patient's past: the same log, weighed by other numbers.

The facts stay as they are, and so does what people and sweeps did since under the rules of then: whom they won back or
gave up is won back or given up here, too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from command_api.decide.case import Case
from command_api.decide.journey.risk import indicators, score
from command_api.decide.journey.rules import JourneyRules
from healz.events import Recorded

Scores = Mapping[UUID, Sequence[Decimal]]
"""{clinic: the highest score of its journey by each of the rules}"""


def highest(events: Sequence[Recorded], rules: Sequence[JourneyRules], since: datetime, until: datetime) -> Scores:
    """Of one patient's events, in order: the highest scores of active journeys from ``since`` to ``until``.

    Between two facts a score never falls: a silence grows, and what lies ahead comes nearer. So it is weighed where
    each such stretch ends, which is right before the next facts; of a past that was imported that is long ago.
    """
    known = [event for event in events if event.created_at <= until]
    before = Case().after(event.event_data for event in known if event.created_at < since)
    found: dict[UUID, list[Decimal]] = {}
    for at, case in _stretches(before, [event for event in known if event.created_at >= since], until):
        for clinic_id, journey in case.journeys.items():
            if at < since or not journey.is_active:
                continue
            seen = at if journey.seen_at is None else max(at, journey.seen_at)
            scores = [score(indicators(journey, seen, each)) for each in rules]
            found[clinic_id] = list(map(max, found.get(clinic_id, scores), scores))
    return found


def _stretches(case: Case, events: Iterable[Recorded], until: datetime) -> Iterator[tuple[datetime, Case]]:
    """The case between facts, each with when it ended. What was committed together happened together."""
    for created_at, together in groupby(events, key=lambda event: event.created_at):
        facts = [event.event_data for event in together]
        yield min(created_at, *(fact.happened_at for fact in facts)), case
        case = case.after(facts)
    yield until, case
