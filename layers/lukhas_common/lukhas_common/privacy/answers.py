"""Answers that were given under an idempotency key, each in a stream of the ledger of its own.

An answer is paid for, computed, put on record, and only then told. So whoever asks again with the same key is told
what is on record; and where nothing is, nobody was told anything, and it may be computed anew for what was paid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from lukhas_common.ledger.ledger import Draft, Ledger, Opened
from lukhas_common.privacy.errors import PrivacyFault, PrivacyReason

KIND = "privacy.answered"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question under an idempotency key.

    Attributes:
        key: stands for the key and who sent it; ``request`` for what was asked.
    """

    key: str
    request: str

    @classmethod
    def of(cls, user_id: str, idempotency_key: str, request: Mapping[str, Any]) -> Ask:
        return cls(_digest([user_id, idempotency_key]), _digest(dict(request)))

    def same(self, request: str) -> None:
        """See that the key was used for the same question.

        Raises:
            PrivacyFault: it was used for another.
        """
        if request != self.request:
            raise PrivacyFault(
                PrivacyReason.IDEMPOTENCY_KEY_REUSED,
                "Send a new Idempotency-Key; this one belongs to another question.",
            )


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers that are on record."""

    ledger: Ledger

    def given(self, dataset: str, ask: Ask) -> Mapping[str, Any] | None:
        """The answer that is on record, if there is one: one consistent read.

        Raises:
            PrivacyFault: the key was used for another question.
        """
        newest = self.ledger.newest(_stream(dataset, ask))
        return None if newest is None else _answer(newest, ask)

    def record(self, dataset: str, ask: Ask, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put an answer on record, unless one is, by one conditional write; what is on record then.

        Raises:
            PrivacyFault: the key was used for another question.
            LedgerError: it may be on record or not; nothing may be told.
        """

        def composed(newest: Opened | None, _now: float) -> Draft | Opened:
            return newest or Draft(KIND, {"request": ask.request, "answer": dict(answer)})

        return _answer(self.ledger.append_to(_stream(dataset, ask), composed), ask)


def _answer(opened: Opened, ask: Ask) -> Mapping[str, Any]:
    ask.same(opened.body["request"])
    answer: Mapping[str, Any] = opened.body["answer"]
    return answer


def _stream(dataset: str, ask: Ask) -> str:
    return f"privacy-answer/{dataset}/{ask.key}"


def _digest(value: Any) -> str:
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()[:32]
