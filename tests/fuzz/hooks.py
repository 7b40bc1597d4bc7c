"""What Schemathesis is told beyond the document: how to make what only a format names, and the few rules that JSON
Schema has no words for. A rule is here by the words of its refusal, for one operation; nothing else is let pass."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st

from command_api.reference.commands import OF_THE_MACHINE

MEETS = {
    "get_calendar": ("give clinic_id, doctor_id or patient_id", "give either day", "until must lie after", "at most"),
    "get_at_risk": ("give either assigned_to or mine",),
    "search_patients": ("give the phone with its country code",),
    "get_unconfirmed": ("must lie above hours_from",),
    "find_conversations": ("name the patient_id whose closed conversations",),
    "change_appointment": ("give clinic_id, doctor_id, duration", "on_whose_account is of a move"),
    "correct_outcome": ("requires_follow_up is of a completed", "on_whose_account is of a cancellation"),
    "record_message": ("details are of another kind than media_type",),
    "put_tenant": ("must not fall",),
    "put_clinic": ("is no time within one day", "overlap; make them one", "another one than in the address"),
    "put_doctor": (
        *("is no time within one day", "overlap; make them one", "schedule names a clinic"),
        "another one than in the address",
    ),
    "patch_tenant": ("must not fall", "name what changes"),
    "patch_clinic": ("is no time within one day", "overlap; make them one", "name what changes"),
    "patch_doctor": (
        *("is no time within one day", "overlap; make them one", "schedule names a clinic", "name what changes"),
    ),
}
"""Rules between fields, and between parameters."""
CURSOR = "after must be the next of an earlier page"
"""A cursor is opaque: what is in it is no business of the document's."""
CHARACTERS = ("holds no control characters", "a name has letters")
"""Of a name or an e-mail address, once what can't be seen is left out and white space is made one: Unicode's tables."""
MAILBOX = "has one @ and no spaces"
"""In its normal form (NFKC), in which some letters become one with a space: Unicode's tables."""
PHONE = (
    "no country has that code",
    "no phone number of that country has this length",
    "that country has no such number",
    "this looks like a placeholder",
)
"""A table of all countries; the document says it in words."""
CPF = "the CPF's check digits don't agree"
"""A checksum: the document says it in words."""
NAME_ASKED = "the name has no letter to look for"
"""Once accents and apostrophes are gone: Unicode's tables."""
FREE_OBJECT = "extracted_data"
"""How deep and large a free object may be in all, its numbers and names at any depth: the document says it in words."""
KEY_REUSED = "this Idempotency-Key was used for another request"
"""Keys are drawn by chance: a short one comes again, with something else."""
POSITION = ("is not there yet", "lies far ahead of the log")
"""A position that no event has is waited for, and then 503; at once, where it can't come in time."""
UNKNOWN_HEADER = "x-schemathesis-unknown-property"
"""A header that nobody knows is passed over, as RFC 9110 (5.1) has it."""


def cpf(nine: str) -> str:
    """The nine digits and their two check digits."""
    digits = [int(digit) for digit in nine]
    for length in (10, 11):
        rest = sum(digit * weight for digit, weight in zip(digits, range(length, 1, -1), strict=True)) * 10 % 11
        digits.append(rest % 10)
    return "".join(map(str, digits))


days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
offsets = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC) | offsets)  # noqa: DTZ001
schemathesis.openapi.format("date", days.map(date.isoformat))
schemathesis.openapi.format("date-time", times.map(datetime.isoformat))
schemathesis.openapi.format("phone", st.integers(10**7, 10**8 - 1).map(lambda number: f"+55279{number}"))
schemathesis.openapi.format("person-name", st.text(min_size=1, max_size=40).map("Maria {}".format))
schemathesis.openapi.format("cpf", st.from_regex("[0-8]{8}9", fullmatch=True).map(cpf))
schemathesis.openapi.format("time-zone", st.sampled_from(sorted(available_timezones() - OF_THE_MACHINE)))


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Keeps every failure but those of the rules above."""
    answer = response.json() if response.status_code in (422, 503) else {}
    words = " ".join([answer.get("detail", ""), *(error["message"] for error in answer.get("errors", ()))])
    if response.status_code == 503:
        return not any(rule in words for rule in POSITION)
    if type(failure).__name__ == "AcceptedNegativeData":
        return UNKNOWN_HEADER not in (case.headers or {})
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    fields = {error["field"].partition(".")[0] for error in answer.get("errors", ())}
    everywhere = (CURSOR, *CHARACTERS, MAILBOX, *PHONE, CPF, NAME_ASKED, KEY_REUSED)
    known = (*MEETS.get(case.operation.definition.raw["operationId"], ()), *everywhere)
    return fields != {FREE_OBJECT} and not any(rule in words for rule in known)
