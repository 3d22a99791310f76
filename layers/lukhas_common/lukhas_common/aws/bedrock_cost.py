"""What a request to Amazon Bedrock may cost, and has cost. Amounts are microdollars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lukhas_common.settings import Settings

FRAME_TOKENS = 512
"""Tokens that the service adds to a request at most, beyond its texts."""

UNIT = 1000
"""Characters of a text unit of a guardrail."""

POLICIES = 5
"""Policies of a guardrail that charge for text units."""


class OverBudget(Exception):
    """The next call could cost more than is left."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Microdollars for 1,000 tokens read and written, and for a text unit of one policy of a guardrail."""

    read: int
    written: int
    unit: int

    @classmethod
    def of(cls, config: Settings) -> Prices:
        """Those that are set."""
        return cls(config.bedrock_input_price, config.bedrock_output_price, config.bedrock_unit_price)


@dataclass(slots=True)
class Budget:
    """What one request may spend.

    What a call can cost is reserved before it is made: no token is shorter than a byte of UTF-8, so a text has at most
    as many tokens as bytes, and the model writes at most what it is allowed to.

    Attributes:
        cap: microdollars.
        spent: microdollars, by what the service says it used; where it did not say, what was reserved.
    """

    cap: int
    prices: Prices
    spent: float = 0.0

    def for_model(self, texts: list[str], most_written: int) -> float:
        """What a call of the model can cost.

        Raises:
            OverBudget: that is more than is left.
        """
        read = FRAME_TOKENS + sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
        return self._reserved((read * self.prices.read + most_written * self.prices.written) / 1000)

    def for_guardrail(self, text: str) -> float:
        """What a call of the guardrail can cost.

        Raises:
            OverBudget: that is more than is left.
        """
        return self._reserved(-(-max(1, len(text)) // UNIT) * POLICIES * self.prices.unit)

    def used_model(self, usage: Mapping[str, Any]) -> None:
        """Count what a call of the model used; reading from or writing to a cache counts as reading."""
        read = sum(int(usage.get(name, 0)) for name in ("inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens"))
        self.spent += (read * self.prices.read + int(usage.get("outputTokens", 0)) * self.prices.written) / 1000

    def used_guardrail(self, usage: Mapping[str, Any]) -> int:
        """Count what a call of the guardrail used, and answer its text units."""
        units = sum(
            int(number) for name, number in usage.items() if name.endswith("PolicyUnits") and isinstance(number, int)
        )
        self.spent += units * self.prices.unit
        return units

    def lost(self, reserved: float) -> None:
        """Count a call whose use is not known as what it could have cost."""
        self.spent += reserved

    def _reserved(self, amount: float) -> float:
        if self.spent + amount > self.cap:
            raise OverBudget(f"the call could cost {amount:.0f} microdollars, and {self.cap - self.spent:.0f} are left")
        return amount
