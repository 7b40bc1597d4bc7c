"""The console's words, a catalogue for each language, and how times and numbers are written in it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumberFormat

from command_api.http.console.words.en import EN
from command_api.http.console.words.pt import PT

Language = Literal["pt", "en"]
BRAZIL = 55
"""Its country code."""
LANGUAGES: tuple[Language, ...] = get_args(Language)
CATALOGUES: Mapping[Language, Mapping[str, str]] = {"pt": PT, "en": EN}


class Words:
    """What is said in one language. Called with a key of the catalogue it gives the sentence; raises KeyError."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.html_language = {"pt": "pt-BR", "en": "en"}[language]
        self._catalogue = CATALOGUES[language]

    def __call__(self, key: str, **values: object) -> str:
        sentence = self._catalogue[key]
        return sentence.format(**values) if values else sentence

    def __contains__(self, key: str) -> bool:
        return key in self._catalogue

    def of(self, group: str, code: str | None) -> str:
        """The word for a code of the API, like a stage; of one that is not in the catalogue the code itself."""
        return "" if code is None else self._catalogue.get(f"{group}.{code}", code.replace("_", " "))

    def many(self, key: str, count: int, **values: object) -> str:
        """With the noun in its number: ``key.one`` or ``key.other``."""
        return self(f"{key}.one" if count == 1 else f"{key}.other", count=self.number(count), **values)

    def number(self, value: float, places: int = 0) -> str:
        """With the language's own separators."""
        text = f"{value:,.{places}f}"
        return text if self.language == "en" else text.translate(str.maketrans(",.", ".,"))

    def rule(self, value: str) -> str:
        """A number of the rules, to the places that it has; or one of its words."""
        if f"recovery.{value}" in self:
            return self(f"recovery.{value}")
        return self.number(float(value), len(value.partition(".")[2]))

    def short_day(self, value: date | str) -> str:
        """A day alone, like that of a birth."""
        shown = date.fromisoformat(value) if isinstance(value, str) else value
        # Not by strftime's year, which has no leading zeros before 1000.
        year = f"{shown.year:04}"
        return f"{shown:%d/%m}/{year}" if self.language == "pt" else f"{shown.day} {shown:%b} {year}"

    def day(self, value: date, *, alone: bool = False) -> str:
        """With its weekday; ``alone``: it begins the line, and no sentence goes before it."""
        weekday = self(f"weekday.{value.isoweekday()}")
        return f"{weekday.capitalize() if alone else weekday}, {self.short_day(value)}"

    def phone(self, value: str) -> str:
        """A number in E.164 as people write it; anything else as it is."""
        try:
            number = phonenumbers.parse(value)
        except phonenumbers.NumberParseException:
            return value
        if self.language == "pt" and number.country_code == BRAZIL:
            return f"+{BRAZIL} {phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)}"
        shown: str = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
        return shown

    def cpf(self, value: str) -> str:
        """In its groups, as it is printed wherever it is."""
        return f"{value[:3]}.{value[3:6]}.{value[6:9]}-{value[9:]}" if len(value) == 11 else value

    def time(self, value: datetime | str | None, zone: ZoneInfo) -> str:
        """A moment on the clock of ``zone``, to the minute."""
        if value is None:
            return "–"
        shown = _moment(value).astimezone(zone)
        return f"{self.short_day(shown)}{' ' if self.language == 'pt' else ', '}{shown:%H:%M}"

    def clock(self, value: datetime | str, zone: ZoneInfo) -> str:
        """The hour alone."""
        return f"{_moment(value).astimezone(zone):%H:%M}"

    def span(self, minutes: int) -> str:
        """Of a day: in hours, where it is two or more."""
        hours, rest = divmod(minutes, 60)
        if minutes < 120:
            return self.many("minutes", minutes)
        return f"{hours} h {rest} min" if rest else f"{hours} h"

    def lasting(self, seconds: float) -> str:
        """About how long."""
        whole = timedelta(seconds=round(seconds))
        if whole >= timedelta(days=2):
            return self.many("days", whole.days)
        if whole >= timedelta(hours=2):
            return self.many("hours", round(whole.total_seconds() / 3600))
        if whole >= timedelta(minutes=2):
            return self.many("minutes", round(whole.total_seconds() / 60))
        return f"{self.number(seconds, 1)} s"


def preferred(accepted: str, chosen: str | None) -> Language:
    """The language that was chosen, else the first of Accept-Language that there is; else Portuguese."""
    for language in LANGUAGES:
        if chosen == language:
            return language
    wanted = sorted((_weighed(part) for part in accepted.split(",") if part.strip()), key=lambda entry: -entry[1])
    for name, weight in wanted:
        for language in LANGUAGES:
            if weight > 0 and name.split("-")[0] == language:
                return language
    return "pt"


def _weighed(part: str) -> tuple[str, float]:
    name, _, quality = part.strip().lower().partition(";q=")
    try:
        return name, float(quality) if quality else 1.0
    except ValueError:
        return name, 0.0


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
