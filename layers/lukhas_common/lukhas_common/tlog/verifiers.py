"""Who may sign a checkpoint: a name, a public key and the kind of signature it makes, which a vkey says in one line.

The kinds are those of c2sp.org/signed-note, v1.0.0, and of c2sp.org/tlog-cosignature as of 2026, which has the ML-DSA
kind. C2SP gives a plain ML-DSA signature no identifier, so a log that signs with ML-DSA cosigns under its own name.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from lukhas_common.crypto.base64url import unb64url
from lukhas_common.crypto.keys import PublicKey
from lukhas_common.tlog.notes import NoteError, b64, check_name, unb64

if TYPE_CHECKING:
    from lukhas_common.tlog.checkpoint import Checkpoint

MAX_TIMESTAMP = 2**63 - 1


class Kind(IntEnum):
    """The type of a signature; the value is its identifier byte."""

    ED25519 = 0x01
    ED25519_COSIGNATURE = 0x04
    ML_DSA_44_COSIGNATURE = 0x06

    @property
    def algorithm(self) -> str:
        """The JOSE name of the algorithm."""
        return "ML-DSA-44" if self is Kind.ML_DSA_44_COSIGNATURE else "Ed25519"

    @property
    def has_timestamp(self) -> bool:
        """Whether the time of signing, eight bytes, is before the signature."""
        return self is not Kind.ED25519

    @property
    def covers_extensions(self) -> bool:
        """Whether the extension lines of a checkpoint are signed, too."""
        return self is not Kind.ML_DSA_44_COSIGNATURE


@dataclass(frozen=True, slots=True)
class Verifier:
    """A key that is trusted to sign checkpoints.

    Attributes:
        name: of the key; that of a log's own keys is the log's origin.
    """

    name: str
    key: PublicKey
    kind: Kind = Kind.ED25519

    def __post_init__(self) -> None:
        """Check that these go together.

        Raises:
            NoteError: they do not.
        """
        check_name(self.name)
        if self.key.algorithm != self.kind.algorithm:
            raise NoteError("the key is not of the algorithm that its kind wants")

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """The key in a verifier key: name, key id in hex, and base64 of the kind and the public key.

        Raises:
            NoteError: the text is anything else, or its key id is another key's.
        """
        name, _, rest = vkey.partition("+")
        try:
            encoded = unb64(rest.partition("+")[2])
            kind = Kind(encoded[0])
            verifier = cls(name, PublicKey.of(kind.algorithm, encoded[1:]), kind)
        except (ValueError, IndexError):
            raise NoteError("not a verifier key of a kind that is used here") from None
        if verifier.vkey != vkey:
            raise NoteError("not a verifier key, or the key id is another key's")
        return verifier

    @property
    def vkey(self) -> str:
        """The verifier key, to hand to those who verify."""
        return f"{self.name}+{self.key_id.hex()}+{b64(self._encoded)}"

    @property
    def key_id(self) -> bytes:
        """Four bytes that, with the name, tell this key and kind from others in a note."""
        return sha256(self.name.encode() + b"\n" + self._encoded).digest()[:4]

    def signed_message(self, checkpoint: Checkpoint, timestamp: int) -> bytes:
        """The bytes that a signature of this kind is over.

        Args:
            timestamp: seconds since the epoch; without meaning for the kind that has none.

        Raises:
            ValueError: the name is too long for a signature of this kind.
        """
        match self.kind:
            case Kind.ED25519:
                return checkpoint.text().encode()
            case Kind.ED25519_COSIGNATURE:
                return f"cosignature/v1\ntime {timestamp}\n{checkpoint.text()}".encode()
        return b"".join(
            [
                b"subtree/v1\n\x00",
                _opaque(self.name),
                struct.pack(">Q", timestamp),
                _opaque(checkpoint.origin),
                struct.pack(">QQ", 0, checkpoint.size),
                checkpoint.root,
            ]
        )

    def verifies(self, checkpoint: Checkpoint, signature: bytes) -> bool:
        """Whether the signature, as a note has it after the key id, is this key's over the checkpoint."""
        timestamp = 0
        if self.kind.has_timestamp:
            timestamp, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        if timestamp > MAX_TIMESTAMP:
            return False
        try:
            return self.key.verifies(self.signed_message(checkpoint, timestamp), signature)
        except ValueError:
            return False

    @property
    def _encoded(self) -> bytes:
        jwk = self.key.jwk
        return bytes([self.kind]) + unb64url(jwk["pub"] if "pub" in jwk else jwk["x"])


def _opaque(text: str) -> bytes:
    """Text as ``opaque<1..255>`` (RFC 8446, section 3.4); what is longer has no such length byte."""
    data = text.encode()
    return bytes([len(data)]) + data
