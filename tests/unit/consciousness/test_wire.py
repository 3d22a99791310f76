"""What may be said of a level of awareness."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from lukhas_common.consciousness.wire import AwarenessUpdate


@pytest.mark.parametrize(
    "reason", ["Maintenance until noon.", "Grün \u00a0 白", "نمی\u200cخواهم", "👩\u200d🔧 works on it"]
)
def test_a_reason_is_some_words(reason: str) -> None:
    assert AwarenessUpdate(new_level=0.5, reason=reason).reason == reason


@pytest.mark.parametrize(
    "reason",
    ["", " ", "\t", "\u00a0\u2003", "a\nb", "a\x00", "\x1b[2J", "a\x85", "a\u2028b", "\u202eevil", "\u200b", "x" * 501],
)
def test_what_is_no_words_or_steers_a_terminal_is_no_reason(reason: str) -> None:
    with pytest.raises(ValidationError):
        AwarenessUpdate(new_level=0.5, reason=reason)
