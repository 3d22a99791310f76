"""Why a token is not turned back."""

from __future__ import annotations

from enum import StrEnum


class RedactionReason(StrEnum):
    """Stable, for callers to act on."""

    TOKEN_UNREADABLE = "token_unreadable"


class RedactionFault(Exception):
    """Tokens cannot be turned back; ``detail`` says what to do, and repeats nothing of the text."""

    def __init__(self, reason: RedactionReason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason, self.detail = reason, detail
