"""An identity provider as a test needs one: a JWKS on 127.0.0.1 that can be slow, broken or away; and its keys."""

import asyncio
import json
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.warnings import InsecureKeyLengthWarning

ISSUER = "https://login.example.test/"


class Key:
    """A key pair with its ``kid``: RS256, or ES256 for an elliptic one."""

    def __init__(self, kid: str, private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
        self.kid = kid
        self.private = private
        self.algorithm = "RS256" if isinstance(private, rsa.RSAPrivateKey) else "ES256"

    @property
    def jwk(self) -> dict[str, Any]:
        """The public half, as a JWKS names it."""
        return {**self._as_jwk(self.private.public_key()), "use": "sig"}

    @property
    def private_jwk(self) -> dict[str, Any]:
        """Both halves, as no set should hold them."""
        return self._as_jwk(self.private)

    def _as_jwk(self, half: Any) -> dict[str, Any]:
        kind: Any = RSAAlgorithm if self.algorithm == "RS256" else ECAlgorithm
        return {**kind.to_jwk(half, as_dict=True), "kid": self.kid}

    @property
    def pem(self) -> bytes:
        """The public half, as a careless verifier would take it for a secret of HS256."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """The claims as a token; None leaves a header out."""
        named = {name: value for name, value in ({"kid": self.kid} | header).items() if value is not None}
        with warnings.catch_warnings():
            # The library warns of weak keys; a test needs one.
            warnings.simplefilter("ignore", InsecureKeyLengthWarning)
            return jwt.encode(claims, self.private, self.algorithm, named)


@cache
def rsa_key(kid: str, bits: int = 2048) -> Key:
    """The same one for the same name, through the whole run: making one takes a while."""
    return Key(kid, rsa.generate_private_key(65537, bits))


@cache
def ec_key(kid: str, curve: type[ec.EllipticCurve] = ec.SECP256R1) -> Key:
    """An elliptic one."""
    return Key(kid, ec.generate_private_key(curve()))


class IdentityProvider:
    """``keys`` is what its set holds; ``status``, ``body`` and ``header`` replace what it answers."""

    def __init__(self, *keys: Key) -> None:
        self.keys: list[Any] = [key.jwk for key in keys]
        self.status = 200
        self.body: bytes | None = None
        self.header = ""
        self.silent = False
        """It takes requests and answers none."""
        self.fetches = 0
        self.waiting = 0
        """Requests that it has not answered."""
        self._port = 0
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/jwks.json"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["IdentityProvider"]:
        """It answers meanwhile."""
        await self.start()
        try:
            yield self
        finally:
            self.silent = False
            await self.stop()

    async def start(self) -> None:
        """Listens; after a ``stop`` on the same port again."""
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Nobody listens there any more."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.fetches += 1
            self.waiting += 1
            try:
                while self.silent:
                    await asyncio.sleep(0.01)
                    if reader.at_eof():
                        return
            finally:
                self.waiting -= 1
            body = self.body if self.body is not None else json.dumps({"keys": self.keys}).encode()
            head = f"HTTP/1.1 {self.status} x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{self.header}\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # who asked has left
        finally:
            writer.close()
