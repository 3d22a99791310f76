"""What memories are about, by a language model of Amazon Bedrock; where it has no answer, by rules."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from lukhas_common.audit import Audit
from lukhas_common.aws.bedrock_answers import framed
from lukhas_common.aws.bedrock_calls import Caller, Unanswered
from lukhas_common.aws.bedrock_cost import OverBudget
from lukhas_common.aws.bedrock_purse import Purse
from lukhas_common.aws.memory_answers import DRAWN, DrawnAnswer, to_draw
from lukhas_common.guardian.constitution.constraints import fence
from lukhas_common.memory.concepts import RuleExtractor
from lukhas_common.memory.extraction import Extraction, Extractor

WORKERS = 4
"""Calls at the same time; each takes seconds."""

ATTEMPTS = 2
LONGEST = 8000
"""Characters of a memory that are sent; the rules read more."""

MOST_WRITTEN = 1500
"""Tokens that the model may write."""

_STOPPED = ("end_turn", "stop_sequence")


@dataclass(frozen=True, slots=True)
class BedrockExtractor:
    """The BatchExtractor port on Converse; made anew for each errand.

    One memory a call, so that what one says cannot change what is noted of another.

    Attributes:
        client: of ``bedrock-runtime``.
        until: on ``clock``; no try begins after it, and the rules have the rest.
    """

    client: Any
    model_id: str
    purse: Purse
    until: float
    audit: Audit
    rules: Extractor = field(default_factory=RuleExtractor)
    workers: int = WORKERS
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    word: Callable[[], str] = lambda: secrets.token_hex(16)

    def extract(self, text: str) -> Extraction:
        return self.extract_all([text])[0]

    def extract_all(self, texts: Sequence[str]) -> list[Extraction]:
        """Of each text, in their order. What the rules had to do is logged once, with the reasons."""
        if self.workers < 2 or len(texts) < 2:
            found = [self._drawn(text) for text in texts]
        else:
            with ThreadPoolExecutor(min(self.workers, len(texts))) as pool:
                found = list(pool.map(self._drawn, texts))
        reasons = Counter(reason for _, reason in found if reason)
        for reason, many in sorted(reasons.items()):
            self.audit.record("memory.extracted_by_rules", reason=reason, count=many)
        return [extraction for extraction, _ in found]

    def _drawn(self, text: str) -> tuple[Extraction, str]:
        """What a text is about, and why the rules told it, if they did."""
        if not text.strip():
            return Extraction((), ()), ""
        try:
            return self._asked(text[:LONGEST].encode("utf-8", "replace").decode()), ""
        except Unanswered as none:
            return self.rules.extract(text), none.reason

    def _asked(self, text: str) -> Extraction:
        word = fence(text, self.word)
        system, block = to_draw(word), framed(text, word)
        texts = [system, DRAWN, block]
        try:
            with self.purse.taken(texts, MOST_WRITTEN, ATTEMPTS) as budget:
                caller = Caller(budget, self.until, ATTEMPTS, self.clock, self.sleep)
                answer = caller(lambda: budget.for_model(texts, MOST_WRITTEN), lambda: self._conversed(system, block))
                budget.used_model(answer["usage"])
            if answer["stopReason"] not in _STOPPED:
                raise Unanswered(f"stopped: {answer['stopReason'][:40]}")
            said = "".join(part.get("text", "") for part in answer["output"]["message"]["content"])
            return DrawnAnswer.model_validate_json(said).of(text)
        except OverBudget as over:
            raise Unanswered("cost cap") from over
        except (KeyError, TypeError, AttributeError, ValidationError) as error:
            raise Unanswered("malformed") from error

    def _conversed(self, system: str, block: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.converse(
            modelId=self.model_id,
            system=[{"text": system}],
            messages=[{"role": "user", "content": [{"text": block}]}],
            inferenceConfig={"maxTokens": MOST_WRITTEN},
            outputConfig={
                "textFormat": {
                    "type": "json_schema",
                    "structure": {"jsonSchema": {"name": DrawnAnswer.__name__, "schema": DRAWN}},
                }
            },
        )
        return answer
