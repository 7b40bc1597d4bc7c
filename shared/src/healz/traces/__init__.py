"""Traces by OpenTelemetry: what a process did, and for which request, from HTTP to each read model (docs/traces.md)."""
