"""Phones as people write them: one spelling for each line, and the ones that it may have been recorded under.

One line has two spellings where a country has added a digit to its mobiles, or dropped one, and messengers go on with
the old form: Brazil's ninth digit (since 2016 everywhere; landlines, which begin with 2 to 5, have none), Argentina's 9
and Mexico's 1 after the country code. Sources: Anatel's plan of numbers, ENACOM's, IFT's of 2019; whatever else is a
number or none, libphonenumber says.
"""

import re
import unicodedata
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberFormat

WRITTEN = re.compile(r"\+?[\d ().\-/]*")
LENGTH_LOOKED_AT_MAX = 100
EXAMPLE = "+5527999990000"
RESPELT = (
    (re.compile(r"\+55(\d\d)9?([016-9]\d{7})"), r"+55\g<1>9\2", r"+55\1\2"),
    (re.compile(r"\+549?(\d{10})"), r"+549\1", r"+54\1"),
    (re.compile(r"\+521?(\d{10})"), r"+52\1", r"+521\1"),
)
"""(both spellings, the one of today, the other): Brazil, Argentina, Mexico."""
PLACEHOLDER = re.compile(r"(\d)\1{7}$")
"""Who has no phone to type types one digit on and on."""


def one_line(value: Any) -> Any:
    """A phone number in E.164, whichever spelling of its line was given.

    Raises ValueError, which says what is wrong, for anything but digits and separators (a letter O is no zero, and an
    extension reaches nobody), without a country code, or of which the country has none.
    """
    if not isinstance(value, str):
        return value
    written = "".join(
        "-" if unicodedata.category(c) == "Pd" else c
        for c in unicodedata.normalize("NFKC", value[:LENGTH_LOOKED_AT_MAX])
        if unicodedata.category(c) != "Cf"
    ).strip()
    if not WRITTEN.fullmatch(written):
        raise ValueError(f"write the phone in digits alone, no letters and no extension, like {EXAMPLE}")
    try:
        number = phonenumbers.parse(written)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"give the phone with its country code, like {EXAMPLE}") from error
    given: str = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    phone = _today(given)
    if phone != given:
        number = phonenumbers.parse(phone)
    if not phonenumbers.is_possible_number(number):
        raise ValueError("no phone number of that country has this length; is a digit missing, or the area code?")
    if not phonenumbers.is_valid_number(number):
        raise ValueError("that country has no such number; look at its area code and its first digits")
    if PLACEHOLDER.search(phone):
        raise ValueError("this looks like a number that stands for none; give the one that the patient answers")
    return phone


def spellings(phone: str) -> frozenset[str]:
    """The forms in E.164 under which this line may have been recorded, ``phone`` itself among them."""
    for both, today, other in RESPELT:
        if line := both.fullmatch(phone):
            return frozenset({line.expand(today), line.expand(other)})
    return frozenset({phone})


def _today(phone: str) -> str:
    for both, today, _ in RESPELT:
        if line := both.fullmatch(phone):
            return line.expand(today)
    return phone
