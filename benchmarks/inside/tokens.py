"""Tokens as a library makes and reads them, with keys in this process, and the signatures that they are made of."""

from __future__ import annotations

import importlib
import sys
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import mldsa

from benchmarks.inside.timing import answer, each, repeated, timed
from benchmarks.statistic import Timing
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.ring_keys import SingleKey
from lukhas_common.identity.access_token_issuer import AccessTokenIssuer
from lukhas_common.identity.access_tokens import AccessTokenVerifier
from lukhas_common.identity.expected import Expected
from lukhas_common.identity.sessions import Session
from lukhas_common.qrg.config import QRGConfig
from lukhas_common.qrg.generator import QRGGenerator
from lukhas_common.qrg.tokens import handle

LATTICE: dict[str, Any] = {
    "ML-DSA-44": mldsa.MLDSA44PublicKey,
    "ML-DSA-65": mldsa.MLDSA65PublicKey,
    "ML-DSA-87": mldsa.MLDSA87PublicKey,
}
USER = "01a2021f-8c11-7ffa-ab8b-9781cda83499"
SCOPES = ("identity:read", "identity:write")


def qrg(algorithm: str, times: int) -> dict[str, Any]:
    """The life of QRG tokens of one algorithm, each of them another token."""
    generator = QRGGenerator(QRGConfig.model_validate({"algorithm": algorithm}))
    made: list[str] = []
    timed([lambda: generator.generate_qrg_token(USER, SCOPES)] * (times // 10))
    generated = timed([lambda: made.append(generator.generate_qrg_token(USER, SCOPES))] * times)
    handles = [handle(bytes.fromhex(generator.decode_token(token)["cti"])) for token in made]
    good: list[bool] = []

    def verify(token: str) -> None:
        good.append(generator.verify_token(token, SCOPES))

    figures = {
        "generate": generated,
        "verify long form": each(verify, made),
        "verify handle": each(verify, handles),
        "rotate": each(generator.rotate_token, made),
    }
    assert all(good)
    assert len(good) == 2 * times
    return {"figures": figures, "characters": max(map(len, made)), "handle": len(handles[0])}


def bare(algorithm: str, times: int) -> dict[str, Timing]:
    """Signatures alone, over 256 bytes: one implementation signs what is handed out, the other checks it."""
    message, signer = bytes(range(256)), LocalSigner.generate(algorithm)
    signature, key = signer.sign(message), signer.public_key
    other = importlib.import_module(f"pqcrypto.sign.{algorithm.lower().replace('-', '_')}")
    public, secret = other.keygen()
    theirs = other.sign(secret, message)
    loaded = LATTICE[algorithm].from_public_bytes(public)
    assert key.verifies(message, signature)
    return {
        "cryptography signs": repeated(lambda: signer.sign(message), times),
        "pqcrypto verifies": repeated(lambda: key.verifies(message, signature), times),
        "pqcrypto signs": repeated(lambda: other.sign(secret, message), times),
        "cryptography verifies": repeated(lambda: loaded.verify(theirs, message), times),
    }


def access(algorithm: str, times: int) -> dict[str, Any]:
    """Access tokens of one algorithm."""
    now = time.time()
    session = Session("s" * 36, USER, 1, SCOPES, "lukhas", now, now + 3600, now + 3600, "0" * 64)
    keys = SingleKey(LocalSigner.generate(algorithm))
    issuer = AccessTokenIssuer(keys, "https://api.example.org", "lukhas-api", 3600)
    verifier = AccessTokenVerifier(keys, Expected("https://api.example.org", "lukhas-api", 3600, 5))
    made: list[str] = []
    timed([lambda: issuer.issue(session, now)] * (times // 10))
    figures = {"issue": timed([lambda: made.append(issuer.issue(session, now)[0])] * times)}
    figures["verify"] = each(lambda token: verifier.verify(token, now), made)
    return {"figures": figures, "characters": max(map(len, made))}


def measure() -> dict[str, Any]:
    """Everything, ``sys.argv[1]`` times."""
    times = int(sys.argv[1])
    return {
        "qrg": {algorithm: qrg(algorithm, times) for algorithm in LATTICE},
        "bare": {algorithm: bare(algorithm, times) for algorithm in LATTICE},
        "access": {algorithm: access(algorithm, times) for algorithm in ("ES256", "ML-DSA-44")},
    }


if __name__ == "__main__":
    answer(measure)
