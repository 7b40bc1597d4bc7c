"""Keeps the appointment read model."""
