"""What can go wrong with the local stack, said in a sentence that a person can act on."""


class LocalStackError(Exception):
    """Some part of the local stack could not be started, stopped or reached; the text says which and what to do."""


class PortTaken(LocalStackError):
    """A port that we need is held by a process that isn't ours."""


class StartFailed(LocalStackError):
    """A part was started and did not come up; the text ends with the last lines of its log."""
