"""What goes over the wire of the QRG endpoints."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from lukhas_common.identity.models import Scope
from lukhas_common.qrg.issuer import QRGToken
from lukhas_common.qrg.tokens import MAX_TTL
from lukhas_common.strict_request import StrictRequest

Scopes = Annotated[list[Scope], Field(min_length=1, max_length=50)]


class QRGRequest(StrictRequest):
    """What a new token may do, and for how long."""

    scopes: Scopes = Field(
        description="Scopes that the caller holds; `qrg:issue` cannot be handed on.", examples=[["identity:read"]]
    )
    ttl_seconds: int = Field(3600, ge=1, le=MAX_TTL, description="The service may grant less: see `expires_in`.")


class QRGRotation(StrictRequest):
    """A token to replace, and fewer scopes if wanted."""

    token: Annotated[str, Field(min_length=1, max_length=8192)] = Field(
        examples=["QRG_1f5fa3b0c2d94e6f8a7b6c5d4e3f2a1b"]
    )
    scopes: Scopes | None = Field(None, description="Fewer scopes than the token has; without it, all of them.")


class QRGTokenResponse(BaseModel):
    """A token in both forms; either is a bearer token."""

    token: str = Field(
        description="The long form: verified offline with the published keys.",
        examples=["QRG_0oRYSKMBOC8EWCC4lpqzfamf..."],
    )
    handle: str = Field(
        description="The short form: looked up by this service only.", examples=["QRG_1f5fa3b0c2d94e6f8a7b6c5d4e3f2a1b"]
    )
    token_type: Literal["bearer"] = "bearer"
    expires_in: int = Field(description="Seconds that the token was given.", examples=[3600])
    scopes: list[str] = Field(examples=[["identity:read"]])

    @classmethod
    def of(cls, made: QRGToken) -> QRGTokenResponse:
        claims = made.claims
        return cls(
            token=made.token,
            handle=made.handle,
            expires_in=claims.expires_at - claims.issued_at,
            scopes=list(claims.scopes),
        )
