"""A setting that can't be meant is refused at start, with its name, what to do, and never its value."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from command_api.relay.settings import RelaySettings
from command_api.settings import ApiSettings, SweepSettings
from healz.production import is_plain
from healz.projection.operate.settings import OperatorSettings
from healz.projection.settings import ProjectorSettings
from healz.read_models import READ_MODELS
from healz.settings import MetricsSettings
from healz.start import said
from healz_db.settings import Settings as DbSettings

SCRIPTS = Path(sys.executable).parent
DRAWN = "qV3nT0xZr8LwYb6KcJ1uHf9DmSa2PgEo"
DATABASE = f"postgresql://healz_command:{DRAWN}@db.internal:5432/healz?sslmode=verify-full"
FIT = {
    "HEALZ_ENVIRONMENT": "production",
    "DATABASE_URL": DATABASE,
    "READER_DATABASE_URL": DATABASE,
    "SWEEPER_DATABASE_URL": DATABASE,
    "KAFKA_BOOTSTRAP_SERVERS": "kafka.internal:9092",
    "HEALZ_JWKS_URL": "https://login.example.test/jwks.json",
    "HEALZ_JWT_ISSUER": "https://login.example.test/",
    "HEALZ_IDENTITY_KEY": DRAWN,
}
KINDS: dict[str, Callable[[], BaseSettings]] = {
    "api": ApiSettings,
    "relay": RelaySettings,
    "sweep": SweepSettings,
    "projector": ProjectorSettings,
    "healz-projection": OperatorSettings,
    "healz-db": lambda: DbSettings(_env_file=None),
}
PROGRAMS = {
    "healz-command-api": (2, []),
    "healz-relay": (2, []),
    "healz-sweep": (2, ["silence"]),
    **{f"healz-projector-{name}": (2, []) for name in READ_MODELS},
    "healz-db": (1, ["status"]),
}


def refused(monkeypatch: pytest.MonkeyPatch, kind: str, **environment: str | None) -> list[str]:
    """What is said of this environment; nothing where it is taken."""
    for name in [*os.environ, *FIT]:
        if name.startswith(("HEALZ_", "KAFKA_")) or name.endswith("DATABASE_URL"):
            monkeypatch.delenv(name, raising=False)
    for name, value in (FIT | environment).items():
        if value is not None:
            monkeypatch.setenv(name, value)
    try:
        KINDS[kind]()
    except ValidationError as error:
        lines = said(error)
        # Neither shows a secret, also where an error is printed as it is.
        return [*lines, *(["it shows a secret"] if DRAWN in f"{error} {lines}" else [])]
    return []


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_fit_for_production_is_taken(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    assert refused(monkeypatch, kind) == []


IN_KAFKA = ("api", "relay", "projector", "healz-projection")
NAMED = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "healz-relay", "KAFKA_SASL_PASSWORD": DRAWN}
OPEN = "postgresql://healz_command@db.internal/healz?sslmode=verify-full"
UNFIT: list[Any] = [
    *((kind, {"DATABASE_URL": OPEN}, "DATABASE_URL has no password") for kind in KINDS),
    *((kind, {"DATABASE_URL": DATABASE.partition("?")[0]}, "DATABASE_URL does not ask for encr") for kind in KINDS),
    *(
        (kind, {"DATABASE_URL": DATABASE.replace("verify-full", mode)}, "DATABASE_URL does not ask for encr")
        for kind in ("api", "healz-db")
        for mode in ("disable", "allow", "prefer")
    ),
    (
        "api",
        {"DATABASE_URL": DATABASE.replace(DRAWN, "healz_command")},
        "DATABASE_URL has a password that can be guess",
    ),
    ("api", {"READER_DATABASE_URL": OPEN}, "READER_DATABASE_URL has no password"),
    ("sweep", {"SWEEPER_DATABASE_URL": OPEN}, "SWEEPER_DATABASE_URL has no password"),
    ("healz-db", {"HEALZ_SEED_COMMAND_URL": OPEN}, "HEALZ_SEED_COMMAND_URL has no password"),
    ("healz-db", {"HEALZ_ROLE_PASSWORD": "healz"}, "HEALZ_ROLE_PASSWORD can be guessed"),
    *((kind, NAMED | {"KAFKA_SASL_PASSWORD": "changeme"}, "KAFKA_SASL_PASSWORD can be guessed") for kind in IN_KAFKA),
    ("api", {"HEALZ_JWKS_URL": "http://login.example.test/jwks.json"}, "HEALZ_JWKS_URL must be https"),
    ("api", {"HEALZ_JWT_ISSUER": None}, "HEALZ_JWT_ISSUER is needed"),
    (
        "api",
        {"HEALZ_JWKS_URL": None, "HEALZ_JWT_DEVELOPMENT_SECRET": DRAWN},
        "HEALZ_JWT_DEVELOPMENT_SECRET is for development",
    ),
    *(
        (kind, {"HEALZ_IDENTITY_KEY": "an-identity-key-for-tests"}, "HEALZ_IDENTITY_KEY can be guessed")
        for kind in ("api", "sweep", "healz-db")
    ),
]


@pytest.mark.parametrize(("kind", "environment", "word"), UNFIT)
def test_production_takes_no_shortcut(
    monkeypatch: pytest.MonkeyPatch, kind: str, environment: dict[str, str | None], word: str
) -> None:
    assert any(line.startswith(word) for line in refused(monkeypatch, kind, **environment))
    if environment.get("HEALZ_JWKS_URL") is None or "http:" in str(environment):
        assert refused(monkeypatch, kind, **environment | {"HEALZ_ENVIRONMENT": "development"}) == []


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({}, ["Kafka is reached in plain text and without a password: keep it in a network of its own"]),
        (
            NAMED | {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"},
            ["Kafka is reached in plain text: keep it in a network of its own"],
        ),
        (NAMED, []),
    ],
)
def test_production_hears_how_kafka_is_reached(
    monkeypatch: pytest.MonkeyPatch, named: dict[str, str], said: list[str]
) -> None:
    assert refused(monkeypatch, "relay", **named) == []
    assert list(RelaySettings().cautions()) == said


def test_all_that_is_unfit_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = refused(monkeypatch, "api", DATABASE_URL=OPEN, READER_DATABASE_URL=OPEN, HEALZ_JWT_ISSUER=None)
    assert {line.split()[0] for line in lines} == {"DATABASE_URL", "READER_DATABASE_URL", "HEALZ_JWT_ISSUER"}
    assert len(lines) == 3


def test_a_sidecar_on_this_machine_needs_no_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("127.0.0.1", "[::1]", "localhost"):
        url = f"postgresql://healz_command:{DRAWN}@{host}:6432/healz"
        assert refused(monkeypatch, "projector", DATABASE_URL=url) == []


WRONG: list[Any] = [
    *((kind, {"DATABASE_URL": blank}, "DATABASE_URL is set to nothing") for kind in KINDS for blank in ("", " ", "\t")),
    *((kind, {"HEALZ_ENVIRONMENT": ""}, "HEALZ_ENVIRONMENT is set to nothing") for kind in KINDS),
    *((kind, {"HEALZ_ENVIRONMENT": "prod"}, "HEALZ_ENVIRONMENT Input should be") for kind in KINDS),
    *((kind, {"DATABASE_URL": "db.internal"}, "DATABASE_URL must begin with postgresql://") for kind in KINDS),
    *((kind, {"DATABASE_URL": None}, "DATABASE_URL is needed") for kind in KINDS),
    *((kind, {"HEALZ_LOG_LEVEL": "loud"}, "HEALZ_LOG_LEVEL must be one of") for kind in ("api", "relay", "projector")),
    ("relay", {"KAFKA_BOOTSTRAP_SERVERS": ""}, "KAFKA_BOOTSTRAP_SERVERS is set to nothing"),
    ("projector", {"HEALZ_TOPIC": " "}, "HEALZ_TOPIC is set to nothing"),
    *((kind, {"KAFKA_SECURITY_PROTOCOL": "SSL"}, "KAFKA_SECURITY_PROTOCOL Input should be") for kind in IN_KAFKA),
    *(
        (kind, NAMED | {missing: None}, "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are needed")
        for kind in IN_KAFKA
        for missing in ("KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD")
    ),
    ("relay", NAMED | {"KAFKA_SSL_CA_FILE": "/nowhere/ca.crt"}, "KAFKA_SSL_CA_FILE Path does not point to a file"),
    ("sweep", {"HEALZ_MESSENGER": ""}, "HEALZ_MESSENGER is set to nothing"),
    ("healz-db", {"HEALZ_IDENTITY_KEY": ""}, "HEALZ_IDENTITY_KEY is set to nothing"),
    ("api", {"HEALZ_JWKS_URL": ""}, "HEALZ_JWKS_URL is set to nothing"),
    ("api", {"HEALZ_JWKS_URL": "login"}, "HEALZ_JWKS_URL must be an https URL"),
    ("api", {"HEALZ_JWKS_URL": "file:///etc/keys"}, "HEALZ_JWKS_URL must be an https URL"),
    ("api", {"HEALZ_JWKS_URL": None}, "set either HEALZ_JWKS_URL"),
    ("api", {"HEALZ_JWT_DEVELOPMENT_SECRET": DRAWN}, "set either HEALZ_JWKS_URL"),
    ("api", {"HEALZ_JWT_DEVELOPMENT_SECRET": "a"}, "HEALZ_JWT_DEVELOPMENT_SECRET must have 32 bytes"),
    ("api", {"HEALZ_JWT_LEEWAY_SECONDS": "inf"}, "HEALZ_JWT_LEEWAY_SECONDS"),
    ("api", {"HEALZ_JWT_LIFETIME_HOURS_MAX": "inf"}, "HEALZ_JWT_LIFETIME_HOURS_MAX"),
    ("api", {"HEALZ_JWKS_STALE_SECONDS_MAX": "60"}, "HEALZ_JWKS_STALE_SECONDS_MAX must be more than"),
]


@pytest.mark.parametrize(("kind", "environment", "word"), WRONG)
def test_what_can_not_be_meant_is_refused(
    monkeypatch: pytest.MonkeyPatch, kind: str, environment: dict[str, str | None], word: str
) -> None:
    lines = refused(monkeypatch, kind, **{"HEALZ_ENVIRONMENT": "development"} | environment)
    assert any(line.startswith(word) for line in lines), lines
    assert "it shows a secret" not in lines


@pytest.mark.parametrize("kind", ["api", "relay", "sweep", "projector"])
def test_a_variable_of_opentelemetry_that_is_set_to_nothing_is_not_set(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """As its specification says; compose files set them so."""
    for nothing in ("", " "):
        otel = dict.fromkeys(("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"), nothing)
        assert refused(monkeypatch, kind, **otel) == []
        settings = KINDS[kind]()
        if isinstance(settings, MetricsSettings):
            assert not settings.otlp_is_set


def test_each_program_ends_with_a_sentence(tmp_path: Path) -> None:
    """The whole way: exit code, the setting's name on standard error, no traceback."""
    environment = FIT | {"DATABASE_URL": " ", "PATH": os.environ["PATH"]}
    running: dict[str, Any] = {
        name: subprocess.Popen(
            [SCRIPTS / name, *arguments], env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        for name, (_, arguments) in PROGRAMS.items()
    }
    for name, process in running.items():
        _, text = process.communicate(timeout=60)
        assert process.returncode == PROGRAMS[name][0], f"{name}: {text}"
        assert "DATABASE_URL is set to nothing" in text, name
        assert "Traceback" not in text, name


def test_what_is_drawn_at_random_is_not_plain() -> None:
    assert not is_plain(DRAWN)
    for secret in ("healz_command", "postgres", "a" * 64, "12341234123412341234", "my-Secret-of-the-clinic-and-more"):
        assert is_plain(secret), secret
