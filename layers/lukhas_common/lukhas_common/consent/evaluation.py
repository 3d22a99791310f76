"""Whether the choices of a person allow something: a function of what is passed to it, so that it can be replayed.

To ask for a scope is to ask for all that it holds. For each, the nearest choice decides: that of the scope itself, or
else of the next one above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from lukhas_common import times
from lukhas_common.consent import checks
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.models import categories
from lukhas_common.consent.rules import Rules
from lukhas_common.consent.state import ANY, GIVEN, Choice, Key
from lukhas_common.consent.vocabulary import (
    ALL_CATEGORIES,
    CATEGORIES,
    LINEAGE,
    SENSITIVITY,
    SPECIAL_CATEGORIES,
    SUBTREE,
    ConsentScope,
    LegalBasis,
    Purpose,
)


class Refusal(StrEnum):
    """Why a scope is not covered by consent."""

    NEVER_GRANTED = "never_granted"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"
    OTHER_PURPOSE = "other_purpose"
    OTHER_ROLE = "other_role"
    OTHER_CATEGORY = "other_category"
    NOT_EXPLICIT = "not_explicit"


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants: a role, for a purpose, from some scopes.

    Attributes:
        data_categories: the only ones that are wanted; None for all that the scopes hold.
        jurisdiction: whose rules hold beside those of the jurisdiction that the grant names.
    """

    role: str
    scopes: tuple[ConsentScope, ...]
    purpose: Purpose = Purpose.SERVICE_PROVISION
    data_categories: frozenset[str] | None = None
    jurisdiction: str | None = None

    @classmethod
    def read(
        cls,
        role: object,
        scopes: object,
        purpose: object,
        data_categories: Iterable[str] | None,
        jurisdiction: object,
    ) -> Request:
        """A request, all of which is known.

        Raises:
            ConsentError: something is unknown or missing.
        """
        wanted = tuple(map(checks.scope, checks.several(scopes, "requested_scopes", len(ConsentScope))))
        only = None
        if data_categories is not None:
            named = tuple(map(str, checks.several(data_categories, "data_categories", 64)))
            categories(named, *wanted)
            only = frozenset(named)
            if any(only.isdisjoint(ALL_CATEGORIES[scope]) for scope in wanted):
                raise ConsentError(Reason.CATEGORY_NOT_IN_SCOPE, "a requested scope holds none of data_categories")
        place = None if jurisdiction is None else checks.jurisdiction(jurisdiction)
        return cls(checks.role(role), wanted, checks.purpose(purpose), only, place)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a scope is covered, and the entry that this rests on.

    Attributes:
        refusal: why it is not covered, None if it is.
        decided_by: the scope that the deciding choice is about; the fields after it are None if there is no choice.
        entry_hash: hash of the ledger's entry, hex; ``seq`` its place in the person's stream.
        expires_at: when the consent ends, or did end, by the person's word or by a rule; seconds since the epoch.
        jurisdiction: that of the deciding choice, if it names one.
    """

    scope: ConsentScope
    refusal: Refusal | None
    decided_by: str | None = None
    seq: int | None = None
    entry_hash: str | None = None
    record_hash: str | None = None
    expires_at: float | None = None
    jurisdiction: str | None = None

    @property
    def allowed(self) -> bool:
        return self.refusal is None

    def as_facts(self) -> dict[str, Any]:
        """As JSON has it."""
        ends = None if self.expires_at is None else times.rfc3339(self.expires_at)
        return {**asdict(self), "scope": str(self.scope), "allowed": self.allowed, "expires_at": ends}


def evaluate(choices: Mapping[Key, Choice], request: Request, now: float, rules: Rules) -> tuple[Verdict, ...]:
    """A verdict on each requested scope, in their order."""
    return tuple(_verdict(choices, scope, request, now, rules) for scope in request.scopes)


def nearest(choices: Mapping[Key, Choice], scope: ConsentScope, purpose: str) -> Choice | None:
    """The choice that decides on a scope and a purpose."""
    for holder in LINEAGE[scope]:
        choice = choices.get((holder, purpose)) or choices.get((holder, ANY))
        if choice is not None:
            return choice
    return None


def expiry(choice: Choice, scope: ConsentScope, jurisdiction: str | None, rules: Rules) -> float:
    """When a grant ends for a scope that it covers, by the strictest of what holds."""
    return min(
        rules.rule(place, SENSITIVITY[scope], choice.purpose).expiry(choice.at, choice.expires_at)
        for place in {choice.jurisdiction, jurisdiction or choice.jurisdiction}
    )


def _verdict(choices: Mapping[Key, Choice], scope: ConsentScope, request: Request, now: float, rules: Rules) -> Verdict:
    first: Choice | None = None
    soonest = float("inf")
    for inner in SUBTREE[scope]:
        wanted = CATEGORIES[inner]
        if request.data_categories is not None:
            wanted = tuple(category for category in wanted if category in request.data_categories)
            if not wanted:
                continue
        choice = nearest(choices, inner, request.purpose)
        if choice is None:
            return Verdict(scope, _without(choices, inner))
        ends = expiry(choice, inner, request.jurisdiction, rules) if choice.status == GIVEN else None
        refusal = _refusal(choice, request.role, wanted, ends, now)
        if refusal is not None:
            return _resting(scope, refusal, choice, ends)
        first = first or choice
        soonest = min(soonest, ends or 0.0)
    if first is None:
        return Verdict(scope, Refusal.NEVER_GRANTED)
    return _resting(scope, None, first, soonest)


def _refusal(choice: Choice, role: str, wanted: tuple[str, ...], ends: float | None, now: float) -> Refusal | None:
    if ends is None:
        return Refusal.REVOKED if choice.status == Refusal.REVOKED else Refusal.WITHDRAWN
    if now >= ends:
        return Refusal.EXPIRED
    if role not in choice.recipients:
        return Refusal.OTHER_ROLE
    if choice.categories is not None and not set(wanted).issubset(choice.categories):
        return Refusal.OTHER_CATEGORY
    if choice.legal_basis != LegalBasis.EXPLICIT_CONSENT and not SPECIAL_CATEGORIES.isdisjoint(wanted):
        return Refusal.NOT_EXPLICIT
    return None


def _without(choices: Mapping[Key, Choice], scope: ConsentScope) -> Refusal:
    """Why nothing covers a scope on which there is no choice for the purpose."""
    elsewhere = any(choice.status == GIVEN and choice.scope in LINEAGE[scope] for choice in choices.values())
    return Refusal.OTHER_PURPOSE if elsewhere else Refusal.NEVER_GRANTED


def _resting(scope: ConsentScope, refusal: Refusal | None, choice: Choice, expires_at: float | None) -> Verdict:
    return Verdict(
        scope,
        refusal,
        choice.scope,
        choice.seq,
        choice.entry_hash,
        choice.record_hash,
        expires_at,
        choice.jurisdiction,
    )
