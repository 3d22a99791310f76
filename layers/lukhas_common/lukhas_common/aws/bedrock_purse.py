"""What several calls of Amazon Bedrock at the same time may cost together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from lukhas_common.aws.bedrock_cost import Budget, Prices


@dataclass
class Purse:
    """A sum that calls at the same time draw on: each takes what it may cost, and gives back what it did not.

    Attributes:
        cap: microdollars; ``spent`` of them, what calls under way may cost included.
    """

    cap: int
    prices: Prices
    spent: float = 0.0
    _lock: Lock = field(default_factory=Lock, repr=False)

    @contextmanager
    def taken(self, texts: list[str], most_written: int, attempts: int) -> Iterator[Budget]:
        """A budget for a call that is tried so often, or for fewer tries where no more is left.

        Raises:
            OverBudget: not even for one.
        """
        with self._lock:
            left = self.cap - self.spent
            once = Budget(int(left), self.prices).for_model(texts, most_written)
            budget = Budget(int(min(left, attempts * once + 1)), self.prices)
            self.spent += budget.cap
        try:
            yield budget
        finally:
            with self._lock:
                self.spent += budget.spent - budget.cap
