"""What can't be done as it was asked."""


class Refused(Exception):
    """Nothing, or no more, was done; the message is one sentence that says what to do."""
