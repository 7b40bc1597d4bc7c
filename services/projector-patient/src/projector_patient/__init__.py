"""Keeps the patient read model."""
