"""What production does not take: secrets that anybody could guess, and connections that anybody could read or open."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

PLAIN_WORDS = ("changeme", "change-me", "change_me", "password", "secret", "example", "development", "tests", "healz")
DIFFERENT_CHARACTERS_MIN = 8
ENCRYPTED = ("require", "verify-ca", "verify-full")
OTHER_PROOF = ("passfile", "sslcert")
"""How a URL may say who comes, without a password in it."""


def is_plain(secret: str) -> bool:
    """Whether it looks written by hand, or copied from an example, rather than drawn at random."""
    lowered = secret.lower()
    return len(set(secret)) < DIFFERENT_CHARACTERS_MIN or any(word in lowered for word in PLAIN_WORDS)


def database_faults(url: str) -> Iterator[str]:
    """What is wrong with the URL of a PostgreSQL, to be read after its name; never a part of it."""
    try:
        parts = urlsplit(url)
        password, host = parts.password, parts.hostname
    except ValueError:
        yield "can't be read; write it as postgresql://user:password@host:5432/database?sslmode=verify-full"
        return
    query = parse_qs(parts.query)
    if password is None:
        password = query.get("password", [None])[0]
    if password is not None and is_plain(unquote(password)):
        yield "has a password that can be guessed; draw one at random"
    elif password is None and not any(name in query for name in OTHER_PROOF):
        yield "has no password: a server that takes it trusts whoever comes; give it one"
    if not _here(query.get("host", [host or ""])[0]) and query.get("sslmode", [""])[-1] not in ENCRYPTED:
        yield "does not ask for encryption; add sslmode=verify-full (or verify-ca, or at least require)"


def _here(host: str) -> bool:
    """This very machine: a socket, or what a sidecar listens on."""
    try:
        return host == "localhost" or host.startswith("/") or not host or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
