"""The life of QRG tokens: issued, verified, rotated, revoked."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from lukhas_common import times
from lukhas_common.audit import Audit, StandardAudit
from lukhas_common.crypto.keys import Signer
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.ring_keys import Signers, SingleKey
from lukhas_common.crypto.sealing import mac
from lukhas_common.identity.errors import IdentityError, Reason, TokenExpiredError, TokenInvalidError
from lukhas_common.identity.jose import PublicKeys
from lukhas_common.identity.refresh_tokens import ServerKey
from lukhas_common.identity.users import Epochs
from lukhas_common.qrg import tokens
from lukhas_common.qrg.config import QRGConfig
from lukhas_common.qrg.families import Family, FamilyStore, MemoryFamilies
from lukhas_common.qrg.reader import QRGReader
from lukhas_common.qrg.tokens import MAX_TTL, Expected
from lukhas_common.times import Clock

UNDELEGABLE = frozenset({"qrg:issue"})
"""Scopes that no QRG token may carry: with it, a stolen token would have offspring that outlives it."""

_SKEW = 5
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+", re.ASCII)
"""A scope-token of RFC 6749, section 3.3."""


class QRGGenerator:
    """Quantum-resistant governance tokens: signed with ML-DSA (FIPS 204), good until rotated, revoked or expired.

    ``QRGGenerator(QRGConfig())`` works by itself, on a key and a store of this process. What is deployed passes
    its own: ``signers`` and ``keys`` go together, ``epochs`` ends a user's tokens with their sessions, and
    ``server_key`` makes a repeated request get the same token.

    Raises:
        pydantic.ValidationError: the configuration is not one of QRGConfig.
    """

    def __init__(
        self,
        config: QRGConfig | Mapping[str, Any],
        *,
        signers: Signers | None = None,
        keys: PublicKeys | None = None,
        store: FamilyStore | None = None,
        epochs: Epochs = lambda _user: 1,
        server_key: ServerKey | None = None,
        audit: Audit | None = None,
        clock: Clock = times.now,
    ) -> None:
        self.config = config if isinstance(config, QRGConfig) else QRGConfig.model_validate(config)
        if (signers is None) != (keys is None):
            raise ValueError("pass signers and keys together, or neither")
        if signers is None or keys is None:
            signers = keys = SingleKey(LocalSigner.generate(self.config.algorithm))
        self._signers, self._keys = signers, keys
        self._families = MemoryFamilies() if store is None else store
        self._epochs, self._audit, self._clock = epochs, audit or StandardAudit(), clock
        own_key = secrets.token_bytes(32)
        self._server_key = server_key or (lambda purpose: mac(own_key, purpose.encode()))
        expected = Expected(self.config.issuer, self.config.audience, MAX_TTL, _SKEW)
        self._reader = QRGReader(keys, self._families, expected)

    def generate_qrg_token(
        self, user_id: str, scopes: Sequence[str], ttl_seconds: int = 3600, *, idempotency_key: str | None = None
    ) -> str:
        """A new token, in its long form.

        Args:
            scopes: what its bearer may do, one at least.
            ttl_seconds: how long, but never longer than the configuration's ``ttl_seconds``.
            idempotency_key: the same request with the same key gets the same token, while it is good.

        Raises:
            ValueError: there is no user or no scope, a scope is not a word of RFC 6749, or the time is not positive.
            IdentityError: USER_NOT_FOUND, SCOPE_NOT_GRANTED or IDEMPOTENCY_KEY_REUSED.
        """
        granted = _words(scopes)
        if not user_id or not user_id.isprintable() or ttl_seconds < 1:
            raise ValueError("a token needs a user, and a second to live at least")
        epoch = self._epochs(user_id)
        if epoch is None:
            raise IdentityError(Reason.USER_NOT_FOUND, "Ask for a user that exists.")
        while True:
            now, signer = int(self._clock()), self._signers.current()
            cti = self._new_cti(f"issue\0{user_id}", idempotency_key)
            family = Family(
                family_id=tokens.family(cti),
                user_id=user_id,
                epoch=epoch,
                current=tokens.digest(cti),
                kid=signer.public_key.kid,
                scopes=granted,
                issued_at=now,
                expires_at=now + min(ttl_seconds, self.config.ttl_seconds),
                ends_at=now + self.config.max_age_seconds,
            )
            token = tokens.write(self._reader.claims(family, cti), signer)
            stored = self._families.add(family)
            if stored == family:
                self._record("qrg.issued", family)
                return token
            if idempotency_key is not None:
                return self._repeated(stored, family, cti, signer)

    def verify_token(self, token: str, required_scopes: Sequence[str] | None = None) -> bool:
        """Whether a token, in either form, is good at this moment and carries all of these scopes."""
        now = self._clock()
        try:
            user = self._reader.verify(token, now)
        except TokenInvalidError:
            return False
        family = self._families.find(str(user.family_id))
        return (
            family is not None
            and family.is_live(user.token_id, self._epochs(family.user_id), now)
            and self._keys.find(user.kid) is not None
            and user.scopes.issuperset(required_scopes or ())
        )

    def rotate_token(
        self, old_token: str, *, scopes: Sequence[str] | None = None, idempotency_key: str | None = None
    ) -> str:
        """A token in the place of this one, which is refused from now on; it lives as long as this one was given.

        Args:
            scopes: fewer scopes than the old token's; without it, all of them.
            idempotency_key: a repeat with the same key gets the same successor, while that is good.

        Raises:
            TokenInvalidError: the old token is none, or is not good any more.
            IdentityError: QRG_TOKEN_ROTATED or SCOPE_NOT_GRANTED.
        """
        now = self._clock()
        claims, kid = self._reader.authentic(old_token, now)
        family = self._families.find(tokens.family(claims.cti))
        if family is None or family.revoked_for is not None or self._keys.find(kid) is None:
            raise TokenInvalidError(Reason.TOKEN_REVOKED)
        if self._epochs(family.user_id) != family.epoch:
            raise TokenInvalidError(Reason.TOKEN_REVOKED)
        granted = claims.scopes if scopes is None else _words(scopes)
        if not set(granted) <= set(claims.scopes):
            raise IdentityError(Reason.SCOPE_NOT_GRANTED, "Ask for scopes of the old token only.")
        signer = self._signers.current()
        cti = (
            claims.cti[: tokens.FAMILY] + self._new_cti(f"rotate\0{claims.cti.hex()}", idempotency_key)[tokens.FAMILY :]
        )
        lifetime = min(claims.expires_at - claims.issued_at, self.config.ttl_seconds, family.ends_at - int(now))
        if lifetime < 1:
            raise TokenExpiredError
        rotated = family.rotated(tokens.digest(cti), signer.public_key.kid, granted, int(now), int(now) + lifetime)
        if family.current != tokens.digest(claims.cti):
            return self._repeated(family, rotated, cti, signer)
        token = tokens.write(self._reader.claims(rotated, cti), signer)
        stored = self._families.rotate(family, rotated, now)
        if stored != rotated:
            return self._repeated(stored or family, rotated, cti, signer)
        self._record("qrg.rotated", rotated)
        return token

    def revoke_token(self, token: str) -> bool:
        """End a token and its whole family, at once and everywhere.

        Returns:
            Whether it was one of ours; where it was not, nothing changes.
        """
        try:
            claims, _kid = self._reader.read(token)
        except TokenInvalidError:
            return False
        family = self._families.revoke(tokens.family(claims.cti), "revoked")
        if family is None:
            return False
        self._record("qrg.revoked", family)
        return True

    def decode_token(self, token: str) -> dict[str, Any]:
        """The claims of an authentic token, even if it expired or was revoked: verify_token says whether it is good.

        Returns:
            ``iss``, ``aud``, ``sub``, ``scope`` (words in one string), ``scopes`` (a list), ``iat``, ``exp``
            (seconds since the epoch), ``cti`` (hex) and ``kid``.

        Raises:
            TokenInvalidError: the token is not authentic, or is a handle that is not current.
        """
        claims, kid = self._reader.read(token)
        return {
            "iss": claims.issuer,
            "aud": claims.audience,
            "sub": claims.user_id,
            "scope": " ".join(claims.scopes),
            "scopes": list(claims.scopes),
            "iat": claims.issued_at,
            "exp": claims.expires_at,
            "cti": claims.cti.hex(),
            "kid": kid,
        }

    def _repeated(self, stored: Family, wanted: Family, cti: bytes, signer: Signer) -> str:
        """The token that an earlier, same request made, signed once more.

        Raises:
            IdentityError: what is stored was made by another request, or is not good any more.
        """
        same = (stored.scopes, stored.lifetime, stored.rotations) == (wanted.scopes, wanted.lifetime, wanted.rotations)
        if not (same and stored.is_live(wanted.current, wanted.epoch, self._clock())):
            if wanted.rotations:
                raise IdentityError(
                    Reason.QRG_TOKEN_ROTATED, "Use the token that replaced this one; a token is rotated once."
                )
            raise IdentityError(
                Reason.IDEMPOTENCY_KEY_REUSED, "Send a new Idempotency-Key; this one belongs to another request."
            )
        return tokens.write(self._reader.claims(stored, cti), signer)

    def _new_cti(self, purpose: str, idempotency_key: str | None) -> bytes:
        """Random, or the same for the same request with the same key."""
        if idempotency_key is None:
            return secrets.token_bytes(tokens.CTI)
        return mac(self._server_key("qrg-cti"), f"{purpose}\0{idempotency_key}".encode())[: tokens.CTI]

    def _record(self, event: str, family: Family) -> None:
        self._audit.record(
            event,
            user_id=family.user_id,
            family_id=family.family_id,
            token_id=family.current,
            scopes=" ".join(family.scopes),
            rotations=family.rotations,
        )


def _words(scopes: Sequence[str]) -> tuple[str, ...]:
    """The scopes, each once.

    Raises:
        ValueError: there is none, or one is not a word of RFC 6749.
        IdentityError: one cannot be given to a QRG token.
    """
    words = () if isinstance(scopes, str) else tuple(dict.fromkeys(scopes))
    if not words or not all(_SCOPE.fullmatch(word) for word in words):
        raise ValueError("scopes are a list of words, one at least")
    if UNDELEGABLE.intersection(words):
        raise IdentityError(Reason.SCOPE_NOT_GRANTED, "A QRG token cannot issue others: leave qrg:issue out.")
    return words
