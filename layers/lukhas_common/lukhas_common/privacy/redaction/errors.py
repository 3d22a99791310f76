"""Why a token is not turned back."""

from __future__ import annotations

from enum import StrEnum

from lukhas_common.faults import Fault


class RedactionReason(StrEnum):
    """Stable, for callers to act on."""

    TOKEN_UNREADABLE = "token_unreadable"


class RedactionFault(Fault[RedactionReason]):
    """Tokens cannot be turned back."""
