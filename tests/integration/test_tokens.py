"""Which tokens are taken: of a strong key of the set, for us, for a time that is not too long, of the right shape.

Whole-tenant access is said, never implied.
"""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt

from healz_local.tokens import claims_of
from identity_provider import ISSUER, IdentityProvider, Key, ec_key, rsa_key
from system import System, eventually

KEY, WEAK, ELLIPTIC = rsa_key("the-key"), rsa_key("weak", 1024), ec_key("elliptic")
TENANT, CLINIC = uuid4(), uuid4()
MISSING = object()
LONG = 10_000


@dataclass(frozen=True)
class Token:
    """``claims`` replace those of a good token of an admin's."""

    status: int
    """What a question with it is answered."""
    claims: dict[str, Any] = field(default_factory=dict)
    """A timedelta is from now."""
    word: str = ""
    """Stands in the answer."""
    key: Key = KEY
    sign: Callable[[dict[str, Any]], str] | None = None
    header: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        good = claims_of(TENANT, "admin", subject=str(uuid4())) | {"iss": ISSUER}
        now = datetime.now(UTC)
        claims = {
            name: (now + value).timestamp() if isinstance(value, timedelta) else value
            for name, value in (good | self.claims).items()
            if value is not MISSING
        }
        return self.sign(claims) if self.sign else self.key.sign(claims, **self.header)


def of(role: str, clinics: Any) -> dict[str, Any]:
    return {"role": role, "clinic_ids": clinics}


TOKENS = {
    "a good one": Token(200),
    "a good one of an elliptic key": Token(200, key=ELLIPTIC),
    "of another issuer": Token(401, {"iss": "https://elsewhere.test/"}, "issuer"),
    "without an issuer": Token(401, {"iss": MISSING}),
    "for another service": Token(401, {"aud": "billing"}, "audience"),
    "for us and another": Token(200, {"aud": ["billing", "healz"]}),
    "expired": Token(401, {"exp": timedelta(hours=-1), "iat": timedelta(hours=-2)}, "expired"),
    "expired a moment ago": Token(200, {"exp": timedelta(seconds=-0.8), "iat": timedelta(hours=-2)}),
    "without an end": Token(401, {"exp": MISSING}),
    "valid for a thousand years": Token(401, {"exp": timedelta(days=365_000)}, "24 hours"),
    "for a day, from tomorrow": Token(401, {"iat": timedelta(days=1), "exp": timedelta(days=2)}),
    "valid for a day and an hour": Token(401, {"exp": timedelta(hours=25)}, "24 hours"),
    "without a beginning": Token(401, {"iat": MISSING}),
    "issued by a clock a little ahead": Token(200, {"iat": timedelta(seconds=0.8)}),
    "issued in an hour": Token(401, {"iat": timedelta(hours=1)}),
    "not yet valid, by a clock a little ahead": Token(200, {"nbf": timedelta(seconds=0.8)}),
    "not yet valid": Token(401, {"nbf": timedelta(hours=1)}),
    "an end that is a text": Token(401, {"exp": str(int(time.time()) + 3600)}),
    "an end that is endless": Token(401, {"exp": float("inf")}),
    "an end beyond all numbers": Token(401, {"exp": 10**400}),
    "a beginning beyond all numbers": Token(401, {"iat": -(10**400)}),
    "a weak key": Token(401, key=WEAK),
    "unsigned": Token(401, sign=lambda claims: jwt.encode(claims, "", "none", {"kid": KEY.kid})),
    "signed with the public key as a secret": Token(401, sign=lambda claims: _hs256_by_hand(claims)),
    "signed by a stranger under a known name": Token(401, key=Key(KEY.kid, rsa_key("stranger").private)),
    "of a key that nobody knows": Token(401, key=rsa_key("stranger")),
    "an elliptic signature under the name of an RSA key": Token(401, key=Key(KEY.kid, ELLIPTIC.private)),
    "without the key's name": Token(401, header={"kid": None}),
    "too large": Token(401, {"other": "x" * 20_000}),
    "no subject": Token(401, {"sub": MISSING}),
    "an empty subject": Token(401, {"sub": ""}),
    "an endless subject": Token(401, {"sub": "x" * LONG}),
    "a subject that is a number": Token(401, {"sub": 7}, sign=lambda claims: _unchecked(claims)),
    "a subject that is no UUID": Token(200, {"sub": "auth0|7"}),
    "no tenant": Token(401, {"tenant_id": MISSING}),
    "a tenant that is no UUID": Token(401, {"tenant_id": "clinic"}),
    "a tenant that is a list": Token(401, {"tenant_id": [str(TENANT)]}),
    "a role that there is not": Token(401, {"role": "root"}),
    "the role of our own jobs": Token(401, {"role": "system"}),
    "a role that is a list": Token(401, {"role": ["admin"]}),
    "no role": Token(401, {"role": MISSING}),
    "clinics that are a word": Token(401, of("viewer", "some")),
    "clinics that are a text of one": Token(401, of("viewer", str(CLINIC))),
    "clinics that are an object": Token(401, of("viewer", {str(CLINIC): True})),
    "a clinic that is no UUID": Token(401, of("viewer", ["*"])),
    "hundreds of clinics": Token(401, of("viewer", [str(uuid4()) for _ in range(450)])),
    "an admin's clinics of a wrong shape": Token(401, of("admin", 7)),
    "a manager without clinics": Token(200, of("manager", MISSING)),
    **{
        f"a {role} without clinics": Token(403, of(role, MISSING), "clinic_ids") for role in ("viewer", "bot", "import")
    },
    **{f"a {role} of null": Token(403, of(role, None), "clinic_ids") for role in ("viewer", "bot", "import")},
    **{f"a {role} of no clinic": Token(403, of(role, []), "clinic_ids") for role in ("viewer", "bot", "import")},
    **{
        f"a {role} of one clinic": Token(200, of(role, [str(CLINIC)])) for role in ("viewer", "bot", "import", "doctor")
    },
    **{f"a {role} of all": Token(200, of(role, "all")) for role in ("viewer", "bot", "import")},
    "a doctor of all": Token(403, of("doctor", "all"), "clinic_ids"),
    "a receptionist of all": Token(403, of("receptionist", "all"), "clinic_ids"),
}


