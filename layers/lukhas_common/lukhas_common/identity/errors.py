"""Why identity refuses: one reason per case, stable for clients and logs."""

from enum import StrEnum


class Reason(StrEnum):
    """A stable code; problems.py says which status each becomes."""

    # at the door
    ROUTE_UNKNOWN = "route_unknown"
    HTTPS_REQUIRED = "https_required"
    AUTHORIZATION_MISSING = "authorization_missing"
    AUTHORIZATION_MALFORMED = "authorization_malformed"
    TOKEN_INVALID = "token_invalid"
    SIGNATURE_INVALID = "signature_invalid"
    TOKEN_EXPIRED = "token_expired"
    ISSUER_UNKNOWN = "issuer_unknown"
    AUDIENCE_MISMATCH = "audience_mismatch"
    TOKEN_REVOKED = "token_revoked"
    SCOPE_MISSING = "scope_missing"
    DPOP_PROOF_INVALID = "dpop_proof_invalid"
    DPOP_PROOF_REUSED = "dpop_proof_reused"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    # accounts
    USERNAME_INVALID = "username_invalid"
    USERNAME_TAKEN = "username_taken"
    PASSWORD_WEAK = "password_weak"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    USER_NOT_FOUND = "user_not_found"
    # sessions
    CREDENTIALS_INVALID = "credentials_invalid"
    LOGIN_THROTTLED = "login_throttled"
    SCOPE_NOT_GRANTED = "scope_not_granted"
    REFRESH_TOKEN_INVALID = "refresh_token_invalid"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"
    SESSION_ENDED = "session_ended"
    GRANT_TYPE_UNSUPPORTED = "grant_type_unsupported"
    # QRG tokens
    QRG_TOKEN_ROTATED = "qrg_token_rotated"


class IdentityError(Exception):
    """Identity refuses; ``reason`` says why, ``detail`` what to do next.

    Attributes:
        retry_after: seconds to wait before trying again, where waiting helps.
    """

    def __init__(self, reason: Reason, detail: str, retry_after: int | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after


class TokenInvalidError(IdentityError):
    """The token does not prove who is asking."""

    def __init__(self, reason: Reason = Reason.TOKEN_INVALID) -> None:
        super().__init__(reason, "Get a new token; this one is not good, or not good any more.")


class TokenExpiredError(TokenInvalidError):
    """The token was valid once."""

    def __init__(self) -> None:
        super().__init__(Reason.TOKEN_EXPIRED)
