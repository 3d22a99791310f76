"""COSE_Sign1 (RFC 9052) with ML-DSA (RFC 9964), in one deterministic encoding, read strictly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import cbor2

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.crypto.keys import PublicKeys, Signer

ALGORITHMS = {"ML-DSA-44": -48, "ML-DSA-65": -49, "ML-DSA-87": -50}
_SIGN1 = 18
_ALG, _KID = 1, 4
_EMPTY = b"\xa0"


class _NoTags(Mapping[int, Any]):
    """Refuses every tag: tags 28 and 29 make values that contain themselves, on which cbor2 crashes or never ends."""

    def __getitem__(self, tag: int) -> Any:
        return self._refuse

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 0

    @staticmethod
    def _refuse(value: Any, immutable: bool = False) -> Any:
        raise ValueError("a tag")


class UnknownSignatureError(Exception):
    """The form is right, but no key that is known made the signature."""


def encode(value: Any) -> bytes:
    """Deterministic CBOR (RFC 8949, section 4.2.1)."""
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes) -> Any:
    """The value of deterministic CBOR.

    Raises:
        ValueError: the bytes are not what ``encode`` makes of any value.
    """
    try:
        value = cbor2.loads(
            data, semantic_decoders=_NoTags(), max_depth=8, allow_indefinite=False, allow_duplicate_keys=False
        )
        again = encode(value)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError):
        raise ValueError("not CBOR") from None
    if again != data:
        raise ValueError("not deterministic CBOR")
    return value


def decode_map(data: bytes) -> dict[int, Any]:
    """The value of a deterministic CBOR map whose keys are integers.

    Raises:
        ValueError: the bytes are anything else.
    """
    value = decode(data)
    if not isinstance(value, dict) or any(type(key) is not int for key in value):
        raise ValueError("not a map with integers as keys")
    return value


def sign1(header: Mapping[int, Any], payload: bytes, signer: Signer) -> bytes:
    """A tagged COSE_Sign1; algorithm and kid join the protected header, nothing is unprotected."""
    key = signer.public_key
    protected = encode({_ALG: ALGORITHMS[key.algorithm], _KID: unb64url(key.kid), **header})
    signature = signer.sign(_to_be_signed(protected, payload))
    return encode(cbor2.CBORTag(_SIGN1, [protected, {}, payload, signature]))


def verify1(data: bytes, header: Mapping[int, Any], keys: PublicKeys) -> tuple[bytes, str]:
    """The payload of a COSE_Sign1 with exactly this header beside algorithm and kid, and the kid.

    Raises:
        ValueError: the form is wrong.
        UnknownSignatureError: the key is unknown, or the signature does not verify.
    """
    if data[:1] != bytes([0xC0 | _SIGN1]):
        raise ValueError("not a COSE_Sign1")
    match decode(data[1:]):
        case [bytes(protected), unprotected, bytes(payload), bytes(signature)]:
            found = decode_map(protected)
        case _:
            raise ValueError("not a COSE_Sign1")
    if encode(unprotected) != _EMPTY or found.keys() != {_ALG, _KID, *header.keys()}:
        raise ValueError("another header")
    if any(found[name] != value or type(found[name]) is not type(value) for name, value in header.items()):
        raise ValueError("another header")
    if type(found[_KID]) is not bytes or type(found[_ALG]) is not int:
        raise ValueError("another header")
    key = keys.find(b64url(found[_KID]))
    if key is None or ALGORITHMS.get(key.algorithm) != found[_ALG]:
        raise UnknownSignatureError
    if not key.verifies(_to_be_signed(protected, payload), signature):
        raise UnknownSignatureError
    return payload, key.kid


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure (RFC 9052, section 4.4) without external data."""
    return encode(["Signature1", protected, b"", payload])
