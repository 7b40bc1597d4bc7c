"""``make bench-report``: docs/benchmarks.md from what the benchmarks measured."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".local" / "benchmarks"
