"""Reminders of an appointment: sent, read, failed."""
