"""How QRG tokens come to be: issued to a user, or in the place of another."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from lukhas_common.audit import Audit
from lukhas_common.crypto.keys import Signer
from lukhas_common.crypto.macs import ServerKey, mac
from lukhas_common.crypto.ring_keys import Signers
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


REPEATED = 600
"""Seconds in which a repeated request gets its token again."""

_GENERATIONS = 1000
"""How many tokens of a family are still known for what they were."""


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
            idempotency_key: the same request with the same key gets the same token, for ten minutes.

        Raises:
            ValueError: there is no user or no scope, a scope is not a word of RFC 6749, there are too
                many for a header, or the time is not positive.
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
            family_id = self._family_id(user_id, idempotency_key)
            cti = self._cti(family_id, now, 0)
            family = Family(
                family_id=family_id,
                user_id=user_id,
                epoch=epoch,
                started_at=now,
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
                same = (stored.scopes, stored.lifetime, stored.rotations) == (granted, family.lifetime, 0)
                if same and (again := self._again(stored, epoch, signer)):
                    return again
                raise IdentityError(
                    Reason.IDEMPOTENCY_KEY_REUSED, "Send a new Idempotency-Key; this one belongs to another request."
                )

    def rotate(
        self, old_token: str, scopes: Sequence[str] | None = None, *, idempotency_key: str | None = None
    ) -> QRGToken:
        """A token in the place of this one, which is refused from now on; it lives as long as this one was given.

        Args:
            scopes: fewer scopes than the old token's; without it, all of them.
            idempotency_key: a repeat with the same key gets the same successor, for ten minutes.

        Raises:
            TokenInvalidError: the old token is none, or is not good any more.
            IdentityError: QRG_TOKEN_ROTATED or SCOPE_NOT_GRANTED.
        """
        try:
            return self._rotated(old_token, scopes, idempotency_key)
        except IdentityError as error:
            self.audit.record("qrg.rotation_refused", reason=error.reason)
            raise

    def generation(self, family: Family, cti: bytes) -> int | None:
        """The number of this token in its family, counted from 0; None where it never was one of it."""
        for number in range(family.rotations, max(-1, family.rotations - _GENERATIONS), -1):
            if hmac.compare_digest(cti, self._cti(family.family_id, family.started_at, number)):
                return number
        return None

    def _rotated(self, old_token: str, scopes: Sequence[str] | None, idempotency_key: str | None) -> QRGToken:
        now = self.clock()
        cti, user_id = tokens.handle_cti(old_token), None
        if cti is None:
            claims, _kid = self.reader.authentic(old_token, now)
            cti, user_id = claims.cti, claims.user_id
        family = self.families.find(tokens.family(cti))
        number = None if family is None else self.generation(family, cti)
        if family is None or number is None or user_id not in (None, family.user_id):
            raise TokenInvalidError
        if family.revoked_for is not None or self.epochs(family.user_id) != family.epoch:
            raise TokenInvalidError(Reason.TOKEN_REVOKED)
        if self.reader.keys.find(family.kid) is None:
            raise TokenInvalidError(Reason.TOKEN_REVOKED)
        granted = family.scopes if scopes is None else _words(scopes, frozenset(family.scopes))
        signer, request = self.signers.current(), self._request(cti, idempotency_key)
        stored: Family | None = family
        if number == family.rotations:
            lifetime = min(family.lifetime, self.ttl, family.ends_at - int(now))
            if now >= family.expires_at or lifetime < 1:
                raise TokenExpiredError
            successor = self._cti(family.family_id, family.started_at, number + 1)
            rotated = family.rotated(
                tokens.digest(successor), signer.public_key.kid, granted, int(now), int(now) + lifetime, request
            )
            token = self._token(rotated, successor, signer)
            stored = self.families.rotate(family, rotated, now)
            if stored == rotated:
                self._record("qrg.rotated", rotated)
                return token
        # Another request was faster: this very one, which is repeated, or somebody else's.
        if stored is not None and (stored.rotations, stored.rotated_by, stored.scopes) == (
            number + 1,
            request,
            granted,
        ):
            again = self._again(stored, family.epoch, signer)
            if again is not None:
                return again
        raise IdentityError(Reason.QRG_TOKEN_ROTATED, "Use the token that replaced this one; a token is rotated once.")

    def _again(self, family: Family, epoch: int, signer: Signer) -> QRGToken | None:
        """The current token of a family, signed once more; None where it is too late for a repeated request."""
        now = self.clock()
        if now > family.issued_at + REPEATED or signer.public_key.kid != family.kid:
            return None
        if not family.is_live(family.current, epoch, now):
            return None
        self._record("qrg.repeated", family)
        return self._token(family, self._cti(family.family_id, family.started_at, family.rotations), signer)

    def _token(self, family: Family, cti: bytes, signer: Signer) -> QRGToken:
        claims = self.reader.claims(family, cti)
        return QRGToken(tokens.write(claims, signer), claims)

    def _family_id(self, user_id: str, idempotency_key: str | None) -> str:
        """Random, or the same for the same key of the same user."""
        if idempotency_key is None:
            return secrets.token_hex(tokens.FAMILY)
        return self._mac("qrg-family", user_id, idempotency_key)[: tokens.FAMILY].hex()

    def _cti(self, family_id: str, started_at: int, number: int) -> bytes:
        """The id of a token: who knows the family and all its other tokens still cannot tell."""
        secret = self._mac("qrg-secret", family_id, str(started_at), str(number))
        return bytes.fromhex(family_id) + secret[: tokens.CTI - tokens.FAMILY]

    def _request(self, cti: bytes, idempotency_key: str | None) -> str:
        """Names a request to rotate this token: a repeated one the same, any other another."""
        if idempotency_key is None:
            return secrets.token_hex(32)
        return self._mac("qrg-request", cti.hex(), idempotency_key).hex()

    def _mac(self, purpose: str, *parts: str) -> bytes:
        return mac(self.server_key(purpose), "\0".join(parts).encode())

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