def _hs256_by_hand(claims: dict[str, Any]) -> str:
    """PyJWT itself refuses to make one."""
    jws: Any = jwt.PyJWS()
    jws._algorithms["HS256"].prepare_key = lambda key: key
    instant = {name: value.timestamp() if isinstance(value, datetime) else value for name, value in claims.items()}
    text: str = jws.encode(json.dumps(instant).encode(), KEY.pem, "HS256", {"kid": KEY.kid})
    return text


def _unchecked(claims: dict[str, Any]) -> str:
    """PyJWT looks at the subject when it writes one, too."""
    instant = {name: value.timestamp() if isinstance(value, datetime) else value for name, value in claims.items()}
    payload = json.dumps(instant).encode()
    return jwt.PyJWS().encode(payload, KEY.private, "RS256", {"kid": KEY.kid})


@asynccontextmanager
async def started(system: System, provider: IdentityProvider, **settings: str) -> AsyncIterator[System]:
    """The API alone, with this provider."""
    system.settings |= {"HEALZ_JWT_DEVELOPMENT_SECRET": None, "HEALZ_JWT_ISSUER": ISSUER} | settings
    async with provider.serving():
        system.settings["HEALZ_JWKS_URL"] = provider.url
        system.start("command-api")
        await system.ready()
        yield system


async def test_which_tokens_are_taken(system: System) -> None:
    provider = IdentityProvider(KEY, WEAK, ELLIPTIC)
    provider.keys += [
        {"kty": "RSA", "kid": "broken", "n": "?", "e": 7},
        "nonsense",
        {"kty": "oct", "kid": "o", "k": "AA"},
    ]
    wrong = []
    async with started(system, provider) as api:
        for what, token in TOKENS.items():
            async with api.client_with(token.text()) as client:
                answer = await client.get("/v1/clinics")
            if answer.status_code != token.status or token.word not in answer.text:
                wrong.append(f"{what}: {answer.status_code} instead of {token.status}: {answer.text[:300]}")
            elif answer.status_code == 401 and not answer.headers.get("www-authenticate", "").startswith("Bearer"):
                wrong.append(f"{what}: no WWW-Authenticate")
    assert not wrong, "\n".join(wrong)
    assert "Traceback" not in system.logs()


async def test_a_provider_that_is_slow_or_away_stops_nobody_whose_key_is_known(system: System) -> None:
    old, new, forged = KEY, rsa_key("new"), rsa_key("stranger")
    provider = IdentityProvider(old)
    provider.status = 500

    def signed(key: Key) -> str:
        return key.sign(claims_of(TENANT, "admin") | {"iss": ISSUER})

    async with started(
        system,
        provider,
        HEALZ_JWKS_REFRESH_SECONDS="60",
        HEALZ_JWKS_COOLDOWN_SECONDS="1",
        HEALZ_JWKS_TIMEOUT_SECONDS="20",
        HEALZ_JWKS_WAIT_SECONDS="0.2",
    ) as api:

        async def asked(key: Key) -> int:
            async with api.client_with(signed(key)) as client:
                client.timeout = 10
                answer = await client.get("/v1/clinics")
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) >= 1
            return answer.status_code

        async def accepted(key: Key) -> bool:
            return await asked(key) == 200

        async def refused(key: Key) -> bool:
            return await asked(key) == 401

        # No keys yet: nobody's token is wrong.
        assert await asked(old) == 503
        provider.status = 200
        await eventually(lambda: accepted(old))
        await eventually(lambda: refused(forged))

        # It takes our request and never answers: who has a known key does not notice.
        provider.silent = True
        await eventually(lambda: _waits(provider, asked, forged))
        fetches = provider.fetches
        assert [await asked(old) for _ in range(5)] == [200] * 5
        assert {await asked(forged) for _ in range(5)} == {503}
        assert (provider.waiting, provider.fetches) == (1, fetches)

        # Rotated: the first token of the new key brings it.
        provider.keys = [new.jwk]
        provider.silent = False
        await eventually(lambda: accepted(new))
        await eventually(lambda: refused(old))


async def _waits(provider: IdentityProvider, asked: Callable[[Key], Any], forged: Key) -> bool:
    await asked(forged)
    return provider.waiting > 0
