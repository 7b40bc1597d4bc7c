"""However a history is cut, kept and gone on with, it comes to what it comes to when it is folded in one go."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command_api.cases import Cases, Page, Read
from command_api.decide.case import Case
from command_api.fold.limits import FoldLimits
from command_api.fold.prefix import Last
from command_api.http.queries.left_out import LeftOut
from command_api.http.queries.rows_then import RowsThen, Whose, rows_folding
from command_api.recorded import LogBroken
from examples import MARIA, TENANT
from healz.events import Recorded
from healz.read_models.patient import evolve
from properties.histories import History, histories
from properties.test_events import envelope

limits = st.builds(
    FoldLimits,
    kept_bytes_max=st.sampled_from([0, 3000, 64 * 1024 * 1024]),
    page_events_max=st.integers(1, 40),
    slice_seconds=st.sampled_from([0.001, 10.0]),
)
few = settings(max_examples=25)
cuts = st.lists(st.integers(0, 200), max_size=4).map(sorted)


def store(events: Sequence[Recorded], page_events_max: int, read_events: list[int] | None = None) -> Read:
    """What the store answers while it holds these events of one patient."""

    async def read(last: Last | None) -> Page:
        known = last is not None and any(event.event_id == last.event_id for event in events)
        after = last.position if last is not None and known else 0
        page = [event for event in events if event.position > after][:page_events_max]
        if read_events is not None:
            read_events.append(len(page))
        patient_id = events[0].patient_id if events else None
        return Page(patient_id, len(events), known, [json.dumps(envelope(event)) for event in page], None)

    return read


async def load(cases: Cases, events: Sequence[Recorded], most: FoldLimits, aggregate_id: UUID = MARIA) -> Case:
    case, page = await cases.load(TENANT, aggregate_id, store(events, most.page_events_max))
    assert page.facts == len(events)
    return case


@few
@given(histories(), limits, cuts)
def test_a_kept_case_that_is_gone_on_with_is_the_fold_of_all(history: History, most: FoldLimits, at: list[int]) -> None:
    events = history.recorded

    async def walk() -> None:
        cases = Cases(most)
        for cut in [*at, len(events)]:
            so_far = events[:cut]
            expected = Case().after(event.event_data for event in so_far)
            for key in {MARIA, *(event.aggregate_id for event in so_far[-1:])}:
                assert await load(cases, so_far, most, key) == expected

    asyncio.run(walk())


@few
@given(histories(), histories(), limits, st.integers(0, 200), st.integers(0, 200))
def test_a_store_that_was_set_back_is_believed(
    history: History, other: History, most: FoldLimits, kept: int, back: int
) -> None:
    """What is committed after a restore takes the places, and the numbers of facts, of what was lost."""
    lost = history.recorded
    stays = lost[: min(back, len(lost))]
    anew = [
        replace_id(event, len(stays) + n)
        for n, event in enumerate(other.recorded, 1)
        if not stays and event.position == n
    ]
    now = [*stays, *anew]

    async def walk() -> None:
        cases = Cases(most)
        await load(cases, lost[:kept], most)
        assert await load(cases, now, most) == Case().after(event.event_data for event in now)

    asyncio.run(walk())


def replace_id(event: Recorded, position: int) -> Recorded:
    return event.model_copy(update={"event_id": UUID(int=0xDEAD0000 + position), "position": position})


@few
@given(histories())
def test_what_is_kept_is_not_read_again(history: History) -> None:
    events, most = history.recorded, FoldLimits()

    async def walk() -> None:
        cases = Cases(most)
        for cut in range(0, len(events), 7):
            await load(cases, events[:cut], most)
        read: list[int] = []
        already = max(range(0, len(events), 7), default=0)
        await cases.load(TENANT, MARIA, store(events, most.page_events_max, read))
        assert sum(read) == len(events) - already

    asyncio.run(walk())


@few
@given(histories(), st.integers(0, 200))
def test_a_log_that_lacks_a_version_is_broken_and_whole_again_once_it_is_mended(history: History, missing: int) -> None:
    events, most = history.recorded, FoldLimits(page_events_max=10)
    if missing >= len(events):
        return
    lacking = [event for n, event in enumerate(events) if n != missing]

    async def read(last: Last | None) -> Page:
        page = await store(lacking, most.page_events_max)(last)
        return replace(page, facts=len(events), patient_id=MARIA)

    async def walk() -> None:
        cases = Cases(most)
        with pytest.raises(LogBroken):
            await cases.load(TENANT, MARIA, read)
        assert await load(cases, events, most) == history.case

    asyncio.run(walk())


@few
@given(histories(), limits, cuts, st.booleans())
def test_a_row_then_is_the_fold_up_to_then_in_whatever_order_is_asked(
    history: History, most: FoldLimits, at: list[int], backwards: bool
) -> None:
    events = history.recorded

    def until(cut: int) -> Any:
        async def read(last: Last | None) -> tuple[list[str], bool] | None:
            rest = [event for event in events[:cut] if last is None or event.position > last.position]
            page = rest[: most.page_events_max]
            return [json.dumps(envelope(event)) for event in page], len(rest) > len(page)

        return read

    async def walk() -> None:
        cases = Cases(most)
        rows = RowsThen(most, most.kept_bytes_max, cases.long)
        folding = rows_folding(None, {"patient": LeftOut()})
        # A time lies between two commits.
        ends = [n for n in range(1, len(events)) if events[n - 1].created_at < events[n].created_at] + [len(events)]
        for end in sorted({ends[cut % len(ends)] for cut in at}, reverse=backwards) if events else []:
            row = None
            for event in events[:end]:
                row = evolve(row, event)
            then = await rows.folded(folding, Whose(TENANT, MARIA, None), events[end - 1].position, until(end))
            assert then.patient == row

    asyncio.run(walk())
