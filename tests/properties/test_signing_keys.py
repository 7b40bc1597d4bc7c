"""A set of keys comes from the network: whatever is in it, only strong and fit ones are taken; nothing else breaks."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from command_api.http.signing_keys import usable_keys
from identity_provider import ec_key, rsa_key

GOOD = rsa_key("the-key").jwk
ELLIPTIC = ec_key("elliptic").jwk
NAMES = ["kty", "kid", "use", "alg", "key_ops", "n", "e", "crv", "x", "y", "d", "k", "x5c", "p"]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["RSA", "EC", "P-256", "AQAB"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=8,
)


@given(st.lists(json_values, max_size=4), json_values, st.sampled_from(NAMES))
def test_no_key_spoils_another(others: list[Any], value: Any, name: str) -> None:
    keys, left_out = usable_keys({"keys": [GOOD, *others, {**GOOD, "kid": "bent", name: value}, ELLIPTIC]})
    assert {("the-key", "RS256"), ("elliptic", "ES256")} <= keys.keys()
    assert len(keys) + len(left_out) == len(others) + 3


@given(json_values)
def test_what_is_no_set_is_said_to_be_none(document: Any) -> None:
    try:
        keys, _ = usable_keys(document)
    except ValueError:
        return
    assert not keys


UNFIT: dict[str, dict[str, Any]] = {
    "weak": rsa_key("weak", 1024).jwk,
    "a hair too weak": rsa_key("hair", 2047).jwk,
    "another curve": ec_key("curve", ec.SECP384R1).jwk,
    "a curve that bitcoin uses": ec_key("k1", ec.SECP256K1).jwk,
    "a point beside its curve": {**ELLIPTIC, "y": ELLIPTIC["x"]},
    "an exponent of one": {**GOOD, "e": "AQ"},
    "for encryption": {**GOOD, "use": "enc"},
    "for signing alone": {**GOOD, "key_ops": ["sign"]},
    "operations that are a text": {**GOOD, "key_ops": "verify"},
    "of another algorithm": {**GOOD, "alg": "PS256"},
    "of a secret's algorithm": {**GOOD, "alg": "HS256"},
    "a secret": {"kty": "oct", "kid": "o", "k": "c2VjcmV0"},
    "without a name": {key: value for key, value in GOOD.items() if key != "kid"},
    "of an endless name": {**GOOD, "kid": "k" * 257},
    "of a name that is a number": {**GOOD, "kid": 7},
    "with its private half": rsa_key("the-key").private_jwk,
    "an EC key that says RSA": {**ELLIPTIC, "kty": "RSA"},
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_is_not_fit_is_left_out(what: str) -> None:
    keys, left_out = usable_keys({"keys": [UNFIT[what]]})
    assert not keys
    assert len(left_out) == 1


def test_of_two_keys_of_one_name_the_first_counts() -> None:
    other = {**rsa_key("other").jwk, "kid": "the-key"}
    keys, left_out = usable_keys({"keys": [GOOD, other]})
    assert keys["the-key", "RS256"] == rsa_key("the-key").private.public_key()
    assert len(left_out) == 1
