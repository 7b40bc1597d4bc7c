"""Questions to a running database."""
