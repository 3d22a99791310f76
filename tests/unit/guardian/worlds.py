"""A guardian on in-memory ports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lukhas_common.consent.engine import ConsentEngine
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.ring_keys import SingleKey
from lukhas_common.guardian.actions.shipped import SCHEMA, shipped_policies
from lukhas_common.guardian.decisions import Decision, Guardian, Question, stream
from lukhas_common.guardian.memory import MemoryBundles, MemoryDecisions
from lukhas_common.guardian.policy_book import PolicyBook
from lukhas_common.guardian.text.judgement import Category, Coverage, Finding, Judgement, Thresholds
from lukhas_common.guardian.vetoes import Vetoes
from lukhas_common.ledger.ledger import Ledger, Opened
from lukhas_common.policy.model import Role
from tests.fakes import Clock
from tests.gates import memory_ledger

SMALL_SCHEMA = """
entity Person; entity Tool;
action act appliesTo { principal: Person, resource: Tool, context: { danger: Bool, size: Long } };
"""
"""Enough to tell one bundle from another."""

KEY = SingleKey(LocalSigner.generate("ML-DSA-44"))


def policy(policy_id: str, effect: str = "forbid", when: str = "context.danger", severity: str = "high") -> str:
    """A policy with all annotations."""
    return f"""
    @id("{policy_id}") @severity("{severity}") @principle("harmlessness") @explain("Because of {policy_id}.")
    {effect} (principal, action, resource) when {{ {when} }};
    """


BASE = policy("base", "permit", "true", "low")


def files(*policies: str) -> dict[str, str]:
    return {"all.cedar": BASE + "".join(policies)}


@dataclass
class BookWorld:
    """A policy book over the small schema."""

    clock: Clock = field(default_factory=Clock)
    ledger: Ledger = field(init=False)
    store: MemoryBundles = field(default_factory=MemoryBundles)

    def __post_init__(self) -> None:
        self.ledger = memory_ledger(self.clock)

    def book(self, **changes: Any) -> PolicyBook:
        """One more process; nothing is cached in it."""
        parts: Mapping[str, Any] = {
            "ledger": self.ledger,
            "store": self.store,
            "keys": KEY,
            "signers": KEY,
            "schema": SMALL_SCHEMA,
            "clock": self.clock,
        }
        return PolicyBook(**{**parts, **changes})


ALICE, BOB, CAROL, PERSON = (f"01a20334-8068-759b-90c6-{number:012d}" for number in range(4))


def word_judge(text: str) -> Judgement:
    """A detector that goes by single words, so that tests say what it says."""
    harm = 0.9 if "poison" in text else 0.5 if "gossip" in text else 0.1
    injection = 0.9 if "obey" in text else 0.1
    findings = tuple(
        Finding(category, f"word:{word}", text.index(word), text.index(word) + len(word), 0.9)
        for word, category in (("poison", Category.HARM), ("obey", Category.INJECTION))
        if word in text
    )
    judged = "qapla" not in text
    coverage = Coverage(judged, "en" if judged else "und", len(text), len(text), (), () if judged else ("language",))
    tiers = (THRESHOLDS.tier(harm), THRESHOLDS.tier(injection))
    return Judgement(harm, injection, *tiers, findings, coverage, "words-1")


THRESHOLDS = Thresholds(0.4, 0.8)
BOTH = {"harm": THRESHOLDS, "injection": THRESHOLDS}


@dataclass
class GuardianWorld:
    """A guardian by the product's own schema and policies, and a detector of single words."""

    clock: Clock = field(default_factory=Clock)
    store: MemoryBundles = field(default_factory=MemoryBundles)
    index: MemoryDecisions = field(default_factory=MemoryDecisions)
    lines: list[dict[str, Any]] = field(default_factory=list)
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = memory_ledger(self.clock)
        self.book.install(shipped_policies("assistant"))

    @property
    def book(self) -> PolicyBook:
        return PolicyBook(self.ledger, self.store, KEY, KEY, SCHEMA, self.clock)

    @property
    def guardian(self) -> Guardian:
        consent = ConsentEngine(self.ledger, clock=self.clock)
        return Guardian(self.ledger, consent, self.book, lambda: word_judge, BOTH, self.index, self._log, self.clock)

    @property
    def vetoes(self) -> Vetoes:
        return Vetoes(self.ledger, self.index, self.clock)

    def _log(self, **details: Any) -> None:
        self.lines.append(details)

    def ask(self, action: str, context: Mapping[str, Any] | None = None, **more: Any) -> Decision:
        asked = {"context": context or {}, "person": PERSON, "caller": PERSON, "role": Role.AGENT, **more}
        question = Question(action=action, **asked)
        return self.guardian.validate(question)

    def override(self, decision_id: str, by: str, reason: str, until: float) -> Opened:
        """Propose, or approve what stands there."""
        newest = self.ledger.newest(stream(decision_id))
        assert newest is not None
        proposer = (newest.body.get("override") or {}).get("proposed_by", by)
        proposal = "" if proposer == by else newest.entry.hash.hex()
        return self.vetoes.override(decision_id, by, reason, until, proposal)
