"""What the API says in words, like why a patient is at risk, in the console's language.

Its sentences are of closed lists, but for those that a person wrote, which stay as they are.
"""

import re
from collections.abc import Mapping
from typing import Any

from command_api.http.console.words import Words
from command_api.http.queries import why_words

LISTS: Mapping[str, Mapping[Any, str]] = {
    "moved": why_words.MOVED,
    "begun": why_words.BEGUN,
    "completed": why_words.COMPLETED,
    "waits": why_words.WAITS,
    "by_rule": why_words.BY_A_RULE,
    "of_each": why_words.OF_EACH,
}
KEYS = {sentence: f"{group}.{code}" for group, sentences in LISTS.items() for code, sentence in sentences.items()} | {
    "no sign of risk is left": "reason.none",
    "silent": "reason.silent",
    "missed an appointment": "reason.no_show.once",
    "several no-shows": "reason.no_show.several",
    "several cancellations": "reason.cancellation.several",
    "moved the same appointment several times": "reason.delay",
    "sounds unhappy": "reason.tone_change",
}
COUNTED = {
    re.compile(r"silent for ([\d,]+) days?"): "reason.silence",
    re.compile(r"an appointment of ([\d,]+) days? ago is still open"): "reason.open",
    re.compile(r"(\d+) no-shows?"): "reason.no_show",
    re.compile(r"(\d+) cancellations?"): "reason.cancellation",
}
BY_MESSAGE = re.compile(r"(.*) \(message [0-9a-f-]+, .*\)")
"""Which message it was stands in the timeline beside it."""


def sentence(say: Words, said: str) -> str:
    """One of the API's sentences in the language of ``say``; a part of it where it has two, with a semicolon."""
    return "; ".join(_part(say, part) for part in said.split("; "))


def reasons(say: Words, journey: Mapping[str, Any]) -> list[str]:
    """Why a journey is at risk, the strongest sign first."""
    signs = sorted(journey["risk_indicators"], key=lambda sign: -sign["value"])
    return [sentence(say, sign["words"]) for sign in signs]


def _part(say: Words, part: str) -> str:
    if part in KEYS:
        return say(KEYS[part])
    if by_message := BY_MESSAGE.fullmatch(part):
        return _part(say, by_message[1])
    for pattern, key in COUNTED.items():
        if found := pattern.fullmatch(part):
            return say.many(key, int(found[1].replace(",", "")))
    return part
