"""COSE_Sign1 (RFC 9052) with ML-DSA (RFC 9964), in one deterministic encoding, read strictly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import cbor2

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.crypto.keys import PublicKeys, Signer

ALGORITHMS = {"ML-DSA-44": -48, "ML-DSA-65": -49, "ML-DSA-87": -50}
_SIGN1 = 18
_ALG, _KID = 1, 4


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


def decode(data: bytes, fits: Callable[[Any], bool] = lambda _: True) -> Any:
    """The value of deterministic CBOR, if it is one that ``fits``, which is asked before it is encoded again.

    Raises:
        ValueError: the bytes are not what ``encode`` makes of such a value.
    """
    try:
        value = cbor2.loads(
            data, semantic_decoders=_NoTags(), max_depth=8, allow_indefinite=False, allow_duplicate_keys=False
        )
        if not fits(value):
            raise ValueError("another value")
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
    value: dict[int, Any] = decode(data, _is_flat)
    return value


def _is_flat(value: Any) -> bool:
    return isinstance(value, dict) and all(
        type(key) is int and type(content) in (int, str, bytes) for key, content in value.items()
    )


def _is_sign1(value: Any) -> bool:
    return isinstance(value, list) and [type(part) for part in value] == [bytes, dict, bytes, bytes] and not value[1]


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
    protected, _, payload, signature = decode(data[1:], _is_sign1)
    found = decode_map(protected)
    if found.keys() != {_ALG, _KID, *header.keys()}:
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
