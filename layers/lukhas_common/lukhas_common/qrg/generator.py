"""The life of QRG tokens: issued, verified, rotated, revoked."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from lukhas_common import times
from lukhas_common.audit import Audit, StandardAudit
from lukhas_common.crypto.keys import PublicKeys
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.macs import ServerKey, mac
from lukhas_common.crypto.ring_keys import Signers, SingleKey
from lukhas_common.identity.errors import TokenInvalidError
from lukhas_common.identity.expected import Expected
from lukhas_common.identity.users import Epochs
from lukhas_common.qrg import tokens
from lukhas_common.qrg.config import QRGConfig
from lukhas_common.qrg.families import FamilyStore, MemoryFamilies
from lukhas_common.qrg.issuer import QRGIssuer
from lukhas_common.qrg.reader import QRGReader
from lukhas_common.qrg.tokens import MAX_TTL
from lukhas_common.times import Clock


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
        clock_skew: int = 5,
    ) -> None:
        self.config = config if isinstance(config, QRGConfig) else QRGConfig.model_validate(config)
        if (signers is None) != (keys is None):
            raise ValueError("pass signers and keys together, or neither")
        if signers is None or keys is None:
            signers = keys = SingleKey(LocalSigner.generate(self.config.algorithm))
        own_key = secrets.token_bytes(32)
        self._families = MemoryFamilies() if store is None else store
        self._epochs, self._audit, self._clock = epochs, audit or StandardAudit(), clock
        expected = Expected(self.config.issuer, self.config.audience, MAX_TTL, clock_skew)
        self._reader = QRGReader(keys, self._families, expected)
        self.issuer = QRGIssuer(
            signers,
            self._families,
            self._reader,
            epochs,
            server_key or (lambda purpose: mac(own_key, purpose.encode())),
            self.config.ttl_seconds,
            self.config.max_age_seconds,
            self._audit,
            clock,
        )

    def generate_qrg_token(
        self, user_id: str, scopes: Sequence[str], ttl_seconds: int = 3600, *, idempotency_key: str | None = None
    ) -> str:
        """A new token, in its long form: QRGIssuer.issue, which see."""
        return self.issuer.issue(user_id, scopes, ttl_seconds, idempotency_key=idempotency_key).token

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
            and family.user_id == user.user_id
            and user.scopes.issubset(family.scopes)
            and family.is_live(user.token_id, self._epochs(family.user_id), now)
            and user.scopes.issuperset(required_scopes or ())
        )

    def rotate_token(
        self, old_token: str, *, scopes: Sequence[str] | None = None, idempotency_key: str | None = None
    ) -> str:
        """A token in the place of this one, with its scopes or fewer, in its long form: QRGIssuer.rotate."""
        return self.issuer.rotate(old_token, scopes, idempotency_key=idempotency_key).token

    def revoke_token(self, token: str) -> bool:
        """End a token and its whole family, at once and everywhere; any token of the family will do, spent or not.

        Returns:
            Whether it was one of ours; where it was not, nothing changes.
        """
        try:
            cti = tokens.handle_cti(token) or self._reader.read(token)[0].cti
        except TokenInvalidError:
            return False
        family = self._families.find(tokens.family(cti))
        if family is None or self.issuer.generation(family, cti) is None:
            return False
        self._families.revoke(family.family_id, "revoked")
        self._audit.record("qrg.revoked", user_id=family.user_id, family_id=family.family_id)
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
