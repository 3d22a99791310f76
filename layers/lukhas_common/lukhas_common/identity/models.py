"""What goes over the wire: the requests and responses of the identity endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, model_serializer

from lukhas_common.identity.users import User
from lukhas_common.strict_request import StrictRequest
from lukhas_common.times import utc

Text = Annotated[str, Field(min_length=1, max_length=256)]
Scope = Annotated[str, Field(pattern=r"^[a-z]+:[a-z]+$", max_length=64)]
Delivery = Literal["body", "cookie"]

_DELIVERY = "Where the refresh token goes: into the body, or into an httpOnly cookie, which is for browsers."


class AuthCredentials(StrictRequest):
    """A username and a password; optionally fewer scopes than the account holds."""

    username: Text = Field(examples=["ada"])
    password: Text = Field(examples=["correct-horse-battery-staple"])
    scopes: list[Scope] | None = Field(
        None, max_length=50, description="Ask for these only; without it the session gets all of the account's."
    )
    refresh_token_delivery: Delivery = Field("body", description=_DELIVERY)


class AuthResponse(BaseModel):
    """A fresh pair of tokens."""

    access_token: str = Field(
        examples=["eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOi4uLn0.c2ln"]
    )
    refresh_token: str | None = Field(
        description="Null where it travels in a cookie.", examples=["rt_AaIB7IhbfWSQpI2igZ7yo86Z..."]
    )
    token_type: Literal["bearer", "DPoP"] = Field("bearer", description="DPoP where the session is bound to a key.")
    expires_in: int = Field(description="Seconds until the access token expires.", examples=[3600])


class TokenRefreshRequest(StrictRequest):
    """A refresh token; browsers that hold it in a cookie send an empty object, OAuth clients a form."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    grant_type: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="`refresh_token`, if anything (RFC 6749, section 6).", examples=["refresh_token"]
    )


class Registration(StrictRequest):
    """A new account. Passwords have at least 15 characters; any characters will do."""

    username: Text = Field(examples=["ada"])
    password: Text = Field(examples=["correct-horse-battery-staple"])


class PasswordChange(StrictRequest):
    """The present password and the one that replaces it."""

    old_password: Text
    new_password: Text
    refresh_token_delivery: Delivery = Field("body", description=_DELIVERY)


class UserProfile(BaseModel):
    """An account, without its secrets."""

    user_id: str = Field(examples=["01a201ec-885b-7d64-90a4-8da2819ef2a3"])
    username: str = Field(examples=["ada"])
    scopes: list[str] = Field(examples=[["identity:read", "identity:write", "qrg:issue"]])
    created_at: datetime = Field(examples=["2026-11-22T06:23:54.727000Z"])

    @classmethod
    def of(cls, user: User) -> UserProfile:
        return cls(
            user_id=user.user_id,
            username=user.username,
            scopes=list(user.scopes),
            created_at=utc(user.created_at),
        )


class LoggedOut(BaseModel):
    """The session has ended."""

    status: Literal["logged_out"] = "logged_out"


class TokenParameters(StrictRequest):
    """A token that the request is about (RFC 7009, RFC 7662)."""

    token: Annotated[str, Field(min_length=1)] = Field(
        description="An access token, a refresh token or a QRG token in either form.",
        examples=["QRG_1f5fa3b0c2d94e6f8a7b6c5d4e3f2a1b"],
    )
    token_type_hint: str | None = Field(None, description="Not needed: what a token is can be seen.")


class Revoked(BaseModel):
    """The token is not good, whatever it was before."""

    status: Literal["revoked"] = "revoked"


class Confirmation(BaseModel):
    """The key that a token is bound to (RFC 9449, section 6.1)."""

    jkt: str


class _Sparse(BaseModel):
    """Members without a value are left out."""

    @model_serializer(mode="wrap")
    def _without_nulls(self, serialize: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]
        return {name: value for name, value in serialize(self).items() if value is not None}


class TokenState(_Sparse):
    """Whether a token is good; nothing else is said of one that is not (RFC 7662, section 2.2)."""

    active: bool
    scope: str | None = Field(default=None, examples=["identity:read"])
    client_id: str | None = Field(default=None, examples=["lukhas"])
    sub: str | None = Field(default=None, examples=["01a201ec-885b-7d64-90a4-8da2819ef2a3"])
    iss: str | None = Field(default=None, examples=["lukhas.id"])
    aud: str | None = Field(default=None, examples=["lukhas-api"])
    exp: int | None = Field(default=None, examples=[1795336800])
    iat: int | None = None
    jti: str | None = None
    token_type: Literal["Bearer", "DPoP"] | None = None
    cnf: Confirmation | None = None


class JsonWebKey(_Sparse):
    """A public key: EC (RFC 7518), OKP (RFC 8037) or AKP (RFC 9964)."""

    kty: Literal["EC", "OKP", "AKP"]
    kid: str = Field(description="The RFC 7638 thumbprint.")
    alg: str = Field(examples=["ES256"])
    use: Literal["sig"]
    crv: str | None = None
    x: str | None = None
    y: str | None = None
    pub: str | None = None


class JsonWebKeySet(BaseModel):
    """The keys that verify tokens."""

    keys: list[JsonWebKey]


class ServerMetadata(BaseModel):
    """Authorization server metadata (RFC 8414)."""

    issuer: str = Field(examples=["https://id.example.org"])
    jwks_uri: str
    token_endpoint: str
    revocation_endpoint: str
    introspection_endpoint: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_methods_supported: list[str]
    dpop_signing_alg_values_supported: list[str]


class Health(BaseModel):
    """The service can reach its storage."""

    status: Literal["healthy"] = "healthy"
    stage: str
