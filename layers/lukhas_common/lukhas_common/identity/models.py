"""What goes over the wire: the requests and responses of the identity endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lukhas_common.identity.users import User
from lukhas_common.times import utc

Text = Annotated[str, Field(min_length=1, max_length=256)]
Scope = Annotated[str, Field(pattern=r"^[a-z]+:[a-z]+$", max_length=64)]
Delivery = Literal["body", "cookie"]

_DELIVERY = "Where the refresh token goes: into the body, or into an httpOnly cookie, which is for browsers."


class _Request(BaseModel):
    """Unknown members are refused, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class AuthCredentials(_Request):
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
    token_type: Literal["bearer"] = "bearer"
    expires_in: int = Field(description="Seconds until the access token expires.", examples=[3600])


class TokenRefreshRequest(_Request):
    """A refresh token; browsers that hold it in a cookie send an empty object."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=512)] | None = None


class Registration(_Request):
    """A new account. Passwords have at least 15 characters; any characters will do."""

    username: Text = Field(examples=["ada"])
    password: Text = Field(examples=["correct-horse-battery-staple"])


class PasswordChange(_Request):
    """The present password and the one that replaces it."""

    old_password: Text
    new_password: Text
    refresh_token_delivery: Delivery = Field("body", description=_DELIVERY)


class UserProfile(BaseModel):
    """An account, without its secrets."""

    user_id: str = Field(examples=["01a201ec-885b-7d64-90a4-8da2819ef2a3"])
    username: str = Field(examples=["ada"])
    scopes: list[str] = Field(examples=[["identity:read", "identity:write"]])
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


class JsonWebKey(BaseModel):
    """A public key (RFC 7517) that verifies access tokens."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    alg: str
    use: Literal["sig"]


class JsonWebKeySet(BaseModel):
    """The keys that verify access tokens."""

    keys: list[JsonWebKey]


class Health(BaseModel):
    """The service can reach its storage."""

    status: Literal["healthy"] = "healthy"
    stage: str
