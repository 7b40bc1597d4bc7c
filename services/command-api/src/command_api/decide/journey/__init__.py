"""A journey: how facts move it."""
