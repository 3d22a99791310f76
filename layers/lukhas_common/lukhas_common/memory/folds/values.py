"""Texts of a fixed form and the numbers they stand for; each form is taken only where it gives the same text back."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

Value = TypeVar("Value")
Found = TypeVar("Found")

RANDOM_BITS = 74
"""Bits of a UUIDv7 that are not its time, its version or its variant."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FAR = 1e11
"""Seconds, which is some three thousand years: a float tells milliseconds apart there."""

_MILLISECOND = timedelta(milliseconds=1)


def scalar(value: Any) -> bool:
    """Whether this is neither an array nor an object."""
    return not isinstance(value, (dict, list))


def all_of(read: Callable[[Value], Found | None], values: Sequence[Value]) -> list[Found] | None:
    """What is read from each; None if nothing is from one."""
    found = [one for value in values if (one := read(value)) is not None]
    return found if len(found) == len(values) else None


def uuid_number(text: str) -> int | None:
    """The 128 bits of a UUID in lower case, None for any other text."""
    return int(text.replace("-", ""), 16) if _UUID.fullmatch(text) else None


def uuid_text(number: int) -> str:
    """A UUID in lower case."""
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def split_uuid7(number: int) -> tuple[int, int] | None:
    """Milliseconds and random bits of a UUIDv7, None for any other UUID (RFC 9562, section 5.7)."""
    if number >> 76 & 0xF != 7 or number >> 62 & 0x3 != 2:
        return None
    return number >> 80, (number >> 64 & 0xFFF) << 62 | number & (1 << 62) - 1


def join_uuid7(milliseconds: int, random: int) -> int:
    """The UUIDv7 with these.

    Raises:
        ValueError: none has this time.
    """
    if not 0 <= milliseconds < 1 << 48:
        raise ValueError("no UUIDv7 has this time")
    return milliseconds << 80 | 7 << 76 | random >> 62 << 64 | 2 << 62 | random & (1 << 62) - 1


def milliseconds(text: str) -> int | None:
    """Since the epoch, of a time in RFC 3339 with three decimals and ``Z``; None for any other text."""
    if not _TIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    since = (moment - _EPOCH) // _MILLISECOND
    return since if time_text(since) == text else None


def time_text(since: int) -> str:
    """The time so many milliseconds after the epoch.

    Raises:
        ValueError: its year has not four digits.
    """
    try:
        moment = _EPOCH + since * _MILLISECOND
    except OverflowError:
        raise ValueError("no such time") from None
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def whole_milliseconds(value: Any) -> int | None:
    """Of a time in seconds since the epoch, which is a float; None for any other value."""
    if not isinstance(value, float) or abs(value) >= _FAR:
        return None
    since = round(value * 1000)
    return since if repr(seconds(since)) == repr(value) else None


def seconds(since: int) -> float:
    """So many milliseconds.

    Raises:
        OverflowError: no float has them.
    """
    return since / 1000


def from_hex(texts: Sequence[str]) -> list[bytes] | None:
    """The bytes of texts in hex and lower case; None if one is anything else."""
    try:
        decoded = [bytes.fromhex(text) for text in texts]
    except ValueError:
        return None
    return decoded if [data.hex() for data in decoded] == list(texts) else None


def from_base64(texts: Sequence[str]) -> list[bytes] | None:
    """The bytes of texts in base64 (RFC 4648, section 4); None if one is anything else."""
    try:
        decoded = [base64.b64decode(text, validate=True) for text in texts]
    except (binascii.Error, ValueError):
        return None
    return decoded if [to_base64(data) for data in decoded] == list(texts) else None


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
