"""The keys of a JWKS (RFC 7517) that a token may be signed with: public, strong, and made for RS256 or ES256."""

from collections.abc import Iterator
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

Keys = dict[tuple[str, str], RSAPublicKey | EllipticCurvePublicKey]
"""By ``kid`` and algorithm: a token says both, and a key is good for one algorithm alone."""

ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}
RSA_BITS_MIN = 2048
"""RFC 7518, 3.3."""
RSA_BITS_MAX = 8192
"""Beyond, checking a signature takes so long that it is an attack of its own."""
KID_LENGTH_MAX = 256


class Unusable(Exception):
    """Why a key of the set isn't taken."""


def usable_keys(document: object) -> tuple[Keys, list[str]]:
    """The keys, and why others were left out: a broken one spoils no other.

    Raises ValueError for what is no JWKS.
    """
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("it is no JWKS: an object with a list of keys")  # noqa: TRY004  # a value from the network
    keys: Keys = {}
    left_out: list[str] = []
    for number, jwk in enumerate(document["keys"], start=1):
        try:
            name, key = _read(jwk)
        except Unusable as reason:
            left_out.append(f"key {number}: {reason}")
            continue
        if keys.setdefault(name, key) is not key:
            left_out.append(f"key {number}: its kid is taken by an earlier one")
    return keys, left_out


def _read(jwk: object) -> tuple[tuple[str, str], RSAPublicKey | EllipticCurvePublicKey]:
    if not isinstance(jwk, dict):
        raise Unusable("it is no object")
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= KID_LENGTH_MAX:
        raise Unusable("it has no kid")
    for reason in _unfit(jwk):
        raise Unusable(reason)
    algorithm = ALGORITHMS[jwk["kty"]]
    try:
        key: Any = jwt.PyJWK(jwk, algorithm).key
    # Any shape may come, and the library expects its own.
    except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
        raise Unusable("it can't be read") from error
    if isinstance(key, RSAPublicKey):
        if not RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX:
            raise Unusable(f"it has {key.key_size} bits, not {RSA_BITS_MIN} to {RSA_BITS_MAX}")
    elif not isinstance(key, EllipticCurvePublicKey):
        raise Unusable("it is no public key")
    return (kid, algorithm), key


def _unfit(jwk: dict[str, Any]) -> Iterator[str]:
    kind = jwk.get("kty")
    if not isinstance(kind, str) or kind not in ALGORITHMS:
        yield "its kty is neither RSA nor EC"
    elif jwk.get("alg", ALGORITHMS[kind]) != ALGORITHMS[kind]:
        yield f"its alg is not {ALGORITHMS[kind]}"
    elif kind == "EC" and jwk.get("crv") != "P-256":
        yield "its curve is not P-256"
    if jwk.get("use", "sig") != "sig":
        yield "its use is not sig"
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        yield "its key_ops don't name verify"
    if "d" in jwk:
        yield "its private half is in it, so that anybody can sign with it"
