"""A rule: a pattern, the validator that throws out what only looks like it, and a word that must announce it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lukhas_common.privacy.redaction.spans import Kind, Span

CUE_REACH = 40
"""Characters before a value in which a cue is looked for."""

ALONE = r"(?<![^\W_])"
"""Before a value: no letter and no digit."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Where one kind of data is in a view of a text.

    Attributes:
        valid: whether a match is it; one that raises says no.
        cue: what must stand before it.
        never: what must not stand right before it.
    """

    kind: Kind
    pattern: re.Pattern[str]
    valid: Callable[[str], bool] = lambda _: True
    cue: re.Pattern[str] | None = None
    never: re.Pattern[str] | None = None

    def spans(self, seen: str) -> Iterator[Span]:
        """All that it finds, in order."""
        for match in self.pattern.finditer(seen):
            before = seen[max(0, match.start() - CUE_REACH) : match.start()] if self.cue or self.never else ""
            if (
                holds(self.valid, match[0])
                and (self.cue is None or self.cue.search(before))
                and not (self.never and self.never.search(before))
            ):
                yield Span(match.start(), match.end(), self.kind)


def holds(check: Callable[[str], bool], value: str) -> bool:
    """Whether a check says yes; one that cannot read the value says no, since a text is never refused for it."""
    try:
        return check(value)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return False


def bare(text: str) -> str:
    """A number without its separators."""
    return re.sub(r"[\s().\-/]", "", text)


def on_bare(check: Callable[[str], bool]) -> Callable[[str], bool]:
    """The check of what is written without separators and in capitals."""
    return lambda text: check(bare(text).upper())
