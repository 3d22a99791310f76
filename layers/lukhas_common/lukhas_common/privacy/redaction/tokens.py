"""Tokens in place of personal data, which the key of the person turns back.

The same value of the same kind and person gives the same token, so that texts can still be joined on it. Tokens end
with the person's data key: what was erased, nobody turns back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.crypto.sealing import derive
from lukhas_common.privacy.redaction import checks, ff1
from lukhas_common.privacy.redaction.errors import RedactionFault, RedactionReason
from lukhas_common.privacy.redaction.redactor import personal, replaced
from lukhas_common.privacy.redaction.spans import Kind, Span

PRESERVED = frozenset({Kind.CARD, Kind.PHONE, Kind.NATIONAL_ID})
"""Kinds whose tokens can keep their format."""

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
        """The text with tokens, what was replaced, and the tokens that keep a format if ``preserve`` is set."""
        spans = personal(text)
        listed: list[Preserved] = []

        def put(value: str, kind: Kind) -> str:
            if preserve and kind in PRESERVED and sum(char.isdigit() for char in value) >= ff1.SHORTEST:
                listed.append(Preserved(kind, self.preserved(value, kind)))
                return listed[-1].token
            return self.token(value, kind)

        return replaced(text, spans, put), spans, listed

    def token(self, value: str, kind: Kind) -> str:
        """An authenticated token (AES-SIV, RFC 5297)."""
        return f"[{kind}:{b64url(self._siv(kind).encrypt(value.encode(), [kind.encode()]))}]"

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
        digits = "".join(re.findall(r"[0-9]", value))
        key = self._key(kind, "ff1")
        valid = kind is Kind.CARD and checks.luhn(digits)
        found = cipher(key, digits, kind.encode())
        while valid and not checks.luhn(found):  # cycle walking: from one valid number to the next on its orbit
            found = cipher(key, found, kind.encode())
        fresh = iter(found)
        return re.sub(r"[0-9]", lambda _: next(fresh), value)

    def _value(self, kind: Kind, packed: str) -> str:
        try:
            return self._siv(kind).decrypt(unb64url(packed), [kind.encode()]).decode()
        except (InvalidTag, ValueError):
            raise _unreadable() from None

    def _siv(self, kind: Kind) -> AESSIV:
        return AESSIV(self._key(kind, "siv", 64))

    def _key(self, kind: Kind, use: str, length: int = 32) -> bytes:
        return derive(self.secret, f"lukhas privacy tokens {use} {kind} v1".encode(), length=length)


def _unreadable() -> RedactionFault:
    return RedactionFault(
        RedactionReason.TOKEN_UNREADABLE,
        "A token was altered, is not of this person, or its key was erased. Send it as it was given out, with the "
        "user_id that it was made for.",
    )
