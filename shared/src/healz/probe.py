"""``python -m healz.probe URL``: whether it answers with 200. For an image's health check: no shell, no other program.

Exit code 0: it does; 1: it doesn't, within two seconds.
"""

import sys
from http.client import HTTPException
from urllib.request import ProxyHandler, build_opener

SECONDS_MAX = 2.0


def answers(url: str) -> bool:
    """Whether it does."""
    try:
        # A proxy that the environment names would be asked for this very machine.
        with build_opener(ProxyHandler({})).open(url, timeout=SECONDS_MAX) as answer:
            return int(answer.status) == 200
    except (OSError, HTTPException):  # an HTTPError is an OSError
        return False


if __name__ == "__main__":
    sys.exit(0 if answers(sys.argv[1]) else 1)
