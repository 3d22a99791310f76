"""A client that holds a DPoP key (RFC 9449) and makes proofs with PyJWT, independently of the product."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec


class DpopClient:
    """One key, and proofs by it for requests below ``base``."""

    def __init__(self, base: str, clock: Callable[[], float] = time.time) -> None:
        self.base, self.clock = base.rstrip("/"), clock
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.jwk: dict[str, str] = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))

    def proof(self, method: str, path: str, access_token: str | None = None, **changes: Any) -> str:
        """A proof for one request; ``changes`` replace claims."""
        claims: dict[str, Any] = {
            "jti": str(uuid.uuid4()),
            "htm": method,
            "htu": self.base + path,
            "iat": int(self.clock()),
        }
        if access_token is not None:
            digest = hashlib.sha256(access_token.encode()).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        header = {"typ": "dpop+jwt", "jwk": {name: self.jwk[name] for name in ("kty", "crv", "x", "y")}}
        return jwt.encode({**claims, **changes}, self.key, "ES256", header)

    def headers(self, method: str, path: str, access_token: str) -> dict[str, str]:
        """What a request with a bound token carries."""
        return {"authorization": f"DPoP {access_token}", "dpop": self.proof(method, path, access_token)}
