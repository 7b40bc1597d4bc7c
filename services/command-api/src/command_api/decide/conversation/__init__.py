"""A conversation: what is said in one, and who may say it."""
