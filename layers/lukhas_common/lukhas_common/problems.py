"""Errors as RFC 9457 problem details, and the one table from reason to status code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lukhas_common import times
from lukhas_common.access.errors import AccessReason
from lukhas_common.consciousness.errors import ConsciousnessReason
from lukhas_common.consent.errors import Reason as Consent
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.identity.errors import Reason
from lukhas_common.memory.errors import MemoryReason
from lukhas_common.privacy.anonymity.table import AnonymityReason
from lukhas_common.privacy.errors import PrivacyReason
from lukhas_common.privacy.redaction.errors import RedactionReason

MEDIA_TYPE = "application/problem+json"


class HttpReason(StrEnum):
    """Why a request is refused before any domain looks at it, or after all of them failed."""

    BODY_INVALID = "body_invalid"
    MEDIA_TYPE_UNSUPPORTED = "media_type_unsupported"
    REQUEST_INVALID = "request_invalid"
    AUTHENTICATION_REQUIRED = "authentication_required"
    NOT_FOUND = "not_found"
    ERASED = "erased"
    INTERNAL = "internal_error"


STATUS: dict[StrEnum, HTTPStatus] = {
    HttpReason.BODY_INVALID: HTTPStatus.BAD_REQUEST,
    HttpReason.MEDIA_TYPE_UNSUPPORTED: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HttpReason.REQUEST_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    HttpReason.AUTHENTICATION_REQUIRED: HTTPStatus.UNAUTHORIZED,
    HttpReason.NOT_FOUND: HTTPStatus.NOT_FOUND,
    HttpReason.ERASED: HTTPStatus.GONE,
    HttpReason.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
    Reason.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    Reason.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.USERNAME_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Reason.USERNAME_TAKEN: HTTPStatus.CONFLICT,
    Reason.PASSWORD_WEAK: HTTPStatus.UNPROCESSABLE_ENTITY,
    Reason.IDEMPOTENCY_KEY_REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Reason.USER_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Reason.CREDENTIALS_INVALID: HTTPStatus.UNAUTHORIZED,
    Reason.LOGIN_THROTTLED: HTTPStatus.TOO_MANY_REQUESTS,
    Reason.SCOPE_NOT_GRANTED: HTTPStatus.FORBIDDEN,
    Reason.REFRESH_TOKEN_INVALID: HTTPStatus.UNAUTHORIZED,
    Reason.REFRESH_TOKEN_REUSED: HTTPStatus.UNAUTHORIZED,
    Reason.SESSION_ENDED: HTTPStatus.UNAUTHORIZED,
    Reason.DPOP_PROOF_INVALID: HTTPStatus.BAD_REQUEST,
    Reason.DPOP_PROOF_REUSED: HTTPStatus.BAD_REQUEST,
    Reason.GRANT_TYPE_UNSUPPORTED: HTTPStatus.BAD_REQUEST,
    Reason.TOKEN_INVALID: HTTPStatus.BAD_REQUEST,
    Reason.SIGNATURE_INVALID: HTTPStatus.BAD_REQUEST,
    Reason.TOKEN_EXPIRED: HTTPStatus.BAD_REQUEST,
    Reason.ISSUER_UNKNOWN: HTTPStatus.BAD_REQUEST,
    Reason.AUDIENCE_MISMATCH: HTTPStatus.BAD_REQUEST,
    Reason.TOKEN_REVOKED: HTTPStatus.BAD_REQUEST,
    Reason.QRG_TOKEN_ROTATED: HTTPStatus.CONFLICT,
    AccessReason.ACCESS_DENIED: HTTPStatus.FORBIDDEN,
    AccessReason.CONSENT_REQUIRED: HTTPStatus.FORBIDDEN,
    AccessReason.ROLE_AMBIGUOUS: HTTPStatus.FORBIDDEN,
    Consent.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Consent.UNKNOWN_SCOPE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Consent.UNKNOWN_PURPOSE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Consent.UNKNOWN_ROLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Consent.UNKNOWN_CATEGORY: HTTPStatus.UNPROCESSABLE_ENTITY,
    Consent.UNKNOWN_EVENT: HTTPStatus.UNPROCESSABLE_ENTITY,
    Consent.CATEGORY_NOT_IN_SCOPE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Consent.EXPLICIT_CONSENT_REQUIRED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Consent.EXPIRY_REQUIRED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Consent.EXPIRY_IN_THE_PAST: HTTPStatus.UNPROCESSABLE_ENTITY,
    Consent.TOO_MANY_GRANTS: HTTPStatus.CONFLICT,
    Consent.UNREADABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    GuardianReason.ACTION_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    GuardianReason.POLICIES_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    GuardianReason.POLICIES_EXIST: HTTPStatus.CONFLICT,
    GuardianReason.POLICIES_IN_USE: HTTPStatus.CONFLICT,
    GuardianReason.POLICIES_UNKNOWN: HTTPStatus.NOT_FOUND,
    GuardianReason.POLICIES_UNTRUSTED: HTTPStatus.SERVICE_UNAVAILABLE,
    GuardianReason.NOTHING_TO_ROLL_BACK: HTTPStatus.CONFLICT,
    GuardianReason.DECISION_UNKNOWN: HTTPStatus.NOT_FOUND,
    GuardianReason.NOT_OVERRIDABLE: HTTPStatus.CONFLICT,
    GuardianReason.PROPOSAL_UNNAMED: HTTPStatus.CONFLICT,
    GuardianReason.SECOND_PERSON_REQUIRED: HTTPStatus.CONFLICT,
    GuardianReason.GUARDIAN_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    MemoryReason.MEMORY_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    MemoryReason.MEMORY_UNKNOWN: HTTPStatus.NOT_FOUND,
    MemoryReason.MEMORY_FADED: HTTPStatus.GONE,
    MemoryReason.MEMORY_BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    MemoryReason.MEMORY_DAMAGED: HTTPStatus.SERVICE_UNAVAILABLE,
    MemoryReason.IDEMPOTENCY_KEY_REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    PrivacyReason.EVENT_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    PrivacyReason.STATISTIC_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    PrivacyReason.DATASET_UNKNOWN: HTTPStatus.NOT_FOUND,
    PrivacyReason.BUDGET_EXHAUSTED: HTTPStatus.CONFLICT,
    PrivacyReason.IDEMPOTENCY_KEY_REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    ConsciousnessReason.BASELINE_MISMATCH: HTTPStatus.UNPROCESSABLE_ENTITY,
    ConsciousnessReason.SERIES_BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    ConsciousnessReason.TOO_MANY_SERIES: HTTPStatus.CONFLICT,
    ConsciousnessReason.SUBSYSTEM_RESERVED: HTTPStatus.CONFLICT,
    ConsciousnessReason.TOO_MANY_SUBSYSTEMS: HTTPStatus.CONFLICT,
    AnonymityReason.TABLE_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    AnonymityReason.TABLE_TOO_LARGE: HTTPStatus.UNPROCESSABLE_ENTITY,
    AnonymityReason.ANONYMITY_UNREACHABLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    RedactionReason.TOKEN_UNREADABLE: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""Reasons of the authorizer that are not here never reach an endpoint: the gateway answers them. Those about tokens
become these where a token is what the request is about."""

