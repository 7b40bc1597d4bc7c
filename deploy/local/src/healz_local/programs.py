"""The services as programs: which there are, and the environment of each."""

import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from healz.read_models import READ_MODELS
from healz_local.ports import HOST
from healz_local.settings import KINDS, METRICS_PORTS_EACH, LocalSettings
from healz_local.tokens import ISSUER, development_secret

HOME_VARIABLE = "HEALZ_STACK_HOME"
"""Set for every process of a stack's services, and passed on to their children: how they are found again."""

SCRIPTS = Path(sys.executable).parent
"""The scripts of the environment that this very program runs in; not resolved: python may be a link out of it."""

TRACES = "traces"
"""The program that keeps the others' traces: no part of Healz, and so none of KINDS."""
SPANS_SENT_EVERY_MS = 200


@dataclass(frozen=True)
class Program:
    """One supervised process."""

    name: str
    command: Path
    environment: dict[str, str]


def metrics_ports(name: str, settings: LocalSettings) -> list[int]:
    """Where the program's metrics are: a port for each of its processes; none, where the settings say so."""
    place, number = kind_and_number(name)
    if not settings.metrics_port or place == len(KINDS):
        return []
    first = settings.metrics_port + place * METRICS_PORTS_EACH + number - 1
    return [first + process for process in range(settings.api_processes if KINDS[place] == "command-api" else 1)]


def kind_and_number(name: str) -> tuple[int, int]:
    """Of a program, to sort by: its place in KINDS, and its number."""
    kind, _, number = name.rpartition("-")
    kind, n = (kind, int(number)) if number.isdigit() else (name, 1)
    # One of another release: its supervisor still runs.
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), n)


def program_names(settings: LocalSettings) -> list[str]:
    """Of all programs of the stack, in order."""
    instances = {f"projector-{name}": settings.instances(name) for name in READ_MODELS}
    names = [
        kind if number == 1 else f"{kind}-{number}" for kind in KINDS for number in range(1, instances.get(kind, 1) + 1)
    ]
    return [*names, *([TRACES] if settings.traces_port else [])]


def projector_variable(read_model: str) -> str:
    """What the scheduler and the console know the database as, by the login of that read model's projector."""
    return f"PROJECTOR_{read_model.upper()}_DATABASE_URL"


def as_role(url: str, role: str, password: str | None) -> str:
    """The same database, reached as another role; without a password where connections are trusted."""
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    credentials = quote(role, safe="") + (f":{quote(password, safe='')}" if password else "")
    return urlunsplit(parts._replace(netloc=f"{credentials}@{address}"))


def traced(settings: LocalSettings) -> dict[str, str]:
    """What makes a process send its spans to the stack's own collector."""
    if not settings.traces_port:
        return {}
    return {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"http://{HOST}:{settings.traces_port}/v1/traces",
        "OTEL_TRACES_SAMPLER": settings.traces_sampler,
        "OTEL_BSP_SCHEDULE_DELAY": str(SPANS_SENT_EVERY_MS),
    }


def programs(settings: LocalSettings, database_url: str, bootstrap_servers: str) -> list[Program]:
    """All programs of the stack. Each connects as its own role, with the least that it needs."""

    def role(name: str) -> str:
        return as_role(database_url, name, settings.role_password)

    # A UDP port, which is another than the API's TCP port of that number.
    relay_port = settings.api_port
    api = {
        "DATABASE_URL": role("healz_command"),
        "READER_DATABASE_URL": role("healz_reader"),
        "HEALZ_API_HOST": HOST,
        "HEALZ_API_PORT": str(settings.api_port),
        "HEALZ_API_PROCESSES": str(settings.api_processes),
        "HEALZ_REQUESTS_PER_MINUTE_MAX": str(settings.requests_per_minute_max),
        "HEALZ_JWT_DEVELOPMENT_SECRET": development_secret(settings.home),
        "HEALZ_JWT_ISSUER": ISSUER,
        "HEALZ_IDENTITY_KEY": development_secret(settings.home, "identity-key"),
        "HEALZ_RELAY_DOORS": f"{HOST}:{relay_port}",
        # On a developer's machine the one API is the operators', too.
        "RELAY_DATABASE_URL": role("healz_relay"),
        **{projector_variable(name): role(f"healz_projector_{name}") for name in READ_MODELS},
    }
    each: dict[str, tuple[str, dict[str, str]]] = {
        "command-api": ("healz-command-api", api),
        "relay": ("healz-relay", {"DATABASE_URL": role("healz_relay"), "HEALZ_RELAY_PORT": str(relay_port)}),
    }
    for name in READ_MODELS:
        each[f"projector-{name}"] = (f"healz-projector-{name}", {"DATABASE_URL": role(f"healz_projector_{name}")})
    each["scheduler"] = (
        "healz-scheduler",
        {
            "DATABASE_URL": role("healz_command"),
            "SWEEPER_DATABASE_URL": role("healz_sweeper"),
            "DEPLOYER_DATABASE_URL": database_url,
            **{projector_variable(name): role(f"healz_projector_{name}") for name in READ_MODELS},
            "HEALZ_VERIFY_SHARE": str(settings.verify_share),
            "HEALZ_IDENTITY_KEY": development_secret(settings.home, "identity-key"),
        },
    )
    shared = {
        "HEALZ_ENVIRONMENT": "development",
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "PYTHONUNBUFFERED": "1",
        **traced(settings),
    }

    def program(name: str) -> Program:
        if name == TRACES:
            return Program(name, SCRIPTS / "healz-traces", {"HEALZ_TRACES_PORT": str(settings.traces_port)})
        place, number = kind_and_number(name)
        kind = KINDS[place]
        script, own = each[kind]
        # Static membership: whoever starts again under a name takes that name's partitions back at once.
        member = {"HEALZ_GROUP_INSTANCE_ID": f"{kind}-{number}"} if kind.startswith("projector-") else {}
        ports = metrics_ports(name, settings)
        measured = {"HEALZ_METRICS_PORT": str(ports[0])} if ports else {}
        return Program(name, SCRIPTS / script, shared | own | member | measured)

    return [program(name) for name in program_names(settings)]
