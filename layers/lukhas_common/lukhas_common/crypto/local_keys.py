"""Private keys of this process or this machine: the Signer and Vault ports without a key service.

In a folder each key is one file, sealed with AES-256-GCM under a secret that is kept elsewhere; its name and
algorithm are bound to it, so that one file cannot stand in for another.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from lukhas_common.crypto.keys import PublicKey
from lukhas_common.crypto.sealing import SealError, derive, seal, unseal

_PURPOSE = b"lukhas local keys v1"

_SEEDED: dict[str, Any] = {
    "Ed25519": ed25519.Ed25519PrivateKey.from_private_bytes,
    "ML-DSA-44": mldsa.MLDSA44PrivateKey.from_seed_bytes,
    "ML-DSA-65": mldsa.MLDSA65PrivateKey.from_seed_bytes,
    "ML-DSA-87": mldsa.MLDSA87PrivateKey.from_seed_bytes,
}


class LocalKeyError(Exception):
    """A key file cannot be used; the text says which and why, and holds nothing of the key."""


class LocalSigner:
    """The Signer port on a private key in this process; its ``repr`` shows the public half only."""

    def __init__(self, algorithm: str, secret: bytes) -> None:
        """Take the 32 secret bytes of any algorithm of keys.ALGORITHMS: the seed (RFC 9964), or the scalar of ES256.

        Raises:
            ValueError: the bytes are no key, or there is no such algorithm.
        """
        self._private = _private(algorithm, secret)
        self.public_key = PublicKey.of(algorithm, _public(algorithm, self._private))

    @classmethod
    def generate(cls, algorithm: str) -> LocalSigner:
        """A new key."""
        return cls(algorithm, _new_secret(algorithm))

    def sign(self, message: bytes) -> bytes:
        """R ‖ S for ES256 (RFC 7518, section 3.4), otherwise as the algorithm's own standard has it."""
        if self.public_key.algorithm != "ES256":
            return bytes(self._private.sign(message))
        r, s = decode_dss_signature(self._private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def __repr__(self) -> str:
        return f"LocalSigner({self.public_key.algorithm}, {self.public_key.kid})"


@dataclass(frozen=True)
class LocalKeys:
    """The Vault port on a folder; a reference is the kid.

    Attributes:
        secret: 32 bytes, kept apart from the folder.
    """

    folder: Path
    secret: bytes

    @classmethod
    def at(cls, folder: Path, secret_file: Path) -> LocalKeys:
        """The keys of a folder under the secret in a file; both are made, for their owner only, at the first start.

        Raises:
            LocalKeyError: the secret is not of 32 bytes.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(secret_file, secrets.token_bytes(32))
        secret = secret_file.read_bytes()
        if len(secret) != 32:
            raise LocalKeyError(f"{secret_file} does not hold 32 bytes: restore it, or move the key folder away")
        return cls(folder, secret)

    def kept(self, ring: str, algorithm: str) -> LocalSigner:
        """The key of this ring and algorithm, made at the first start."""
        found = self.unlisted(ring, algorithm, frozenset())
        return self._open(found[0] if found else self.create(ring, algorithm))

    def create(self, ring: str, algorithm: str) -> str:
        """Make a key and seal it."""
        secret = _new_secret(algorithm)
        kid = LocalSigner(algorithm, secret).public_key.kid
        sealed = seal(derive(self.secret, _PURPOSE), secret, _bound(ring, algorithm, kid))
        content = {"ring": ring, "algorithm": algorithm, "sealed": sealed.hex()}
        _write_new(self._file(kid), json.dumps(content).encode())
        return kid

    def unlisted(self, ring: str, algorithm: str, listed: frozenset[str]) -> list[str]:
        """The kids of good files of this ring and algorithm that are not listed."""
        kids = [file.stem for file in sorted(self.folder.glob("*.key")) if file.stem not in listed]
        return [kid for kid in kids if self.is_usable(kid, algorithm) and self._read(kid)["ring"] == ring]

    def is_usable(self, reference: str, algorithm: str) -> bool:
        """Whether the file is there, unaltered, and of this algorithm."""
        try:
            return self._open(reference).public_key.algorithm == algorithm
        except LocalKeyError:
            return False

    def public_key(self, reference: str) -> PublicKey:
        """The public half."""
        return self._open(reference).public_key

    def signer(self, reference: str, key: PublicKey) -> LocalSigner:
        """The key, unsealed.

        Raises:
            LocalKeyError: its file is missing, altered, or sealed under another secret.
        """
        return self._open(reference)

    def destroy(self, reference: str) -> None:
        """Delete the file, and what a killed write left of it."""
        for file in self.folder.glob(f"{reference}.key*"):
            file.unlink(missing_ok=True)

    def _open(self, kid: str) -> LocalSigner:
        content = self._read(kid)
        try:
            bound = _bound(content["ring"], content["algorithm"], kid)
            secret = unseal(derive(self.secret, _PURPOSE), bytes.fromhex(content["sealed"]), bound)
        except (SealError, ValueError):
            raise LocalKeyError(f"the key {kid} was altered, or sealed under another secret") from None
        return LocalSigner(content["algorithm"], secret)

    def _read(self, kid: str) -> dict[str, str]:
        try:
            content = json.loads(self._file(kid).read_text())
            return {name: str(content[name]) for name in ("ring", "algorithm", "sealed")}
        except (OSError, ValueError, KeyError, TypeError):
            raise LocalKeyError(f"the key {kid} cannot be read") from None

    def _file(self, kid: str) -> Path:
        return self.folder / f"{kid}.key"

    def __repr__(self) -> str:
        return f"LocalKeys({self.folder})"


def _bound(ring: str, algorithm: str, kid: str) -> bytes:
    return json.dumps([ring, algorithm, kid]).encode()


def _new_secret(algorithm: str) -> bytes:
    if algorithm != "ES256":
        return secrets.token_bytes(32)
    return ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big")


def _private(algorithm: str, secret: bytes) -> Any:
    if len(secret) != 32 or algorithm not in ("ES256", *_SEEDED):
        raise ValueError("no such algorithm, or not 32 bytes")
    if algorithm == "ES256":
        return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    return _SEEDED[algorithm](secret)


def _public(algorithm: str, private: Any) -> bytes:
    public = private.public_key()
    if algorithm != "ES256":
        return bytes(public.public_bytes_raw())
    point = public.public_numbers()
    return bytes(point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big"))


def _write_new(file: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all, unless it is there already."""
    partial = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    try:
        os.link(partial, file)
    except FileExistsError:
        pass
    finally:
        partial.unlink()
