"""A sign of risk, as somebody who runs a clinic reads it."""

import pytest

from command_api.http.queries.risk_words import in_words

JOURNEY = {"days_since_last_interaction": 23, "days_open": None, "missed_appointments": 2, "cancelled_appointments": 3}


@pytest.mark.parametrize(
    ("sign", "severity", "journey", "words"),
    [
        ("silence", "high", {}, "silent for 23 days"),
        ("silence", "medium", {"days_since_last_interaction": 1}, "silent for 1 day"),
        # A visit that nobody closed: perhaps they came.
        ("silence", "high", {"days_open": 21}, "silent for 23 days; an appointment of 21 days ago is still open"),
        ("silence", "high", {"days_open": 1}, "silent for 23 days; an appointment of 1 day ago is still open"),
        ("no_show", "medium", {"missed_appointments": 1}, "missed an appointment"),
        # The journey counts its whole life, the sign what came since the last visit.
        ("no_show", "medium", {"missed_appointments": 2}, "missed an appointment"),
        ("no_show", "high", {}, "2 no-shows"),
        ("no_show", "high", {"missed_appointments": 1}, "several no-shows"),
        ("cancellation", "medium", {}, "3 cancellations"),
        ("cancellation", "medium", {"cancelled_appointments": 0}, "several cancellations"),
        ("delay", "low", {}, "moved the same appointment several times"),
        ("tone_change", "medium", {}, "sounds unhappy"),
        ("moved_away", "low", {}, "moved away"),
    ],
)
def test_a_sign_in_words(sign: str, severity: str, journey: dict[str, int | None], words: str) -> None:
    assert in_words({"type": sign, "severity": severity}, JOURNEY | journey) == words
