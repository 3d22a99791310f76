"""Rows of consent from elsewhere: checked, and named so that each is known again.

The name of a row is a hash of its source, of what it says, and of its place among rows that say the same. So it stays
when the file is sorted anew, gets more rows, or is written in the other layout.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lukhas_common import times
from lukhas_common.consent import checks
from lukhas_common.consent.backfill_files import Columns, Given, UnfitError, read_file
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.models import ConsentGrant, EventType, IndicationMethod, stream_of
from lukhas_common.ledger.records import canonical

EVENTS = (EventType.GRANTED, EventType.WITHDRAWN, EventType.REVOKED)
NOTICE = ("notice_id", "notice_version", "notice_sha256")
_LISTS = ("purposes", "recipients", "data_categories")
_MOMENTS = ("indicated_at", "expires_at")
_ALWAYS = ("user_id", "event", "scope", "indicated_at")
_GRANT_NEEDS = ("purposes", "recipients")
_GRANT_ONLY = ("recipients", "legal_basis", "data_categories", "jurisdiction", *NOTICE, "retention", "expires_at")
_END_ONLY = ("reason",)
FIELDS = (*_ALWAYS, "purposes", *_GRANT_ONLY, "method", "channel", *_END_ONLY)

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
_DAYS = re.compile(r"[0-9]{1,6}", re.ASCII)
_FIELD_OF = {
    Reason.UNKNOWN_SCOPE: "scope",
    Reason.UNKNOWN_PURPOSE: "purposes",
    Reason.UNKNOWN_ROLE: "recipients",
    Reason.UNKNOWN_CATEGORY: "data_categories",
    Reason.CATEGORY_NOT_IN_SCOPE: "data_categories",
    Reason.EXPLICIT_CONSENT_REQUIRED: "legal_basis",
}

Said = dict[str, Any]
"""What a row says: texts and lists of texts, by field; what it leaves empty is not in it."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that is not imported. It repeats nothing of what the row says.

    Attributes:
        line: where the row begins in the file, from 1.
        reason: stable; ``detail`` names the field.
        row_id: None where the row could not be read.
    """

    line: int
    reason: str
    detail: str
    row_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"line": self.line, "row": self.row_id, "reason": self.reason, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Row:
    """One event, checked. What was said is held as JSON, which takes a third of the memory."""

    line: int
    row_id: str
    user_id: str
    event: EventType
    indicated_at: float
    content: bytes

    @property
    def said(self) -> Said:
        said: Said = json.loads(self.content)
        return said

    @property
    def order(self) -> tuple[float, bool, str]:
        """Sorts the events of one person: what ends consent comes after what was granted in the same millisecond."""
        return self.indicated_at, self.event is not EventType.GRANTED, self.row_id


def read_rows(data: bytes, layout: str, source: str, now: float) -> Iterator[Row | Rejection]:
    """The rows of a file, in its order.

    Args:
        layout: ``csv`` or ``jsonl``.
        source: where the rows come from; part of their names.
        now: seconds since the epoch; nothing can have happened later.

    Raises:
        FileError: it has no usable header.
    """
    alike: Counter[bytes] = Counter()
    for line, given in read_file(data, layout, Columns(FIELDS, _ALWAYS, _LISTS)):
        row_id = None
        try:
            if isinstance(given, UnfitError):
                raise given
            said = _normal(given)
            content = canonical(said)
            digest = hashlib.sha256(content).digest()
            row_id = hashlib.sha256(canonical([source, said, alike[digest]])).hexdigest()
            alike[digest] += 1
            event, indicated_at = _checked(said, now)
            yield Row(line, row_id, said["user_id"], event, indicated_at, content)
        except UnfitError as unfit:
            yield Rejection(line, unfit.reason, unfit.detail, row_id)
        except ConsentError as error:
            yield rejected(line, row_id, error)


def rejected(line: int, row_id: str | None, error: ConsentError) -> Rejection:
    """The rejection of a row that consent's own rules refuse."""
    field, detail = _FIELD_OF.get(error.reason), error.detail.replace("notice.", "notice_")
    named = detail if field is None or field in detail else f"{field}: {detail}"
    return Rejection(line, error.reason.value, named, row_id)


