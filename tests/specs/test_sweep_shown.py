"""What a sweep tells people, and programs."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from command_api.sweeps.candidates import SWEEPS, Candidate
from command_api.sweeps.shown import FOUND_LINES_MAX, Shown
from command_api.sweeps.sweep import Run, SweepTally

RUN = Run(SWEEPS["silence"], datetime(2026, 3, 1, tzinfo=UTC), dry_run=True)


def tally(found: int) -> SweepTally:
    candidates = [Candidate(*(UUID(int=n * 10 + k) for k in range(4))) for n in range(found)]
    return SweepTally(tenants=1, candidates=found, found=candidates)


@pytest.mark.parametrize(
    ("found", "lines", "more"),
    [
        (0, 0, None),
        (FOUND_LINES_MAX, FOUND_LINES_MAX, None),
        (FOUND_LINES_MAX + 1, FOUND_LINES_MAX, "… and 1 more; --json shows all"),
        (100_000, FOUND_LINES_MAX, f"… and {100_000 - FOUND_LINES_MAX} more; --json shows all"),
    ],
)
def test_a_dry_run_shows_the_first_candidates_and_how_many_more_there_are(
    found: int, lines: int, more: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    Shown(as_json=False).answer(RUN, tally(found))
    *shown, counted = capsys.readouterr().out.splitlines()
    assert [line for line in shown if line.startswith("…")] == ([more] if more else [])
    assert len([line for line in shown if "  patient " in line]) == lines
    assert f"{found} candidates of 1 tenants; nothing was changed" in counted


def test_a_program_is_told_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    Shown(as_json=True).answer(RUN, tally(FOUND_LINES_MAX + 7))
    assert len(json.loads(capsys.readouterr().out)["found"]) == FOUND_LINES_MAX + 7
