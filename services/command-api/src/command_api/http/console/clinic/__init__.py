"""A clinic: its day, and who is at risk there."""
