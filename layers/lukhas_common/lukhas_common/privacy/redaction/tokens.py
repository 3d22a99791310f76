"""Tokens in place of personal data, which the key of the person turns back.

The same value of the same kind and person gives the same token, so that texts can still be joined on it. Tokens end
with the person's data key: what was erased, nobody turns back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.crypto.sealing import derive
from lukhas_common.privacy.redaction import checks, ff1
from lukhas_common.privacy.redaction.errors import RedactionFault, RedactionReason
from lukhas_common.privacy.redaction.redactor import personal, replaced
from lukhas_common.privacy.redaction.spans import Kind, Span, apart

PRESERVED = frozenset({Kind.CARD, Kind.PHONE, Kind.NATIONAL_ID})
"""Kinds whose tokens can keep their format."""

LONGEST = 64
"""Characters of a token that keeps its format."""

_KINDS = "|".join(Kind)
_TOKEN = re.compile(rf"\[({_KINDS}):([A-Za-z0-9_-]{{22,}})\]")


@dataclass(frozen=True, slots=True)
class Preserved:
    """A token in the format of its value. Nothing in a text tells it from a value, so it is listed."""

    kind: Kind
    token: str


@dataclass(frozen=True, slots=True)
class Tokeniser:
    """Tokens of one person.

    Attributes:
        secret: 32 bytes, from which a key for each kind is derived.
    """

    secret: bytes = field(repr=False)

    def tokenise(self, text: str, *, preserve: bool = False) -> tuple[str, list[Span], list[Preserved]]:
        """The text with tokens, what was replaced, and the tokens that keep a format if ``preserve`` is set.

        What looks like a token already becomes one of its own, so that any text is turned back as it was.
        """
        there = [Span(*match.span(), Kind(match[1])) for match in _TOKEN.finditer(text)]
        spans = apart([*there, *personal(text)], text)
        listed: list[Preserved] = []

        def put(value: str, kind: Kind) -> str:
            if preserve and _keeps_format(value, kind):
                listed.append(Preserved(kind, self.preserved(value, kind)))
                return listed[-1].token
            return self.token(value, kind)

        return replaced(text, spans, put), spans, listed

    def token(self, value: str, kind: Kind) -> str:
        """An authenticated token (AES-SIV, RFC 5297)."""
        sealed = self._siv(kind).encrypt(value.encode(errors="surrogatepass"), [kind.encode()])
        return f"[{kind}:{b64url(sealed)}]"

    def detokenise(self, text: str) -> str:
        """The text with all values back.

        Raises:
            RedactionFault: a token was altered, is of somebody else, or its key was erased.
        """
        return _TOKEN.sub(lambda match: self._value(Kind(match[1]), match[2]), text)

    def preserved(self, value: str, kind: Kind) -> str:
        """The value with other digits at the same places; of a card with a valid check digit, one with such a digit."""
        return self._walk(value, kind, ff1.encrypt)

    def original(self, token: Preserved) -> str:
        """The value behind a token that keeps the format. Any digits give some value: it is not authenticated.

        Raises:
            RedactionFault: there are too few digits.
        """
        try:
            return self._walk(token.token, token.kind, ff1.decrypt)
        except ValueError:
            raise _unreadable() from None

    def _walk(self, value: str, kind: Kind, cipher: Callable[[bytes, str, bytes], str]) -> str:
        """Digits in the script of those in their place; cycle walking, so that a valid card goes to a valid one.

        A card that is not valid goes to one that is not, or what the token came from could not be told.
        """
        digits = "".join(str(unicodedata.decimal(char)) for char in value if char.isdecimal())
        key = self._key(kind, "ff1")
        found = cipher(key, digits, kind.encode())
        while kind is Kind.CARD and checks.luhn(found) != checks.luhn(digits):
            found = cipher(key, found, kind.encode())
        fresh = iter(found)
        return "".join(_written(next(fresh), char) if char.isdecimal() else char for char in value)

    def _value(self, kind: Kind, packed: str) -> str:
        try:
            return self._siv(kind).decrypt(unb64url(packed), [kind.encode()]).decode(errors="surrogatepass")
        except (InvalidTag, ValueError):
            raise _unreadable() from None

    def _siv(self, kind: Kind) -> AESSIV:
        return AESSIV(self._key(kind, "siv", 64))

    def _key(self, kind: Kind, use: str, length: int = 32) -> bytes:
        return derive(self.secret, f"lukhas privacy tokens {use} {kind} v1".encode(), length=length)


def _keeps_format(value: str, kind: Kind) -> bool:
    """Whether a token of this can keep its format: few digits could be tried, and of many FF1 makes none."""
    digits = sum(map(str.isdecimal, value))
    return kind in PRESERVED and ff1.SHORTEST <= digits <= ff1.LONGEST and len(value) <= LONGEST


def _written(digit: str, like: str) -> str:
    """A digit in the script of another one: the ten of each script stand in a row."""
    return chr(ord(like) - unicodedata.decimal(like) + int(digit))


def _unreadable() -> RedactionFault:
    return RedactionFault(
        RedactionReason.TOKEN_UNREADABLE,
        "A token was altered, is not of this person, or its key was erased. Send it as it was given out, with the "
        "user_id that it was made for.",
    )
