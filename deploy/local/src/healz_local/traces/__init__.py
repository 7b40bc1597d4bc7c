"""Traces on one machine: a small collector that keeps the last ones, and a command that prints one."""
