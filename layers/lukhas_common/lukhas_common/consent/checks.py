"""Strict readings of what callers pass, each of which raises ConsentError."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.vocabulary import ROLES, ConsentScope, Purpose

_Enum = TypeVar("_Enum", bound=StrEnum)
_DATE, _TIME = r"(\d{1,4}Y)?(\d{1,4}M)?(\d{1,5}W)?(\d{1,6}D)?", r"(\d{1,6}H)?(\d{1,6}M)?(\d{1,9}S)?"
_DURATION = re.compile(rf"P(?=[\dT]){_DATE}(T(?=\d){_TIME})?", re.ASCII)
_JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def one_of(kind: type[_Enum], value: object, name: str, reason: Reason = Reason.INVALID) -> _Enum:
    """The member of an enumeration that has this value."""
    try:
        return kind(str(value))
    except ValueError:
        raise ConsentError(reason, f"{name} is not one that is known here") from None


def scope(value: object) -> ConsentScope:
    return one_of(ConsentScope, value, "scope", Reason.UNKNOWN_SCOPE)


def purpose(value: object) -> Purpose:
    return one_of(Purpose, value, "purpose", Reason.UNKNOWN_PURPOSE)


def role(value: object) -> str:
    if value not in ROLES:
        raise ConsentError(Reason.UNKNOWN_ROLE, f"a role is one of {', '.join(ROLES)}")
    return str(value)


def text(value: object, name: str, limit: int) -> str:
    """A text that has something in it, no control characters and no lone surrogates."""
    if not isinstance(value, str) or not 0 < len(value) <= limit or not value.isprintable() or value.isspace():
        raise ConsentError(Reason.INVALID, f"{name} must be a text of 1 to {limit} printable characters")
    return value


def several(values: object, name: str, limit: int) -> tuple[object, ...]:
    """At least one value, none of them twice, in a list rather than a text."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise ConsentError(Reason.INVALID, f"{name} must be a list")
    found = tuple(values)
    if not 0 < len(found) <= limit:
        raise ConsentError(Reason.INVALID, f"{name} must hold 1 to {limit} values")
    if any(value in found[:place] for place, value in enumerate(found)):
        raise ConsentError(Reason.INVALID, f"{name} holds a value twice")
    return found


def duration(value: object, name: str) -> str:
    """An ISO 8601 duration; whole days may be given as a number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1_000_000:
        return f"P{value}D"
    if isinstance(value, str) and _DURATION.fullmatch(value):
        return value
    raise ConsentError(Reason.INVALID, f"{name} must be an ISO 8601 duration such as P1Y, or a number of days")


def jurisdiction(value: object) -> str:
    """An ISO 3166 code of a country or of a subdivision."""
    if isinstance(value, str) and _JURISDICTION.fullmatch(value):
        return value
    raise ConsentError(Reason.INVALID, "jurisdiction must be an ISO 3166 code such as FR or US-CA")


def sha256(value: object, name: str) -> str:
    if isinstance(value, str) and _SHA256.fullmatch(value):
        return value
    raise ConsentError(Reason.INVALID, f"{name} must be a SHA-256 digest in lower-case hex")


def ip(value: object) -> str:
    try:
        return str(ipaddress.ip_address(value))  # type: ignore[arg-type]
    except ValueError:
        raise ConsentError(Reason.INVALID, "ip must be an IPv4 or IPv6 address") from None


def moment(value: object, name: str) -> float:
    """Seconds since the epoch, in whole milliseconds, between the years 1970 and 9999."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 253e9:
        return round(float(value), 3)
    raise ConsentError(Reason.INVALID, f"{name} must be a time in seconds since the epoch")
