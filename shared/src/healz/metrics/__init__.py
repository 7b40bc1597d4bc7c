"""Metrics by OpenTelemetry: what a process counts and measures, and how that leaves it (docs/metrics.md)."""
