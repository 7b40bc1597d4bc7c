"""The console says everything in each language, and nothing that no page says."""

import re
from datetime import date
from string import Formatter
from typing import get_args

import pytest

from architecture.source import ROOT
from command_api.decide.given import Role
from command_api.decide.journey.rules import JourneyRules, RecoveryBy
from command_api.http.console.clinic.acts import ACTS
from command_api.http.console.patient.values import JOURNEY, PATIENT
from command_api.http.console.rules.fields import GROUPS
from command_api.http.console.sentences import KEYS, sentence
from command_api.http.console.words import CATALOGUES, Words, preferred
from command_api.http.problems import TITLES
from healz.events import EVENTS
from healz.events.appointment_event import AppointmentStatus, AppointmentType
from healz.events.journey_work import CallOutcome
from healz.events.message_details import MediaType
from healz.events.patient import PatientStatus, RegistrationSource
from healz.events.risk import RiskLevel, RiskType
from healz.events.stages import Stage

CONSOLE = ROOT / "services/command-api/src/command_api/http/console"
SAID = re.compile(r"""\bsay(?:\.many)?\(\s*["']([a-z_.0-9]+)["']""")
RULE = re.compile(r"""\brule=["']([a-z_]+)["']""")
CODES = {
    "role": (*get_args(Role), "operator"),
    "stage": get_args(Stage),
    "level": get_args(RiskLevel),
    "event": [event.__name__ for event in EVENTS],
    "risk": get_args(RiskType),
    "outcome": get_args(CallOutcome),
    "media": get_args(MediaType),
    "source": get_args(RegistrationSource),
    "status": (*get_args(PatientStatus), *get_args(AppointmentStatus)),
    "visit": get_args(AppointmentType),
    "recovery": get_args(RecoveryBy),
    "value": (*PATIENT, *JOURNEY),
    "number": [*JourneyRules.model_fields],
    "rules.group": [*GROUPS],
    "act": [*ACTS],
    "done": [*ACTS, "rules"],
    "problem": [kind for kind, _ in TITLES.values()],
}
"""{group: the codes that it must know}"""


def said() -> set[str]:
    files = [*CONSOLE.rglob("*.html"), *(file for file in CONSOLE.rglob("*.py") if "words" not in file.parts)]
    return {key for file in files for key in SAID.findall(file.read_text())}


def test_each_language_has_the_same_words_with_the_same_gaps() -> None:
    gaps = {
        language: {
            key: sorted(name for _, name, _, _ in Formatter().parse(text) if name) for key, text in words.items()
        }
        for language, words in CATALOGUES.items()
    }
    assert gaps["pt"] == gaps["en"]
    assert all(text.strip() for words in CATALOGUES.values() for text in words.values())


def test_what_a_page_says_is_in_the_catalogue() -> None:
    known = CATALOGUES["en"].keys()
    assert len(said()) > 100
    # Some take their end from a code: then at least one must begin so.
    missing = [
        key
        for key in said()
        if key not in known and f"{key}.one" not in known and not any(word.startswith(key) for word in known)
    ]
    assert missing == []


def test_what_the_console_refuses_has_words_of_its_own() -> None:
    """In place of the API's English."""
    refused = {rule for file in CONSOLE.rglob("*.py") for rule in RULE.findall(file.read_text())}
    assert len(refused) > 10
    assert [rule for rule in refused if f"rule.{rule}" not in CATALOGUES["pt"]] == []


@pytest.mark.parametrize("group", CODES)
def test_each_code_has_a_word(group: str) -> None:
    assert [code for code in CODES[group] if f"{group}.{code}" not in CATALOGUES["pt"]] == []


def test_each_sign_of_risk_has_a_word() -> None:
    known = CATALOGUES["en"]
    assert [kind for kind in get_args(RiskType) if not any(key.startswith(f"reason.{kind}") for key in known)] == []


@pytest.mark.parametrize(
    ("accepted", "chosen", "language"),
    [
        ("", None, "pt"),
        ("en-US,en;q=0.9", None, "en"),
        ("fr,en;q=0.5,pt;q=0.8", None, "pt"),
        ("en;q=0,pt;q=0.1", None, "pt"),
        ("en;q=nonsense", None, "pt"),
        ("en", "pt", "pt"),
        ("pt", "fr", "pt"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers(accepted: str, chosen: str | None, language: str) -> None:
    assert preferred(accepted, chosen) == language


def test_numbers_are_written_as_the_language_does() -> None:
    assert (Words("pt").number(12345.6, 1), Words("en").number(12345.6, 1)) == ("12.345,6", "12,345.6")
    assert [Words("pt").span(minutes) for minutes in (45, 120, 483)] == ["45 min", "2 h", "8 h 3 min"]
    assert (Words("pt").many("days", 1), Words("en").many("days", 2000)) == ("1 dia", "2,000 days")


def test_one_of_something_is_not_said_as_several() -> None:
    """Whatever is counted says so in both numbers."""
    counted = {key.removesuffix(".one") for key in CATALOGUES["pt"] if key.endswith(".one")}
    assert [key for key in counted if f"{key}.other" not in CATALOGUES["pt"]] == []
    of_one = [Words("pt").many(key, 1) for key in ("pipeline.behind", "pipeline.in_tenants", "pipeline.parked_count")]
    assert of_one == ["1 evento atrasado", "em 1 organização", "1 estacionado"]


def test_phones_dates_and_cpf_are_written_as_the_language_does() -> None:
    pt, en = Words("pt"), Words("en")
    assert (pt.phone("+5527908612470"), en.phone("+5527908612470")) == ("+55 (27) 90861-2470", "+55 27 90861-2470")
    assert (pt.phone("+14155550132"), pt.phone("")) == ("+1 415-555-0132", "")
    assert (pt.short_day("1943-12-29"), en.short_day("1943-12-29")) == ("29/12/1943", "29 Dec 1943")
    assert pt.cpf("08991105173") == en.cpf("08991105173") == "089.911.051-73"
    assert (pt.rule("0.30"), pt.rule("14"), pt.rule("person")) == ("0,30", "14", "só a palavra de uma pessoa")
    assert en.rule("0.30") == "0.30"


def test_a_weekday_is_small_in_a_sentence_and_large_at_its_beginning() -> None:
    day = date(2026, 11, 30)
    assert (Words("pt").day(day), Words("pt").day(day, alone=True)) == (
        "segunda-feira, 30/11/2026",
        "Segunda-feira, 30/11/2026",
    )
    assert Words("en").day(day) == "Monday, 30 Nov 2026"


def test_what_the_api_says_is_said_in_the_consoles_language() -> None:
    """In English as the API says it: so each sentence has its own word, and the right one."""
    sentences = [*KEYS, "silent for 1 day", "silent for 16 days", "2 no-shows", "3 cancellations"]
    sentences += ["silent for 40 days; an appointment of 2 days ago is still open"]
    assert [sentence(Words("en"), said) for said in sentences] == sentences
    portuguese = [sentence(Words("pt"), said) for said in sentences]
    assert not set(portuguese) & set(sentences)
    assert portuguese[-1] == "em silêncio há 40 dias; uma consulta de 2 dias atrás continua em aberto"


def test_what_a_person_wrote_stays_as_it_is() -> None:
    assert sentence(Words("pt"), "second complaint in a week") == "second complaint in a week"
    assert sentence(Words("pt"), "wrote to the clinic (message 01950000-0000, a positive one)") == (
        "escreveu para a clínica"
    )
