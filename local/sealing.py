"""Encrypts the state file with AES-256-GCM, under a key in a file of its own beside it."""

import os
import time
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from local.files import write_private

HEADER = b"lukhas-state-2\n"  # names the version; associated data of what follows
NONCE = 12  # bytes
KEY = 32  # bytes
PICKLE = b"\x80"


class Unreadable(Exception):
    """The state file was written by another version or under another key, or is damaged."""


def key_file(state: Path) -> Path:
    """Return where the key of a state file is."""
    return state.with_suffix(".key")


def load_key(state: Path) -> bytes:
    """Read the key of a state file.

    Raises:
        Unreadable: There is none, or it has not 32 bytes.
    """
    path = key_file(state)
    try:
        key = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"its key {path} cannot be read ({error.strerror})") from error
    if len(key) != KEY:
        raise Unreadable(f"its key {path} has {len(key)} bytes, not {KEY}")
    return key


def new_key(state: Path) -> bytes:
    """Make a key for a state file; one that is there is moved aside."""
    path, key = key_file(state), os.urandom(KEY)
    if path.exists():
        move_aside(path)
    write_private(path, key)
    return key


def seal(key: bytes, data: bytes) -> bytes:
    """Encrypt what goes into the state file."""
    nonce = os.urandom(NONCE)
    return HEADER + nonce + AESGCM(key).encrypt(nonce, data, HEADER)


def unseal(key: bytes, sealed: bytes) -> bytes:
    """Decrypt what a state file holds; nothing is answered that was not written under this key.

    Raises:
        Unreadable: It was altered, or is of another version, or the key is another.
    """
    if sealed.startswith(PICKLE):
        raise Unreadable("it is not encrypted, so an older version wrote it, private keys included")
    if not sealed.startswith(HEADER):
        raise Unreadable("it is of another version, or damaged")
    rest = sealed[len(HEADER) :]
    try:
        return AESGCM(key).decrypt(rest[:NONCE], rest[NONCE:], HEADER)
    except (InvalidTag, ValueError) as error:
        raise Unreadable("it was altered, or its key is another") from error


def move_aside(path: Path) -> Path:
    """Rename a file that cannot be used, so that nothing is lost; answer its new name."""
    moment = f"{time.strftime('%Y%m%dT%H%M%S')}.{time.time_ns() % 10**9:09d}"
    aside = path.with_name(f"{path.name}.unreadable-{moment}")
    path.rename(aside)
    return aside
