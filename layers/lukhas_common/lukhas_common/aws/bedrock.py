"""The engine on a language model of Amazon Bedrock. The embedded engine always has its say, too.

What a response says cannot steer the outcome: the model can add flaws to those that the embedded engine finds and take
none away, and what it writes is held to the embedded engine once more. Secrets and personal data are not sent: what is
judged has them masked, what is rewritten has stand-ins, which are put back in its place.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lukhas_common.aws.bedrock_answers import (
    CRITIQUE,
    REVISION,
    CritiqueAnswer,
    RevisionAnswer,
    framed,
    to_critique,
    to_revise,
)
from lukhas_common.aws.bedrock_calls import Caller, Unanswered
from lukhas_common.aws.bedrock_cost import Budget, Prices
from lukhas_common.aws.bedrock_guardrail import BedrockGuardrail
from lukhas_common.aws.bedrock_spans import Aliases, located, masked
from lukhas_common.aws.clients import models
from lukhas_common.guardian.constitution.constraints import fence
from lukhas_common.guardian.constitution.embedded import EmbeddedEngine
from lukhas_common.guardian.constitution.engine import Critique, Engine, Flaw, Remedy, Revision
from lukhas_common.guardian.constitution.levels import ACTIONS, Level, reaches
from lukhas_common.guardian.constitution.principles import HARMLESSNESS, ConstitutionalPrinciple
from lukhas_common.guardian.constitution.revising import survives
from lukhas_common.privacy.redaction.redactor import identifying
from lukhas_common.settings import Settings

NAME = "bedrock"

PATIENCE = 12.0
"""Seconds after the start of a request in which a call may still begin; one takes 16 s at most."""

CRITIQUE_TOKENS = 1500
REVISION_TOKENS = 3000
"""That the model may write at most."""

LONGEST = 20_000
"""Characters; longer texts are not sent."""

_READABLE = ("language",)
"""Why the detector could not judge a text that a model may well read."""

_STOPPED = ("end_turn", "stop_sequence")
_ADDED = re.compile(r"https?://[^\s)\]>\"']{1,500}|\d{1,50}")

Answer = TypeVar("Answer", bound=BaseModel)


def engine(config: Settings, level: Level = ACTIONS) -> Engine:
    """The engine that the settings name: Bedrock where there is a model, the embedded one otherwise.

    Args:
        level: from which the embedded one finds harm.
    """
    embedded = EmbeddedEngine(level=level)
    if not config.bedrock_model_id:
        return embedded
    prices = Prices.of(config)
    return BedrockEngine(
        models(),
        config.bedrock_model_id,
        config.bedrock_cost_cap,
        prices,
        embedded,
        guardrail=(config.bedrock_guardrail_id, config.bedrock_guardrail_version),
    )


@dataclass(frozen=True, slots=True)
class BedrockEngine:
    """The Engine port on Converse, and on ApplyGuardrail where there is a guardrail.

    Attributes:
        client: of ``bedrock-runtime``.
        cost_cap: microdollars that one request may cost.
        guardrail: its id, which may be empty, and its version.
        caller: makes the calls of one request, from its budget.
    """

    client: Any
    model_id: str
    cost_cap: int
    prices: Prices
    embedded: EmbeddedEngine = field(default_factory=EmbeddedEngine)
    guardrail: tuple[str, str] = ("", "")
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    word: Callable[[], str] = lambda: secrets.token_hex(16)
    caller: Caller | None = None

    def begin(self) -> BedrockEngine:
        caller = Caller(Budget(self.cost_cap, self.prices), self.clock() + PATIENCE, clock=self.clock, sleep=self.sleep)
        return replace(self, caller=caller)

    def at_hand(self) -> EmbeddedEngine:
        return self.embedded

    def critique(self, text: str, constitution: Sequence[ConstitutionalPrinciple]) -> Critique:
        if self.caller is None:
            return self.begin().critique(text, constitution)
        near = self.embedded.critique(text, constitution)
        if not near.coverage.judged and near.coverage.reasons != _READABLE:
            return near
        sent = masked(text, self._private(text, near))
        try:
            instructed = _Task(to_critique, CRITIQUE, CRITIQUE_TOKENS)
            answer = self._asked(self.caller, instructed, CritiqueAnswer, constitution, [sent])
            found = located(sent, answer, constitution)
        except Unanswered as none:
            return replace(near, fallback=none.reason)
        reason = ""
        try:
            found += self._moderated(self.caller, sent, constitution)
        except Unanswered as none:
            reason = f"guardrail {none.reason}"
        near = _read(near, answer, constitution)
        score = near.score
        for flaw in found:
            score *= 1 - flaw.severity
        flaws = tuple(sorted([*near.flaws, *found], key=lambda flaw: (flaw.start, flaw.end)))
        return replace(near, flaws=flaws, score=score, engine=NAME, fallback=reason)

    def revise(self, text: str, critique: Critique, constitution: Sequence[ConstitutionalPrinciple]) -> Revision:
        if self.caller is None:
            return self.begin().revise(text, critique, constitution)
        base = self.embedded.revise(text, critique, constitution)
        left = [flaw for flaw in critique.violations if flaw.remedy in (Remedy.REWRITE, Remedy.CUT)]
        if base.refused or not critique.coverage.judged or not left:
            return base
        try:
            aliases = Aliases.of(base.text)
            told = aliases.hide(json.dumps([_told(flaw) for flaw in left], ensure_ascii=False))
            instructed = _Task(to_revise, REVISION, REVISION_TOKENS)
            texts = [told, aliases.hide(base.text)]
            answer = self._asked(self.caller, instructed, RevisionAnswer, constitution, texts)
            rewritten = aliases.restore(answer.revised)
            self._verify(text, base, rewritten, critique, constitution)
        except Unanswered as none:
            return replace(base, fallback=none.reason)
        improvements = (*base.improvements, *(f"{flaw.principle}: rewritten ({flaw.rule})" for flaw in left))
        return Revision(rewritten, improvements, (), engine=NAME)

    def _asked(
        self,
        caller: Caller,
        task: _Task,
        kind: type[Answer],
        constitution: Sequence[ConstitutionalPrinciple],
        texts: list[str],
    ) -> Answer:
        if sum(map(len, texts)) > LONGEST:
            raise Unanswered("too long")
        word = fence("".join(texts), self.word)
        system = task.instructions(constitution, word)
        blocks = [framed(text, word) for text in texts]
        answer = caller(
            lambda: caller.budget.for_model([system, task.schema, *blocks], task.most),
            lambda: self.client.converse(
                modelId=self.model_id,
                system=[{"text": system}],
                messages=[{"role": "user", "content": [{"text": block} for block in blocks]}],
                inferenceConfig={"maxTokens": task.most},
                outputConfig={
                    "textFormat": {
                        "type": "json_schema",
                        "structure": {"jsonSchema": {"name": kind.__name__, "schema": task.schema}},
                    }
                },
            ),
        )
        try:
            caller.budget.used_model(answer["usage"])
            if answer["stopReason"] not in _STOPPED:
                raise Unanswered(f"stopped: {answer['stopReason'][:40]}")
            said = "".join(block.get("text", "") for block in answer["output"]["message"]["content"])
            return kind.model_validate_json(said)
        except (KeyError, TypeError, AttributeError, ValidationError) as error:
            raise Unanswered("malformed") from error

    def _private(self, text: str, near: Critique) -> list[tuple[int, int]]:
        """What is not sent: also where the text could not be judged, and so has no flaws."""
        flawed = [(flaw.start, flaw.end) for flaw in near.flaws if flaw.remedy is Remedy.REDACT]
        private = [(span.start, span.end) for span in identifying(text)]
        return flawed + private + [(found.start, found.end) for found in self.embedded.spans(text)]

    def _moderated(self, caller: Caller, text: str, constitution: Sequence[ConstitutionalPrinciple]) -> list[Flaw]:
        principle = next((item.id for item in constitution if item.category == HARMLESSNESS), "")
        guardrail_id, version = self.guardrail
        if not guardrail_id or not principle:
            return []
        guardrail = BedrockGuardrail(self.client, caller, guardrail_id, version, principle)
        return list(guardrail.moderate(text, "OUTPUT").flaws)

    def _verify(
        self,
        text: str,
        base: Revision,
        rewritten: str,
        critique: Critique,
        constitution: Sequence[ConstitutionalPrinciple],
    ) -> None:
        """See that what the model wrote is safe to answer.

        Raises:
            Unanswered: it brings back what was left out, adds what the text does not have, or is worse.
        """
        if len(rewritten) > 1.5 * len(base.text) + 500:
            raise Unanswered("rewritten: too long")
        had = set(_ADDED.findall(text))
        if any(added not in had for added in _ADDED.findall(rewritten)):
            raise Unanswered("rewritten: adds numbers or links")
        if survives(text, critique.flaws, rewritten):
            raise Unanswered("rewritten: brings back what was left out")
        after, before = (self.embedded.critique(each, constitution) for each in (rewritten, base.text))
        if not after.coverage.judged or after.violations or not reaches(before.tier, after.tier):
            raise Unanswered("rewritten: against the principles")


@dataclass(frozen=True, slots=True)
class _Task:
    """What a model is asked to do: instructions, the schema of its answer, and how many tokens it may write."""

    instructions: Callable[[Sequence[ConstitutionalPrinciple], str], str]
    schema: str
    most: int


def _read(near: Critique, answer: CritiqueAnswer, constitution: Sequence[ConstitutionalPrinciple]) -> Critique:
    """The embedded critique, with what the model could read and the detector could not."""
    if not answer.judged:
        return near
    every = tuple(item.id for item in constitution)
    if near.coverage.judged:
        return replace(near, checked=every, unchecked=())
    coverage = replace(near.coverage, judged=True, language=answer.language or "und", reasons=())
    return replace(near, score=1.0, coverage=coverage, checked=every, unchecked=())


def _told(flaw: Flaw) -> dict[str, str]:
    """A flaw for the model; what was cut is not shown to it again."""
    shown = {"principle": flaw.principle, "change": flaw.change}
    return shown if flaw.remedy is Remedy.CUT else shown | {"evidence": flaw.evidence}
