"""How a process begins: with its settings, or with a sentence for each that is wrong."""

import logging
import sys
from typing import TypeVar

from pydantic import ValidationError

from healz.settings import HealzSettings, LogSettings
from healz.telemetry import configure_logs

log = logging.getLogger(__name__)

EXIT_CODE_BAD_SETTINGS = 2

Settings = TypeVar("Settings", bound=HealzSettings)
Logged = TypeVar("Logged", bound=LogSettings)


def read_settings(kind: type[Settings]) -> Settings:
    """The settings from the environment. Ends the process, with a line on standard error for each that is wrong."""
    try:
        return kind()
    except ValidationError as error:
        for line in said(error):
            sys.stderr.write(line + "\n")
        sys.exit(EXIT_CODE_BAD_SETTINGS)


def start(kind: type[Logged]) -> Logged:
    """The same, with logs configured by them, and with a line for what to be careful about."""
    settings = read_settings(kind)
    begin_logs(settings)
    return settings


def begin_logs(settings: LogSettings) -> None:
    """Configures logs, and says what to be careful about."""
    configure_logs(settings.healz_log_level)
    for caution in settings.cautions():
        log.warning(caution)


def said(error: ValidationError) -> list[str]:
    """What is wrong, a line each: the setting's name and what to do, and never the value, which may be a secret."""
    lines: list[str] = []
    for fault in error.errors():
        name = ".".join(map(str, fault["loc"])).upper()
        text = "is needed" if fault["type"] == "missing" else fault["msg"].removeprefix("Value error, ")
        lines += [f"{name} {line}".strip() for line in text.splitlines()]
    return lines
