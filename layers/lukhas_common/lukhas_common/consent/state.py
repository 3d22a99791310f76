"""What a person chose, for each scope and purpose, as the newest entry of their stream carries it.

A choice stays until another about the same scope and purpose takes its place: a withdrawal, too, so that a grant of a
broader scope does not undo it. A withdrawal takes all grants beneath it away, and leaves the withdrawals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lukhas_common import times
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.vocabulary import SUBTREE, ConsentScope
from lukhas_common.ledger.erasure import KIND as ERASURE
from lukhas_common.ledger.ledger import Opened

ANY = "*"
"""The purpose of a withdrawal that is about every purpose."""

GIVEN = "given"

KINDS = "consent."
"""How the kinds of this stream's entries begin."""

MAX_GRANTS = 100
"""Grants that stand at a time; with every other scope and purpose withdrawn, they still fit one entry."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person last chose for a scope and a purpose. Times are seconds since the epoch.

    Attributes:
        status: ``given``, ``withdrawn`` or ``revoked``.
        at: when it was chosen.
        seq, record_hash: of the entry and the consent record that it rests on; ``entry_hash`` is None while it is not
            stored yet.
        categories: the only ones it extends to, None for all.
    """

    scope: str
    purpose: str
    status: str
    at: float
    seq: int
    record_hash: str
    entry_hash: str | None = None
    recipients: tuple[str, ...] = ()
    categories: tuple[str, ...] | None = None
    legal_basis: str | None = None
    jurisdiction: str | None = None
    expires_at: float | None = None

    @property
    def key(self) -> Key:
        return self.scope, self.purpose

    def to_json(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "scope": self.scope,
            "purpose": self.purpose,
            "status": self.status,
            "at": times.rfc3339(self.at),
            "seq": self.seq,
            "record_hash": self.record_hash,
            "entry_hash": self.entry_hash,
            "recipients": list(self.recipients),
            "categories": None if self.categories is None else list(self.categories),
            "legal_basis": self.legal_basis,
            "jurisdiction": self.jurisdiction,
            "expires_at": None if self.expires_at is None else times.rfc3339(self.expires_at),
        }
        return {name: value for name, value in said.items() if value is not None and value != []}

    @classmethod
    def from_json(cls, said: Mapping[str, Any], newest: tuple[int, str] | None = None) -> Choice:
        """The choice, of which the entry's own hash may be known only now.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        seq, entry_hash = said["seq"], said.get("entry_hash")
        if newest is not None and seq == newest[0]:
            entry_hash = newest[1]
        categories, expires_at = said.get("categories"), said.get("expires_at")
        return cls(
            said["scope"],
            said["purpose"],
            said["status"],
            times.from_rfc3339(said["at"]),
            seq,
            said["record_hash"],
            entry_hash,
            tuple(said.get("recipients", ())),
            None if categories is None else tuple(categories),
            said.get("legal_basis"),
            said.get("jurisdiction"),
            None if expires_at is None else times.from_rfc3339(expires_at),
        )


def choices_of(newest: Opened | None) -> dict[Key, Choice]:
    """All choices after this entry; none where everything was erased.

    Raises:
        ConsentError: the entry is no entry about consent.
    """
    if newest is None or newest.record is None or newest.record.kind == ERASURE:
        return {}
    if not newest.record.kind.startswith(KINDS):
        raise ConsentError(Reason.UNREADABLE, "the newest entry of the stream is not about consent")
    own = (newest.entry.seq, newest.entry.hash.hex())
    try:
        choices = [Choice.from_json(said, own) for said in newest.body["active"]]
    except (KeyError, TypeError, ValueError):
        raise ConsentError(Reason.UNREADABLE, "the newest entry of the stream cannot be read") from None
    return {choice.key: choice for choice in choices}


def latest(choices: Mapping[Key, Choice]) -> float:
    """When the person last chose anything."""
    return max((choice.at for choice in choices.values()), default=0.0)


def granted(choices: Mapping[Key, Choice], grants: Iterable[Choice]) -> dict[Key, Choice]:
    """The choices after a grant.

    Raises:
        ConsentError: too many grants stand.
    """
    after = {**choices, **{grant.key: grant for grant in grants}}
    if sum(choice.status == GIVEN for choice in after.values()) > MAX_GRANTS:
        raise ConsentError(Reason.TOO_MANY_GRANTS, f"at most {MAX_GRANTS} grants stand at a time: withdraw some first")
    return after


def withdrawn(choices: Mapping[Key, Choice], scope: ConsentScope, mark: Choice) -> dict[Key, Choice]:
    """The choices after a withdrawal of a scope, for one purpose or for ANY.

    Grants that were given after the time of the withdrawal, which then was imported late, remain.
    """
    after = {
        key: choice
        for key, choice in choices.items()
        if choice.scope not in SUBTREE[scope]
        or mark.purpose not in (choice.purpose, ANY)
        or choice.at > mark.at
        or (choice.status != GIVEN and choice.scope != scope)
    }
    after.setdefault(mark.key, mark)
    return after
