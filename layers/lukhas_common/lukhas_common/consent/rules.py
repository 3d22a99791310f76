"""When consent goes stale: by jurisdiction, kind of data and purpose, each rule with its source, in rules.json.

An expiry is computed when consent is read, so a rule that changes holds for what was granted before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from lukhas_common.consent import checks
from lukhas_common.consent.vocabulary import Purpose
from lukhas_common.policy.model import Sensitivity

EVERYWHERE = "*"
_DAY = 86400.0


class Kind(StrEnum):
    """What a rule rests on: a statute, an authority's guidance, or this product's own choice."""

    LAW = "law"
    GUIDANCE = "guidance"
    HOUSE = "house"


@dataclass(frozen=True, slots=True)
class Rule:
    """How long consent lasts.

    Attributes:
        jurisdiction: ISO 3166, ``EU`` for all its members and those of the EEA, ``*`` for all others.
        sensitivity, purpose: what it is about; None for all.
        expiry_required: consent without an expiry of its own is not valid.
    """

    jurisdiction: str
    max_age_days: int
    source: str
    kind: Kind
    sensitivity: Sensitivity | None = None
    purpose: Purpose | None = None
    expiry_required: bool = False

    def expiry(self, given_at: float, expires_at: float | None) -> float:
        """When consent that was given then, with this expiry of its own, ends."""
        if expires_at is None:
            return given_at if self.expiry_required else given_at + self.max_age_days * _DAY
        return min(expires_at, given_at + self.max_age_days * _DAY)

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Rule:
        """From its row in the file.

        Raises:
            ValueError, TypeError, ConsentError: it is none, or names no source.
        """
        values = dict(row)
        if values["jurisdiction"] != EVERYWHERE:
            checks.jurisdiction(values["jurisdiction"])
        values["kind"] = Kind(values["kind"])
        if "sensitivity" in values:
            values["sensitivity"] = Sensitivity(values["sensitivity"])
        if "purpose" in values:
            values["purpose"] = Purpose(values["purpose"])
        days = values["max_age_days"]
        if type(days) is not int or days <= 0 or not values["source"]:
            raise ValueError("a rule needs a positive number of days, and a source")
        return cls(**values)


@dataclass(frozen=True)
class Rules:
    """The rules, of which the nearest holds: first by jurisdiction, then by purpose, then by kind of data.

    Attributes:
        members: the countries of each union.
    """

    rules: tuple[Rule, ...]
    members: Mapping[str, frozenset[str]]
    _found: dict[tuple[str | None, Sensitivity, str], Rule] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        places = [(rule.jurisdiction, rule.purpose, rule.sensitivity) for rule in self.rules]
        if len(set(places)) < len(places) or (EVERYWHERE, None, None) not in places:
            raise ValueError("rules must not repeat each other, and one must hold everywhere")

    @classmethod
    def read(cls, text: str) -> Rules:
        """From JSON."""
        read = json.loads(text)
        members = {union: frozenset(countries) for union, countries in read["members"].items()}
        return cls(tuple(map(Rule.read, read["rules"])), members)

    def places(self, jurisdiction: str | None) -> list[str]:
        """The jurisdictions to look in, nearest first."""
        if jurisdiction is None:
            return [EVERYWHERE]
        country = jurisdiction[:2]
        unions = [union for union, members in self.members.items() if country in members]
        return [*dict.fromkeys((jurisdiction, country, *unions, EVERYWHERE))]

    def rule(self, jurisdiction: str | None, sensitivity: Sensitivity, purpose: str) -> Rule:
        """The rule that holds."""
        asked = (jurisdiction, sensitivity, purpose)
        found = self._found.get(asked)
        if found is None:
            by_place: dict[tuple[str, str | None, Sensitivity | None], Rule] = {
                (rule.jurisdiction, rule.purpose, rule.sensitivity): rule for rule in self.rules
            }
            found = self._found[asked] = next(
                by_place[place, what, kind]
                for place in self.places(jurisdiction)
                for what, kind in ((purpose, sensitivity), (purpose, None), (None, sensitivity), (None, None))
                if (place, what, kind) in by_place
            )
        return found


@cache
def standard() -> Rules:
    """The rules of this product."""
    return Rules.read(Path(__file__).with_name("rules.json").read_text(encoding="utf-8"))
