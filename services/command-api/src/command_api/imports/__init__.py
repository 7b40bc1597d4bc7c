"""A file of past appointments: each row becomes ordinary commands."""
