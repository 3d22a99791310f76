"""Signed notes: a text and the lines of those who signed it (c2sp.org/signed-note, v1.0.0)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

MAX_NOTE = 1_000_000
"""Bytes of the longest note that is read."""

MAX_SIGNATURES = 100

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_LINE = re.compile(r"— ([^ ]+) ([A-Za-z0-9+/]+={0,2})")


class NoteError(Exception):
    """This is no signed note, or no verifier key."""


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature; nothing is said about whether it is good.

    Attributes:
        name: of the key.
        key_id: four bytes that, with the name, tell the key and its type.
        signature: the bytes after the key id, in the form of that type.
    """

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text with its signatures; the text includes its last newline."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def render(self) -> bytes:
        """The note as it is stored and sent.

        Raises:
            NoteError: no note says this.
        """
        lines = [f"— {line.name} {b64(line.key_id + line.signature)}\n" for line in self.signatures]
        try:
            data = "".join([self.text, "\n", *lines]).encode()
        except UnicodeEncodeError:
            raise NoteError("the note is not Unicode text") from None
        if parse_note(data) != self:
            raise NoteError("the note would be read as another one")
        return data


def parse_note(data: bytes) -> SignedNote:
    """Read a note; trust nothing of it before a signature by a known key was verified.

    Raises:
        NoteError: it is malformed or too large, or has no signature line or too many.
    """
    if len(data) > MAX_NOTE:
        raise NoteError("the note is too large")
    try:
        note = data.decode()
    except UnicodeDecodeError:
        raise NoteError("the note is not UTF-8") from None
    if _CONTROL.search(note):
        raise NoteError("the note has control characters")
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise NoteError("the note has no text with an empty line below, no signatures or no last newline")
    lines = signatures[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError("the note has too many signatures")
    return SignedNote(text + "\n", tuple(_signature(line) for line in lines))


def check_name(name: str) -> None:
    """Check that this may be the name of a key.

    Raises:
        NoteError: it may not: it is empty, or has a space, a plus, a control character or half of a pair of UTF-16.
    """
    if not name or "+" in name or any(char.isspace() or char < " " or "\ud800" <= char <= "\udfff" for char in name):
        raise NoteError("not a name of a key")


def b64(data: bytes) -> str:
    """The text for these bytes, in the base64 of RFC 4648, section 4."""
    return base64.b64encode(data).decode()


def unb64(text: str) -> bytes:
    """The bytes of canonical base64.

    Raises:
        ValueError: the text is anything else, unused trailing bits included.
    """
    data = base64.b64decode(text, validate=True)
    if b64(data) != text:
        raise ValueError("not canonical base64")
    return data


def _signature(line: str) -> SignatureLine:
    match = _LINE.fullmatch(line)
    if match is None:
        raise NoteError("a line below the text is no signature")
    check_name(match[1])
    try:
        signature = unb64(match[2])
    except ValueError:
        raise NoteError("a signature is not in base64") from None
    if len(signature) < 5:
        raise NoteError("a signature is cut off")
    return SignatureLine(match[1], signature[:4], signature[4:])
