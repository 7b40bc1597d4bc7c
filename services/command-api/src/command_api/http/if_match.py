"""The header If-Match, as RFC 9110 (8.8.3, 13.1.1) writes it."""

import re

ETAGC = r"[\x21\x23-\x7e\x80-\xff]"
TAG = rf'(?:W/)?"({ETAGC}*)"'
FORM = re.compile(rf"[ \t,]*{TAG}(?:[ \t]*,(?:[ \t]*{TAG})?)*[ \t]*")
BARE = re.compile(r"[0-9]{1,9}")
"""A version without its quotes, as a person types it."""
OURS = re.compile(r"0|[1-9][0-9]{0,17}")
ANY = "*"


def versions(sent: str) -> frozenset[int] | None:
    """The versions that ``sent`` names; None: any, the aggregate must only be there.

    A weak tag counts as the strong one: our tags are versions, whatever a proxy did to an answer's encoding. A tag that
    is not one of ours names no version. Raises ValueError for what is no such header.
    """
    text = sent.strip(" \t")
    if text == ANY:
        return None
    if BARE.fullmatch(text):
        return frozenset({int(text)})
    if not FORM.fullmatch(text):
        raise ValueError('give a version as the ETag had it, like "3", several with commas between them, or *')
    return frozenset(int(tag) for tag in re.findall(TAG, text) if OURS.fullmatch(tag))
