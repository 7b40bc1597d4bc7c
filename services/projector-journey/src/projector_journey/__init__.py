"""Keeps the journey read model."""
