"""Passwords: how they are stored and verified, as Argon2id (RFC 9106) in the PHC string format."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

from lukhas_common.identity.passwords import WeakPasswordError, normalise_at_most

_SALT_BYTES: Final = 16
_DIGEST_BYTES: Final = 32
# A stored hash may ask for this many times the configured work (memory by passes), so that stronger
# parameters of the past still verify and a damaged or foreign row cannot exhaust the function.
_MAX_WORK_RATIO: Final = 16
_PHC: Final = re.compile(
    r"\$argon2id\$v=19\$m=([1-9][0-9]{0,6}),t=([1-9][0-9]{0,2}),p=([1-9][0-9]?)"
    r"\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})"
)


@dataclass(frozen=True, slots=True)
class _StoredHash:
    """An Argon2id hash, decoded."""

    memory_kib: int
    time_cost: int
    parallelism: int
    salt: bytes
    digest: bytes

    @property
    def parameters(self) -> tuple[int, ...]:
        """All that costs or protects: everything but the salt and the digest themselves."""
        lengths = len(self.salt), len(self.digest)
        return (self.memory_kib, self.time_cost, self.parallelism, *lengths)

    @property
    def work(self) -> int:
        """Memory by passes."""
        return self.memory_kib * self.time_cost


def _decode(encoded: str) -> _StoredHash | None:
    """Return the hash in the PHC string ``encoded``, or None if it is no Argon2id hash."""
    match = _PHC.fullmatch(encoded)
    if match is None:
        return None
    memory_kib, time_cost, parallelism = map(int, match.group(1, 2, 3))
    if memory_kib < 8 * parallelism:  # RFC 9106, section 3.1
        return None
    try:
        salt, digest = (base64.b64decode(part + "=" * (-len(part) % 4)) for part in match.group(4, 5))
    except binascii.Error:
        return None
    return _StoredHash(memory_kib, time_cost, parallelism, salt, digest)


@dataclass(frozen=True, slots=True)
class PasswordHasher:
    """Argon2id hashes of passwords (RFC 9106).

    The defaults are OWASP's for Argon2id: 19 MiB, two passes, one lane.

    ``verify`` computes exactly one Argon2id hash whatever it is given. Where there is nothing to
    compare with, the hash is computed against a decoy and its result is dropped. The decoy is not the
    hash of a password: verifying needs only a salt and parameters, so it costs nothing to make, and
    the first request for an unknown user takes as long as any other. (A dummy hash made on first use
    would make that request compute two; a constant one would fit only one set of parameters.)

    Attributes:
        memory_kib: memory, in KiB.
        time_cost: passes over the memory.
        parallelism: lanes.
        max_length: longest password, in code points; keep it equal to the policy's.
    """

    memory_kib: int = 19456
    time_cost: int = 2
    parallelism: int = 1
    max_length: int = 256

    def hash(self, password: str) -> str:
        """Return the PHC string to store for ``password``, under a fresh random salt.

        Raises:
            WeakPasswordError: ``too_long`` or ``not_text``. Ask the policy first.
        """
        text = normalise_at_most(password, self.max_length)
        salt = secrets.token_bytes(_SALT_BYTES)
        digest = _argon2id(text, self._decoy(salt))
        fields = (base64.b64encode(part).rstrip(b"=").decode() for part in (salt, digest))
        parameters = f"m={self.memory_kib},t={self.time_cost},p={self.parallelism}"
        return "$".join(("", "argon2id", "v=19", parameters, *fields))

    def verify(self, encoded: str | None, password: str) -> bool:
        """Tell whether ``encoded`` was made from ``password``, or from an equal form of it.

        Unknown users (None), damaged hashes, those of other schemes, and passwords that can never
        have been stored give False at the cost of a wrong password. A hash of other Argon2id
        parameters costs what those parameters ask for; ``needs_rehash`` finds it.

        Args:
            encoded: the stored PHC string, or None if there is no such user.
            password: as the person typed it.
        """
        decoy = self._decoy()
        stored = _decode(encoded) if encoded is not None else None
        if stored is None or stored.work > _MAX_WORK_RATIO * decoy.work:
            stored = decoy
        try:
            text = normalise_at_most(password, self.max_length)
        except WeakPasswordError:
            text, stored = "", decoy
        equal = hmac.compare_digest(_argon2id(text, stored), stored.digest)
        return equal and stored is not decoy

    def needs_rehash(self, encoded: str) -> bool:
        """Tell whether to replace ``encoded`` once its password has been verified and is at hand."""
        stored = _decode(encoded)
        return stored is None or stored.parameters != self._decoy().parameters

    def _decoy(self, salt: bytes = bytes(_SALT_BYTES)) -> _StoredHash:
        return _StoredHash(self.memory_kib, self.time_cost, self.parallelism, salt, bytes(_DIGEST_BYTES))


def _argon2id(text: str, like: _StoredHash) -> bytes:
    """Compute the digest of ``text`` under the parameters, salt and length of ``like``."""
    # Imported here: the functions that share this layer and hash nothing do not load it.
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        secret=text.encode(),
        salt=like.salt,
        time_cost=like.time_cost,
        memory_cost=like.memory_kib,
        parallelism=like.parallelism,
        hash_len=len(like.digest),
        type=Type.ID,
    )
