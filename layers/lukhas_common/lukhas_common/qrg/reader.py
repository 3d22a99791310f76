"""Reads QRG tokens in both forms, for the authorizer and for whoever rotates or revokes them."""

from __future__ import annotations

from dataclasses import dataclass

from lukhas_common.crypto.keys import PublicKeys
from lukhas_common.identity.errors import TokenInvalidError
from lukhas_common.identity.expected import Expected
from lukhas_common.identity.user_context import UserContext
from lukhas_common.qrg import tokens
from lukhas_common.qrg.families import Family, FamilyStore
from lukhas_common.qrg.tokens import Claims

CLIENT_ID = "qrg"
"""The client of every QRG token: they are made for assistants, not for a registered client."""


@dataclass(frozen=True, slots=True)
class QRGReader:
    """Establishes what a token says. A handle costs one read of its family."""

    keys: PublicKeys
    families: FamilyStore
    expected: Expected

    def read(self, token: str) -> tuple[Claims, str]:
        """The claims of an authentic token, expired ones included, and the kid of the key that signed it.

        Raises:
            TokenInvalidError: it is not authentic, or a handle that is not current.
        """
        cti = tokens.handle_cti(token)
        if cti is None:
            return tokens.read(token, self.keys)
        family = self.families.find(tokens.family(cti))
        if family is None or family.current != tokens.digest(cti) or self.keys.find(family.kid) is None:
            raise TokenInvalidError
        return self.claims(family, cti), family.kid

    def claims(self, family: Family, cti: bytes) -> Claims:
        """What the current token of a family says."""
        return Claims(
            issuer=self.expected.issuer,
            audience=self.expected.audience,
            user_id=family.user_id,
            scopes=family.scopes,
            issued_at=family.issued_at,
            expires_at=family.expires_at,
            cti=cti,
        )

    def authentic(self, token: str, now: float) -> tuple[Claims, str]:
        """As ``read``, but of a token that is meant for this service and has not expired.

        Raises:
            TokenExpiredError: it was good once.
            TokenInvalidError: it is not; ``reason`` says which check failed.
        """
        claims, kid = self.read(token)
        self.expected.check(
            issuer=claims.issuer,
            audience=claims.audience,
            issued_at=claims.issued_at,
            expires_at=claims.expires_at,
            now=now,
        )
        return claims, kid

    def verify(self, token: str, now: float) -> UserContext:
        """Who is asking with this token; nothing is said of revocation. Raises as ``authentic``."""
        claims, kid = self.authentic(token, now)
        return UserContext(
            user_id=claims.user_id,
            client_id=CLIENT_ID,
            token_id=tokens.digest(claims.cti),
            scopes=frozenset(claims.scopes),
            kid=kid,
            issued_at=claims.issued_at,
            expires_at=claims.expires_at,
            family_id=tokens.family(claims.cti),
        )
