"""The detector of actions, with the word of a guardrail of Amazon Bedrock where one is configured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from lukhas_common.aws.bedrock_calls import Caller, Unanswered
from lukhas_common.aws.bedrock_cost import Budget, Prices
from lukhas_common.aws.bedrock_guardrail import BedrockGuardrail
from lukhas_common.aws.bedrock_spans import masked
from lukhas_common.aws.clients import models
from lukhas_common.guardian.constitution.engine import Flaw, Remedy
from lukhas_common.guardian.text.judge import judge
from lukhas_common.guardian.text.judgement import Category, Finding, Judgement, Tier
from lukhas_common.guardian.text.spans import sensitive_spans
from lukhas_common.guardian.texts import Judge
from lukhas_common.privacy.redaction.redactor import identifying
from lukhas_common.settings import Settings

PATIENCE = 5.0
"""Seconds after the start of a request in which a call may still begin."""

LONGEST = 20_000
"""Characters; longer texts are not sent."""

SURE = 0.99
"""The risk of what a guardrail blocks."""

_ATTACK, _WORD = "guardrail:PROMPT_ATTACK", "guardrail:word"


def detector(config: Settings) -> Callable[[], Judge]:
    """Answers the judge of one request: the embedded one, moderated where the settings name a guardrail."""
    if not config.bedrock_guardrail_id:
        return lambda: judge
    prices = Prices.of(config)

    def begin() -> Judge:
        caller = Caller(Budget(config.bedrock_cost_cap, prices), time.monotonic() + PATIENCE)
        name, version = config.bedrock_guardrail_id, config.bedrock_guardrail_version
        return Moderated(models(), caller, name, version)

    return begin


@dataclass
class Moderated:
    """Judges the texts of one request by the embedded detector and by a guardrail, and believes the worse.

    Where the guardrail does not answer, the embedded detector does, and the version of the judgement says so.

    Attributes:
        unanswered: why it gave no answer; it is not asked again then.
    """

    client: Any
    caller: Caller
    guardrail_id: str
    version: str
    unanswered: str = ""

    def __call__(self, text: str) -> Judgement:
        said = judge(text)
        if len(text) > LONGEST:
            return self._named(said, "too long")
        if not text.strip() or self.unanswered:
            return self._named(said, self.unanswered)
        guardrail = BedrockGuardrail(self.client, self.caller, self.guardrail_id, self.version, "")
        private = [(found.start, found.end) for found in sensitive_spans(text)]
        private += [(found.start, found.end) for found in identifying(text)]
        hidden = masked(text, private)
        try:
            found = guardrail.moderate(hidden, "INPUT")
        except Unanswered as none:
            self.unanswered = none.reason
            return self._named(said, none.reason)
        return self._named(_with(said, found.flaws), "")

    def _named(self, said: Judgement, unanswered: str) -> Judgement:
        word = f"unanswered ({unanswered})" if unanswered else f"{self.guardrail_id}:{self.version}"
        return replace(said, version=f"{said.version}, guardrail {word}")


def _with(said: Judgement, flaws: tuple[Flaw, ...]) -> Judgement:
    """The judgement with what the guardrail found; what it would block is blocked."""
    for flaw in flaws:
        attack = flaw.rule == _ATTACK
        category = Category.INJECTION if attack else Category.HARM
        finding = Finding(category, flaw.rule, flaw.start, flaw.end, flaw.severity)
        said = replace(said, findings=(*said.findings, finding))
        blocked = flaw.remedy is Remedy.REFUSE or (flaw.rule == _WORD and flaw.remedy is not Remedy.NONE)
        if not blocked:
            continue  # what is personal is no harm in what is asked
        if attack:
            said = replace(said, injection=max(said.injection, SURE), injection_tier=Tier.BLOCK)
        else:
            said = replace(said, harm=max(said.harm, SURE), harm_tier=Tier.BLOCK)
    return said
