"""If-Match, as RFC 9110 writes it and as proxies and people send it."""

import pytest

from command_api.http.if_match import versions


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ('"1"', {1}),
        ('W/"1"', {1}),  # a proxy that compresses answers weakens their tags
        ("1", {1}),
        (' "1"\t', {1}),
        ('"1", "2"', {1, 2}),
        ('"1",W/"2" , "x"', {1, 2}),
        (', "1",, "2",', {1, 2}),
        ('"x"', set()),
        ('"a,b", "3"', {3}),
        ('"01"', set()),
        ('"\xe9"', set()),
        ('""', set()),
        ("*", None),
        (" * ", None),
    ],
)
def test_what_is_meant(sent: str, meant: set[int] | None) -> None:
    assert versions(sent) == meant


@pytest.mark.parametrize(
    "sent",
    ["", ",", "x", '"1', '1"', '"1" "2"', 'w/"1"', "W/1", '*, "1"', '"1", *', '"a b"', '"\x00"', "-1", "1, 2"],
)
def test_what_is_none_is_refused_in_words(sent: str) -> None:
    with pytest.raises(ValueError, match="give a version as the ETag had it"):
        versions(sent)