def grant_of(said: Said) -> ConsentGrant:
    """What a row grants. Nothing is made up for what it leaves out: who shows no notice has none on record.

    Raises:
        ConsentError: it cannot be granted.
    """
    fields = {name: value for name, value in said.items() if name not in (*_ALWAYS, *NOTICE)}
    notice = {name.removeprefix("notice_"): said[name] for name in NOTICE if name in said}
    if notice:
        fields["notice"] = notice
    if _DAYS.fullmatch(said.get("retention", "")):
        fields["retention"] = int(said["retention"])
    return ConsentGrant.read({"method": IndicationMethod.IMPORTED, **fields, "scope": said["scope"]})


def end_of(said: Said) -> dict[str, Any]:
    """How a row ends consent: the arguments of the manager's ``withdraw`` and ``revoke``.

    Raises:
        ConsentError: one of them is not as it has to be.
    """
    end: dict[str, Any] = {"scope": checks.scope(said["scope"])}
    end["method"] = checks.one_of(IndicationMethod, said.get("method", IndicationMethod.IMPORTED), "method")
    if "purposes" in said:
        end["purpose"] = checks.purpose(said["purposes"][0])
    for name, limit in (("channel", 64), ("reason", 500)):
        if name in said:
            end[name] = checks.text(said[name], name, limit)
    return end


def _normal(given: Given) -> Said:
    """What a row says, the same however it was written: times in UTC, days as text, nothing empty."""
    said: Said = {}
    for name, value in given.items():
        if name not in FIELDS:
            shown = name if _NAME.fullmatch(name) else "one of its names"
            raise UnfitError("unknown_field", f"{shown} is no field that is known")
        if name in _LISTS and isinstance(value, list):
            value = [item for item in value if item != ""]  # noqa: PLW2901 - cells may end with a separator
        if value is None or value in ("", []):
            continue
        said[name] = _value(name, value)
    return said


def _value(name: str, value: object) -> object:
    if name in _LISTS:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise UnfitError(Reason.INVALID.value, f"{name} must be a list of texts")
    if name == "retention" and isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise UnfitError(Reason.INVALID.value, f"{name} must be a text")
    moment = _seconds(value) if name in _MOMENTS else None
    return value if moment is None else times.rfc3339(moment)


def _seconds(text: str) -> float | None:
    try:
        return times.from_rfc3339(times.rfc3339(times.from_rfc3339(text)))
    except (ValueError, OverflowError, OSError):
        return None


def _checked(said: Said, now: float) -> tuple[EventType, float]:
    """The event and when it happened, of a row that the ledger can take."""
    missing = [name for name in _ALWAYS if name not in said]
    if missing:
        raise UnfitError("missing", f"{missing[0]} is missing")
    stream_of(said["user_id"])
    event = next((event for event in EVENTS if event.value == said["event"]), None)
    if event is None:
        raise UnfitError(Reason.UNKNOWN_EVENT.value, f"event must be one of {', '.join(EVENTS)}")
    indicated_at = _seconds(said["indicated_at"])
    if indicated_at is None:
        raise UnfitError(Reason.INVALID.value, "indicated_at must be a time in RFC 3339, with its offset from UTC")
    if checks.moment(indicated_at, "indicated_at") > now:
        raise UnfitError("in_the_future", "indicated_at must not be in the future")
    for name in _END_ONLY if event is EventType.GRANTED else _GRANT_ONLY:
        if name in said:
            raise UnfitError("not_for_this_event", f"{name} must be left empty where consent is {event.value}")
    if event is EventType.GRANTED:
        _check_grant(said, indicated_at)
    elif len(said.get("purposes", ())) > 1:
        raise UnfitError("not_for_this_event", "purposes must name one at most where consent ends: use a row for each")
    else:
        end_of(said)
    return event, indicated_at


def _check_grant(said: Said, indicated_at: float) -> None:
    for name in _GRANT_NEEDS:
        if name not in said:
            raise UnfitError("missing", f"{name} is missing: consent is to something definite")
    expires_at = grant_of(said).expires_at
    if expires_at is not None and expires_at <= indicated_at:
        raise UnfitError(Reason.EXPIRY_IN_THE_PAST.value, "expires_at must be later than indicated_at")
