"""Moderation by a guardrail of Amazon Bedrock (ApplyGuardrail)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lukhas_common.aws.bedrock_calls import Caller, Unanswered
from lukhas_common.guardian.constitution.embedded import quoted
from lukhas_common.guardian.constitution.engine import Flaw, Moderation, Remedy
from lukhas_common.guardian.constitution.wording import MARKS, WORD
from lukhas_common.guardian.text.judgement import Category

_SEVERITY = {"NONE": 0.0, "LOW": 0.3, "MEDIUM": 0.6, "HIGH": 0.9}
_CREDENTIALS = frozenset({"AWS_ACCESS_KEY", "AWS_SECRET_KEY", "PASSWORD", "PIN", "CREDIT_DEBIT_CARD_CVV"})


@dataclass(frozen=True, slots=True)
class BedrockGuardrail:
    """The Moderator port on a guardrail.

    Attributes:
        principle: id of the principle that what it finds goes against.
    """

    client: Any
    caller: Caller
    guardrail_id: str
    version: str
    principle: str

    def moderate(self, text: str, source: str) -> Moderation:
        """Ask the guardrail.

        Raises:
            Unanswered: it gave no answer that can be used.
        """
        answer = self.caller(
            lambda: self.caller.budget.for_guardrail(text),
            lambda: self.client.apply_guardrail(
                guardrailIdentifier=self.guardrail_id,
                guardrailVersion=self.version,
                source=source,
                outputScope="FULL",
                content=[{"text": {"text": text, "qualifiers": ["guard_content"]}}],
            ),
        )
        try:
            units = self.caller.budget.used_guardrail(answer["usage"])
            flaws = tuple(flaw for found in answer["assessments"] for flaw in self._flaws(text, found))
            return Moderation(answer["action"] == "GUARDRAIL_INTERVENED", flaws, units)
        except (KeyError, TypeError, AttributeError) as error:
            raise Unanswered("malformed") from error

    def _flaws(self, text: str, found: dict[str, Any]) -> Iterator[Flaw]:
        for item in found.get("topicPolicy", {}).get("topics", []):
            if _detected(item):
                yield self._of_all(text, f"guardrail:topic:{item['name']}", 0.9, item["action"] == "BLOCKED")
        for item in found.get("contentPolicy", {}).get("filters", []):
            if _detected(item):
                severity = _SEVERITY.get(item["confidence"], 0.9)
                yield self._of_all(text, f"guardrail:{item['type']}", severity, item["action"] == "BLOCKED")
        words = found.get("wordPolicy", {})
        for item in [*words.get("customWords", []), *words.get("managedWordLists", [])]:
            if _detected(item):
                yield from self._of_match(text, "guardrail:word", item["match"], WORD, item["action"] == "BLOCKED")
        private = found.get("sensitiveInformationPolicy", {})
        for item in [*private.get("piiEntities", []), *private.get("regexes", [])]:
            if _detected(item):
                kind = Category.SECRET if item.get("type") in _CREDENTIALS else Category.PERSONAL_DATA
                rule = f"guardrail:{item.get('type') or item.get('name', 'pattern')}"
                yield from self._of_match(text, rule, item.get("match", ""), MARKS[kind], item["action"] != "NONE")

    def _of_all(self, text: str, rule: str, severity: float, blocked: bool) -> Flaw:
        change = "Decline: the guardrail blocks it." if blocked else "Have it reviewed: the guardrail noticed it."
        remedy = Remedy.REFUSE if blocked else Remedy.NONE
        return Flaw(self.principle, rule, 0, len(text), quoted(text, 0, len(text)), change, severity, remedy)

    def _of_match(self, text: str, rule: str, match: str, mark: str, acts: bool) -> Iterator[Flaw]:
        """A flaw for each place where the match stands; if it stands nowhere as it is, one for the whole text."""
        start = text.find(match) if match else -1
        if start < 0:
            yield self._of_all(text, rule, 0.6, acts)
        while start >= 0:
            end = start + len(match)
            evidence, change = f"{rule}, {len(match)} characters", "Take it out."
            remedy = Remedy.REDACT if acts else Remedy.NONE
            yield Flaw(self.principle, rule, start, end, evidence, change, 0.35, remedy, mark)
            start = text.find(match, end)


def _detected(item: dict[str, Any]) -> bool:
    # With outputScope FULL the answer also lists what was looked for and not found.
    return bool(item.get("detected", item["action"] != "NONE"))
