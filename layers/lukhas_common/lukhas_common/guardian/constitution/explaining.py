"""Decisions in words. They name principles, rules and spans, and never repeat the text."""

from __future__ import annotations

from collections.abc import Iterable

from lukhas_common.guardian.constitution.engine import Critique, Flaw
from lukhas_common.guardian.text.judgement import Tier


def violation(flaw: Flaw, where: str = "") -> str:
    """One violation in a sentence."""
    place = f"{where} " if where else ""
    return f"{flaw.principle}: {flaw.rule} at {place}{flaw.start}–{flaw.end}. {flaw.change}"


def validated(critique: Critique, violations: int, against: Iterable[str], unjudged: Iterable[str], tier: Tier) -> str:
    """Why an action is valid or not."""
    engine = by_engine(critique)
    if reasons := sorted(set(unjudged)):
        found = f" What could be judged has {_count(violations, 'violation')}." if violations else ""
        return f"Cannot judge ({', '.join(reasons)}): not valid until somebody has reviewed it.{found}{engine}"
    if violations:
        return f"{_count(violations, 'violation')} of {_listed(sorted(set(against)))}.{engine}"
    if tier is not Tier.CLEAR:
        return f"Nothing sure enough to be refused, but it should be reviewed: {_listed(critique.checked)}.{engine}"
    return f"Nothing found against {_listed(critique.checked)}.{engine}"


def revised(first: Critique, last: Critique, iterations: int, refused: bool) -> str:
    """What became of a response."""
    engine = by_engine(first)
    if not first.coverage.judged:
        return f"Cannot judge ({', '.join(reasons(first))}): left as it was, and not valid until reviewed.{engine}"
    if not first.violations:
        rest = " It should be reviewed." if first.tier is not Tier.CLEAR else ""
        unchecked = f" Could not be checked: {_listed(first.unchecked)}." if first.unchecked else ""
        return f"Nothing found that had to be changed.{rest}{unchecked}{engine}"
    done = "Declined" if refused else "Revised"
    times = _count(iterations, "iteration")
    left = len(last.violations)
    rest = f"{_count(left, 'violation')} left" if left else "no violation left"
    return f"{done} in {times}: {_count(len(first.violations), 'violation')} found, {rest}.{engine}"


def constrained(blocked: bool, critique: Critique, imitations: int) -> str:
    """What became of a prompt."""
    marks = f" {_count(imitations, 'imitation')} of our marks made harmless." if imitations else ""
    engine = by_engine(critique)
    if blocked:
        return f"Blocked: it must not be executed.{engine}"
    if not critique.coverage.judged:
        return f"Cannot judge ({', '.join(reasons(critique))}): put under constraints, to be reviewed.{marks}{engine}"
    if critique.tier is not Tier.CLEAR:
        return f"Put under constraints; it should be reviewed.{marks}{engine}"
    return f"Put under constraints.{marks}{engine}"


def reasons(critique: Critique) -> list[str]:
    """Why a text could not be judged."""
    found = set() if critique.coverage.judged else set(critique.coverage.reasons) or {"unknown"}
    return sorted(found | {"principle"} if critique.coverage.judged and critique.unchecked else found)


def by_engine(critique: Critique) -> str:
    """Which engine answered, if it was not the one that was asked."""
    return f" Answered by the {critique.engine} engine: {critique.fallback}." if critique.fallback else ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(ids) or "no principle"