OAUTH_ERROR: dict[StrEnum, str] = {
    HttpReason.BODY_INVALID: "invalid_request",
    HttpReason.REQUEST_INVALID: "invalid_request",
    Reason.REFRESH_TOKEN_INVALID: "invalid_grant",
    Reason.REFRESH_TOKEN_REUSED: "invalid_grant",
    Reason.SESSION_ENDED: "invalid_grant",
    Reason.SCOPE_NOT_GRANTED: "invalid_scope",
    Reason.GRANT_TYPE_UNSUPPORTED: "unsupported_grant_type",
    Reason.DPOP_PROOF_INVALID: "invalid_dpop_proof",
    Reason.DPOP_PROOF_REUSED: "invalid_dpop_proof",
}
"""What OAuth clients look for in the member ``error`` (RFC 6749, section 5.2; RFC 9449, section 5)."""


class InvalidField(BaseModel):
    """One thing wrong with a request; the value itself is never repeated."""

    field: str = Field(examples=["password"])
    message: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """An error (RFC 9457). ``code`` is stable; ``detail`` says what to do."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["urn:lukhas:problem:credentials_invalid"])
    title: str = Field(examples=["Unauthorized"])
    status: int = Field(examples=[401])
    detail: str = Field(examples=["Username or password is wrong."])
    code: str = Field(examples=["credentials_invalid"])
    request_id: str | None = Field(None, description="Quote it when asking for help.")
    errors: list[InvalidField] | None = None
    error: str | None = Field(None, description="The same for OAuth clients.", examples=["invalid_grant"])


@dataclass(frozen=True)
class Refusal(Exception):
    """A request that is answered with a problem."""

    reason: StrEnum
    detail: str
    errors: tuple[InvalidField, ...] = ()
    retry_after: int | None = None

    @property
    def status(self) -> HTTPStatus:
        return STATUS[self.reason]

    def answer(self, request_id: str | None) -> dict[str, Any]:
        """The answer in API Gateway's payload format 2.0."""
        problem = Problem(
            type=f"urn:lukhas:problem:{self.reason}",
            title=title(self.status),
            status=self.status,
            detail=self.detail,
            code=self.reason,
            request_id=request_id,
            errors=list(self.errors) or None,
            error=OAUTH_ERROR.get(self.reason),
        )
        headers = {"Content-Type": MEDIA_TYPE}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return {
            "statusCode": int(self.status),
            "headers": headers,
            "cookies": [],
            "body": problem.model_dump_json(exclude_none=True),
            "isBase64Encoded": False,
        }


def invalid(*fields: InvalidField) -> Refusal:
    """What is said to a request with fields that are wrong."""
    return Refusal(HttpReason.REQUEST_INVALID, "Correct the fields that are named in errors.", fields)


def moment(text: str, field: str) -> float:
    """Seconds since the epoch of a time that was sent.

    Raises:
        Refusal: it is none.
    """
    try:
        return times.from_rfc3339(text)
    except (ValueError, OverflowError):
        message = "a time in RFC 3339 is wanted, as 2026-11-23T12:00:00Z"
        raise invalid(InvalidField(field=field, message=message)) from None


def title(status: HTTPStatus) -> str:
    """The name of a status in RFC 9110, which Python before 3.13 does not have for 422."""
    return "Unprocessable Content" if status == HTTPStatus.UNPROCESSABLE_ENTITY else status.phrase


def by_status(reasons: Iterable[StrEnum]) -> dict[HTTPStatus, list[StrEnum]]:
    """The reasons grouped by the status they become, in order."""
    grouped: dict[HTTPStatus, list[StrEnum]] = {}
    for reason in reasons:
        grouped.setdefault(STATUS[reason], []).append(reason)
    return dict(sorted(grouped.items()))
