"""Envelopes: each has a data key of its own, wrapped under a branch key that can be changed without touching the rest.

An envelope is ``LKE`` 01 | length of the key id | key id | wrapped data key | content. Whoever destroys the branch key
erases every envelope under it, wherever copies lie.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from lukhas_common.crypto.encrypt import EncryptionKey, decrypt_bytes, encrypt_bytes
from lukhas_common.crypto.held_keys import HeldKeys
from lukhas_common.crypto.sealing import KEY, OVERHEAD, SealError
from lukhas_common.times import Clock

_HEADER = b"LKE\x01"
_WRAPPED = KEY + OVERHEAD


@dataclass(frozen=True, slots=True)
class BranchKey:
    """A key that wraps data keys."""

    key_id: str
    key: EncryptionKey

    def __post_init__(self) -> None:
        if not 0 < len(self.key_id.encode()) < 256:
            raise ValueError("the id of a branch key has 1 to 255 bytes")


class Envelopes:
    """Envelopes of one process, which holds branch keys for a while (``held_keys.py``). Threads may share it.

    Args:
        unwrap: has the key service unwrap the branch key of this id, or raises.
        timer: seconds that never go back.
    """

    def __init__(
        self, unwrap: Callable[[str], EncryptionKey], clock: Clock, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._unwrap = unwrap
        self._held: HeldKeys[BranchKey] = HeldKeys(clock, timer)

    def enclose(self, key_id: str, plaintext: bytes, bound: bytes) -> bytes:
        """An envelope under the branch key of this id."""
        return enclose(self._branch(key_id), plaintext, bound)

    def disclose(self, envelope: bytes, bound: bytes) -> bytes:
        """What was enclosed.

        Raises:
            SealError: it was altered, or is for something else.
        """
        return disclose(self._branch(branch_of(envelope)), envelope, bound)

    def rewrap(self, key_id: str, envelope: bytes, bound: bytes) -> bytes:
        """The envelope under another branch key.

        Raises:
            SealError: it was altered, or is for something else.
        """
        return rewrap(self._branch(branch_of(envelope)), self._branch(key_id), envelope, bound)

    def forget(self, key_id: str) -> None:
        """Hold a branch key no longer, because it was destroyed."""
        self._held.forget(key_id)

    def _branch(self, key_id: str) -> BranchKey:
        asked = self._held.now()
        return self._held.take(key_id) or self._held.hold(key_id, asked, BranchKey(key_id, self._unwrap(key_id)))


def enclose(branch: BranchKey, plaintext: bytes, bound: bytes) -> bytes:
    """An envelope; ``bound`` says what it belongs to."""
    data_key = EncryptionKey(secrets.token_bytes(KEY))
    return _labelled(branch, data_key, bound) + encrypt_bytes(data_key, plaintext, bound=bound)


def branch_of(envelope: bytes) -> str:
    """The id of the branch key that opens an envelope.

    Raises:
        SealError: it is no envelope.
    """
    return _parts(envelope)[0]


def disclose(branch: BranchKey, envelope: bytes, bound: bytes) -> bytes:
    """What was enclosed.

    Raises:
        SealError: it was altered, or is for another branch key or something else.
    """
    return decrypt_bytes(_data_key(branch, envelope, bound), _parts(envelope)[2], bound=bound)


def rewrap(old: BranchKey, new: BranchKey, envelope: bytes, bound: bytes) -> bytes:
    """The envelope under another branch key; its content stays byte for byte what it was.

    Raises:
        SealError: the old branch key does not open it.
    """
    return _labelled(new, _data_key(old, envelope, bound), bound) + _parts(envelope)[2]


def _labelled(branch: BranchKey, data_key: EncryptionKey, bound: bytes) -> bytes:
    label = _label(branch.key_id)
    return label + encrypt_bytes(branch.key, data_key.secret, bound=label + bound)


def _data_key(branch: BranchKey, envelope: bytes, bound: bytes) -> EncryptionKey:
    key_id, wrapped, _ = _parts(envelope)
    if key_id != branch.key_id:
        raise SealError("it is for another branch key")
    return EncryptionKey(decrypt_bytes(branch.key, wrapped, bound=_label(key_id) + bound))


def _label(key_id: str) -> bytes:
    name = key_id.encode()
    return _HEADER + bytes([len(name)]) + name


def _parts(envelope: bytes) -> tuple[str, bytes, bytes]:
    """The key id, the wrapped data key and the content."""
    start = len(_HEADER) + 1
    if not envelope.startswith(_HEADER) or len(envelope) <= start:
        raise SealError("it is no envelope")
    end = start + envelope[start - 1]
    try:
        key_id = envelope[start:end].decode()
    except UnicodeDecodeError:
        raise SealError("it is no envelope") from None
    return key_id, envelope[end : end + _WRAPPED], envelope[end + _WRAPPED :]
