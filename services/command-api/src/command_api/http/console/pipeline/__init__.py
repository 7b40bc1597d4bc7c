"""The pipeline from the outbox to the read models, for who operates it."""
