"""Single cells as spreadsheets and clinics' software write them, to what a command takes."""

import re
from datetime import date, datetime
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberFormat

from command_api.decide.patient.names import LOST
from command_api.decide.patient.phones import HOME, LENGTH_LOOKED_AT_MAX, WRITTEN, check_groups, is_whole, plain
from command_api.decide.times import day

CPF_DIGITS, CPF_DIGITS_MIN = 11, 8
"""A spreadsheet that takes a CPF for a number drops the zeros before it; more than three hardly ever."""
TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
DAY_FIRST = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?=$|[ T,])")
HOUR_FIRST = re.compile(r"([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?) +(.+)")
"""A file's column of hours may stand before its column of days."""
HOUR = re.compile(r"(?<=[T ])([0-9])(?=:)")
SERIAL = re.compile(r"[0-9]{5}([.,][0-9]+)?")
NUMBER_OF_A_SPREADSHEET = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
TWO_PHONES = re.compile(r"(\D*\d){8,}\D*( / |[/,;|]| e | ou )(\D*\d){8,}\D*")
"""Eight digits are a Brazilian phone without its area code."""
YEAR = re.compile(r"[0-9]{4}")
WRONGLY_DECODED = re.compile("\u00c3[\u0080-\u00bf\u0152-\u2122]|\u00c2[\u00a0-\u00bf]|[a-z\u00e0-\u00ff]\u00c3")
"""Ã© for é: UTF-8 that was read as Windows-1252, which has no lower-case letter before a capital Ã either."""
SAVE_ANEW = "export the file again as CSV UTF-8, or correct this cell"


def time(value: Any) -> datetime:
    """Raises ValueError for anything but a day and an hour that are written out, ISO or the day first."""
    hour_first = HOUR_FIRST.fullmatch(value)
    text = f"{hour_first[2]} {hour_first[1]}" if hour_first else value.replace(", ", " ")
    text = HOUR.sub(r"0\1", DAY_FIRST.sub(_iso, text))
    if not TIME.fullmatch(text):
        if SERIAL.fullmatch(value):
            raise ValueError("this is a spreadsheet's own number for a time; format the column as date and time")
        raise ValueError(
            "give the time like 2019-03-14T15:30:00-03:00 or 14/03/2019 15:30; without offset, on the clinic's clock"
        )
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day or time; the day comes before the month") from None


def birth_date(value: Any) -> date:
    """Raises ValueError."""
    if SERIAL.fullmatch(value):
        raise ValueError("this is a spreadsheet's own number for a day; format the column as a date")
    iso = DAY_FIRST.sub(_iso, value)
    try:
        return day(iso)
    except ValueError as error:
        raise ValueError(str(error) if iso != value else f"{error}, or as DD/MM/YYYY") from None


def no_birth_date(text: str) -> bool:
    """What software writes where nobody knows it, like 0000-00-00 and 30/12/1899: a year in which none who live were
    born."""
    years = YEAR.findall(text)
    return len(years) == 1 and int(years[0]) < 1900


def no_cpf(text: str) -> bool:
    """What is typed where nobody knows it: one digit, on and on."""
    digits = {character for character in text if character.isdigit()}
    return len(digits) == 1 and not any(map(str.isalpha, text))


def phone(value: Any) -> Any:
    """With the home country's code where none is written; whether it is a number is left to who reads it next.

    Raises ValueError where it can't be one as it stands.
    """
    if NUMBER_OF_A_SPREADSHEET.fullmatch(value):
        raise ValueError("a spreadsheet has rounded this phone; format the column as text and give all its digits")
    written = plain(value) if len(value) <= LENGTH_LOOKED_AT_MAX else ""
    if TWO_PHONES.fullmatch(written):
        raise ValueError("two phones stand in this cell; keep the one by which the patient is found")
    if written.startswith("+") or not WRITTEN.fullmatch(written):
        return value
    try:
        number = phonenumbers.parse(written, HOME)
    except phonenumbers.NumberParseException:
        return value
    if not is_whole(number):
        raise ValueError("the area code is missing; write it like (27) 99999-0000")
    phone = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    check_groups(written, phone)
    return phone


def cpf(value: Any) -> Any:
    """With the zeros before it that a spreadsheet dropped; the check digits tell whether it is one.

    Raises ValueError for what a spreadsheet has rounded.
    """
    if NUMBER_OF_A_SPREADSHEET.fullmatch(value):
        raise ValueError("a spreadsheet has rounded this CPF; format the column as text and give all its digits")
    is_short = value.isascii() and value.isdigit() and CPF_DIGITS_MIN <= len(value) < CPF_DIGITS
    return value.zfill(CPF_DIGITS) if is_short else value


def name(value: Any) -> Any:
    """Raises ValueError for letters that a wrong encoding has changed."""
    if LOST in value or WRONGLY_DECODED.search(value):
        raise ValueError(f"letters of this name were lost by a wrong encoding; {SAVE_ANEW}")
    return value


def _iso(found: re.Match[str]) -> str:
    day_of_month, month, year = found.groups()
    return f"{year}-{month:0>2}-{day_of_month:0>2}"
