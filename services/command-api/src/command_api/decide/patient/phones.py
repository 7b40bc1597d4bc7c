"""Phones as people write them: one spelling for each line, and the ones that it may have been recorded under.

One line has two spellings where a country has added a digit to its mobiles, or dropped one, and messengers go on with
the old form: Brazil's ninth digit (since 2016 everywhere; landlines, which begin with 2 to 5, have none) and Mexico's 1
after the country code (dropped in 2019). Argentina's mobiles have a 9 there from abroad and landlines have none: the
digits do not tell which it is, so it stays as given; both are one line. Sources: the plans of numbers of Anatel, IFT
and ENACOM; what else is a valid number, libphonenumber decides.
"""

import re
import unicodedata
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberFormat

WRITTEN = re.compile(r"[\d+ ().\-/]+")
NAMES_A_COUNTRY = re.compile(r"\+[ ().\-/]*\d")
LENGTH_LOOKED_AT_MAX = 100
MINUS = "\u2212"
HOME, HOME_CODE = "BR", 55
"""Whose number it is that names no country, in a file and in a search."""
WITH_AREA_CODE_DIGITS_MIN = 10
EXAMPLE = "+5527999990000"
BRAZIL = re.compile(r"\+55(\d\d)9?([06-9]\d{7})")
MEXICO = re.compile(r"\+521?(\d{10})")
ARGENTINA = re.compile(r"\+549?(\d{10})")
TODAY = {BRAZIL: r"+55\g<1>9\2", MEXICO: r"+52\1"}
SPELLINGS = {
    BRAZIL: (r"+55\g<1>9\2", r"+55\1\2"),
    MEXICO: (r"+52\1", r"+521\1"),
    ARGENTINA: (r"+54\1", r"+549\1"),
}
DIGIT_MISSING = re.compile(r".*\d{5}[ .\-]\d{3}")
"""Eight digits written five and three: of a mobile one is missing. Without the line they are an old spelling."""
PLACEHOLDER = re.compile(r"(\d)\1{7}$")
"""Who has no phone to type types one digit on and on."""


def one_line(value: Any) -> Any:
    """A phone number in E.164, whichever spelling of its line was given.

    Raises ValueError, which says what is wrong, for anything but digits and separators (a letter O is no zero, and an
    extension reaches nobody), without a country code, or a number that the country does not have.
    """
    if not isinstance(value, str):
        return value
    phone = respelt(value)
    check_groups(value, phone)
    number = phonenumbers.parse(phone)
    if not phonenumbers.is_possible_number(number):
        raise ValueError("no phone number of that country has this length; is a digit missing, or the area code?")
    if not phonenumbers.is_valid_number(number):
        raise ValueError("that country has no such number; look at its area code and its first digits")
    if PLACEHOLDER.search(phone):
        raise ValueError("this looks like a placeholder; give the number that the patient answers")
    return phone


def check_groups(written: str, phone: str) -> None:
    """Raises ValueError where the groups of digits tell that ``phone``, which ``written`` was read as, lacks one."""
    if BRAZIL.fullmatch(phone) and DIGIT_MISSING.fullmatch(plain(written)):
        raise ValueError("a digit is missing; a mobile is written like +55 27 99999-0000")


def respelt(value: str) -> str:
    """In E.164 and the spelling of today, be it a number or not: what was recorded may be none by now.

    Raises ValueError for anything but digits and separators, and without a country code.
    """
    written = plain(value) if len(value) <= LENGTH_LOOKED_AT_MAX else ""
    if not WRITTEN.fullmatch(written):
        raise ValueError(f"write the phone in digits alone, no letters and no extension, like {EXAMPLE}")
    try:
        number = phonenumbers.parse(written)
    except phonenumbers.NumberParseException as error:
        if NAMES_A_COUNTRY.match(written):
            raise ValueError("no country has that code; look at the first digits after the +") from error
        raise ValueError(f"give the phone with its country code, like {EXAMPLE}") from error
    phone: str = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return next((line.expand(today) for both, today in TODAY.items() if (line := both.fullmatch(phone))), phone)


def at_home(written: str) -> str:
    """With the home country's code, where none is written and it is a number there; else as it is."""
    if plain(written).startswith("+"):
        return written
    try:
        number = phonenumbers.parse(plain(written), HOME)
    except phonenumbers.NumberParseException:
        return written
    possible = is_whole(number) and phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if possible else written


def is_whole(number: phonenumbers.PhoneNumber) -> bool:
    """With an area code."""
    return number.country_code != HOME_CODE or len(str(number.national_number)) >= WITH_AREA_CODE_DIGITS_MIN


def plain(value: str) -> str:
    """What was typed, in the usual characters, without what can't be seen."""
    usual = unicodedata.normalize("NFKC", value).replace(MINUS, "-")
    seen = ("-" if unicodedata.category(c) == "Pd" else c for c in usual if unicodedata.category(c) != "Cf")
    return "".join(seen).strip()


def spellings(phone: str) -> frozenset[str]:
    """The forms in E.164 under which this line may have been recorded, ``phone`` itself among them."""
    for both, forms in SPELLINGS.items():
        if line := both.fullmatch(phone):
            return frozenset(map(line.expand, forms))
    return frozenset({phone})
