"""How QRG tokens come to be: issued to a user, or in the place of another."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from lukhas_common.audit import Audit
from lukhas_common.crypto.keys import Signer
from lukhas_common.crypto.ring_keys import Signers
from lukhas_common.crypto.sealing import ServerKey, mac
from lukhas_common.identity.errors import IdentityError, Reason, TokenExpiredError, TokenInvalidError
from lukhas_common.identity.users import Epochs
from lukhas_common.qrg import tokens
from lukhas_common.qrg.families import Family, FamilyStore
from lukhas_common.qrg.reader import QRGReader
from lukhas_common.qrg.tokens import Claims
from lukhas_common.times import Clock

UNDELEGABLE = frozenset({"qrg:issue"})
"""Scopes that no QRG token may carry: with it, a stolen token would have offspring that outlives it."""

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+", re.ASCII)
"""A scope-token of RFC 6749, section 3.3."""


@dataclass(frozen=True, slots=True)
class QRGToken:
    """A token that was just made: its long form, and what it says."""

    token: str
    claims: Claims

    @property
    def handle(self) -> str:
        """Its short form."""
        return tokens.handle(self.claims.cti)


@dataclass(frozen=True, slots=True)
class QRGIssuer:
    """Makes tokens.

    Attributes:
        ttl: seconds that a token lives at most.
        max_age: seconds in which a family can be rotated.
        server_key: makes a repeated request get the same token.
    """

    signers: Signers
    families: FamilyStore
    reader: QRGReader
    epochs: Epochs
    server_key: ServerKey
    ttl: int
    max_age: int
    audit: Audit
    clock: Clock

    def issue(
        self,
        user_id: str,
        scopes: Sequence[str],
        ttl_seconds: int = 3600,
        *,
        within: frozenset[str] | None = None,
        idempotency_key: str | None = None,
    ) -> QRGToken:
        """A new token.

        Args:
            scopes: what its bearer may do, one at least.
            ttl_seconds: how long, but never longer than the configuration's ``ttl_seconds``.
            within: the scopes of whoever asks, who cannot give what is not theirs.
            idempotency_key: the same request with the same key gets the same token, while it is good.

        Raises:
            ValueError: there is no user or no scope, a scope is not a word of RFC 6749, or the time is not positive.
            IdentityError: USER_NOT_FOUND, SCOPE_NOT_GRANTED or IDEMPOTENCY_KEY_REUSED.
        """
        granted = _words(scopes, within)
        if not user_id or not user_id.isprintable() or ttl_seconds < 1:
            raise ValueError("a token needs a user, and a second to live at least")
        epoch = self.epochs(user_id)
        if epoch is None:
            raise IdentityError(Reason.USER_NOT_FOUND, "Ask for a user that exists.")
        while True:
            now, signer = int(self.clock()), self.signers.current()
            cti = self._new_cti(f"issue\0{user_id}", idempotency_key)
            family = Family(
                family_id=tokens.family(cti),
                user_id=user_id,
                epoch=epoch,
                current=tokens.digest(cti),
                kid=signer.public_key.kid,
                scopes=granted,
                issued_at=now,
                expires_at=now + min(ttl_seconds, self.ttl),
                ends_at=now + self.max_age,
            )
            token = self._token(family, cti, signer)
            stored = self.families.add(family)
            if stored == family:
                self._record("qrg.issued", family)
                return token
            if idempotency_key is not None:
                same = (stored.scopes, stored.lifetime) == (family.scopes, family.lifetime)
                if same and stored.is_live(family.current, epoch, now):
                    return self._token(stored, cti, signer)
                raise IdentityError(
                    Reason.IDEMPOTENCY_KEY_REUSED, "Send a new Idempotency-Key; this one belongs to another request."
                )

    def rotate(
        self, old_token: str, scopes: Sequence[str] | None = None, *, idempotency_key: str | None = None
    ) -> QRGToken:
        """A token in the place of this one, which is refused from now on; it lives as long as this one was given.

        Args:
            scopes: fewer scopes than the old token's; without it, all of them.
            idempotency_key: a repeat with the same key gets the same successor, while that is good.

        Raises:
            TokenInvalidError: the old token is none, or is not good any more.
            IdentityError: QRG_TOKEN_ROTATED or SCOPE_NOT_GRANTED.
        """
        try:
            return self._rotated(old_token, scopes, idempotency_key)
        except IdentityError as error:
            self.audit.record("qrg.rotation_refused", reason=error.reason)
            raise

    def _rotated(self, old_token: str, scopes: Sequence[str] | None, idempotency_key: str | None) -> QRGToken:
        now = self.clock()
        claims, _kid = self.reader.authentic(old_token, now)
        family = self.families.find(tokens.family(claims.cti))
        if family is None or family.revoked_for is not None or self.epochs(family.user_id) != family.epoch:
            raise TokenInvalidError(Reason.TOKEN_REVOKED)
        granted = claims.scopes if scopes is None else _words(scopes, frozenset(claims.scopes))
        lifetime = min(claims.expires_at - claims.issued_at, self.ttl, family.ends_at - int(now))
        if lifetime < 1:
            raise TokenExpiredError
        signer = self.signers.current()
        secret = self._new_cti(f"rotate\0{claims.cti.hex()}", idempotency_key)[tokens.FAMILY :]
        cti = claims.cti[: tokens.FAMILY] + secret
        rotated = family.rotated(tokens.digest(cti), signer.public_key.kid, granted, int(now), int(now) + lifetime)
        stored: Family | None = family
        if family.current == tokens.digest(claims.cti):
            token = self._token(rotated, cti, signer)
            stored = self.families.rotate(family, rotated, now)
            if stored == rotated:
                self._record("qrg.rotated", rotated)
                return token
        # Another request was faster: this one before it was repeated, or somebody else's.
        if stored is not None and stored.scopes == granted and stored.is_live(rotated.current, family.epoch, now):
            return self._token(stored, cti, signer)
        raise IdentityError(Reason.QRG_TOKEN_ROTATED, "Use the token that replaced this one; a token is rotated once.")

    def _token(self, family: Family, cti: bytes, signer: Signer) -> QRGToken:
        claims = self.reader.claims(family, cti)
        return QRGToken(tokens.write(claims, signer), claims)

    def _new_cti(self, purpose: str, idempotency_key: str | None) -> bytes:
        """Random, or the same for the same request with the same key."""
        if idempotency_key is None:
            return secrets.token_bytes(tokens.CTI)
        return mac(self.server_key("qrg-cti"), f"{purpose}\0{idempotency_key}".encode())[: tokens.CTI]

    def _record(self, event: str, family: Family) -> None:
        self.audit.record(
            event,
            user_id=family.user_id,
            family_id=family.family_id,
            token_id=family.current,
            scopes=" ".join(family.scopes),
            rotations=family.rotations,
        )


def _words(scopes: Sequence[str], within: frozenset[str] | None) -> tuple[str, ...]:
    """The scopes, each once.

    Raises:
        ValueError: there is none, or one is not a word of RFC 6749.
        IdentityError: SCOPE_NOT_GRANTED where one is not among those given, or no QRG token may have it.
    """
    words = () if isinstance(scopes, str) else tuple(dict.fromkeys(scopes))
    if not words or not all(_SCOPE.fullmatch(word) for word in words):
        raise ValueError("scopes are a list of words, one at least")
    if UNDELEGABLE.intersection(words):
        raise IdentityError(Reason.SCOPE_NOT_GRANTED, "A QRG token cannot issue others: leave qrg:issue out.")
    if within is not None and not within.issuperset(words):
        raise IdentityError(Reason.SCOPE_NOT_GRANTED, "Ask for scopes only that the token you hold has.")
    return words
