"""The ways a text can be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lukhas_common.guardian.text import ciphers, decoding, escapes, invisible, lookalikes, respelling
from lukhas_common.guardian.text.offsets import Edit, Offsets, rewrite, whole

Stage = Callable[[str], tuple[list[Edit], set[str]]]
MAX_DEPTH = 3
"""So often codes within codes are undone."""
_MIN_ALONE = 12
_CHARACTERS: tuple[tuple[str, Stage], ...] = (
    ("stripped", invisible.strip),
    ("unescaped", escapes.unescape),
    ("folded", lookalikes.fold),
)
_CODES: tuple[tuple[str, Stage], ...] = (("decoded", decoding.decode), ("deciphered", ciphers.decipher))
_SPELLING: tuple[tuple[str, Stage], ...] = (
    ("joined", respelling.concatenate),
    ("joined", respelling.join_letters),
    ("leet", respelling.unleet),
    ("shortened", respelling.shorten),
)


@dataclass(frozen=True, slots=True)
class View:
    """A text as it can be read.

    Attributes:
        name: what was undone, joined by ``+``; empty for the text as it is.
        offsets: where its parts stand in the original.
        encodings: those of the names that hide text on purpose; folding accents or curly quotes is none.
    """

    name: str
    text: str
    offsets: Offsets
    encodings: tuple[str, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the original, in code points, of ``text[start:end]``."""
        return self.offsets.span(start, end)


def views(text: str) -> tuple[View, ...]:
    """Return the text as it is, then each other way to read it that differs in more than case.

    Later views keep what earlier ones undid, so the last is the plainest; hidden parts of a text are a view of their
    own, too. Who reads a view must not mind case. The work is linear in the text: each stage is, and their number is
    bounded.
    """
    found = [View("", text, whole(len(text)))]
    current = found[0]
    quiet: dict[Stage, str] = {}
    for _ in range(MAX_DEPTH):
        before = current
        current = _emit(found, _apply(current, _CHARACTERS, quiet, found))
        current = _emit(found, _apply(current, _CODES, quiet, found))
        if current is before:
            break
    _emit(found, _apply(current, _SPELLING, quiet))
    return tuple(found)


def encodings(read: tuple[View, ...]) -> tuple[str, ...]:
    """Return how parts of a text were hidden, sorted, given its views."""
    return tuple(sorted({name for view in read for name in view.encodings}))


def _apply(
    view: View, stages: tuple[tuple[str, Stage], ...], quiet: dict[Stage, str], found: list[View] | None = None
) -> View:
    """Run stages one after another; ``quiet`` holds the text that each last left as it is and need not see again."""
    for name, stage in stages:
        if quiet.get(stage) is view.text:
            continue
        edits, hidden = stage(view.text)
        if not edits:
            quiet[stage] = view.text
            continue
        names = view.name.split("+") if view.name else []
        names += [one for one in sorted(hidden) or [name] if one not in names]
        marks = ("+".join(names), tuple(sorted({*view.encodings, *hidden})))
        if found and hidden and (alone := _alone(view.text, edits)):
            _emit(found, View(marks[0], *rewrite(view.text, alone, view.offsets), marks[1]))
        view = View(marks[0], *rewrite(view.text, edits, view.offsets), marks[1])
    return view


def _alone(text: str, edits: list[Edit]) -> list[Edit]:
    """Return the edits that leave nothing but longer hidden parts, if these are the lesser part of the text.

    A request that is hidden in a long and harmless text would otherwise be outweighed by it.
    """
    hidden = [edit for edit in edits if len(edit.new) >= _MIN_ALONE]
    if not hidden or sum(edit.end - edit.start for edit in hidden) > 0.9 * len(text):
        return []
    alone: list[Edit] = []
    read = 0
    for edit in hidden:
        if edit.start > read:
            alone.append(Edit(read, edit.start, "\n" if read else ""))
        alone.append(edit)
        read = edit.end
    return [*alone, Edit(read, len(text), "")] if read < len(text) else alone


def _emit(found: list[View], view: View) -> View:
    if view is not found[-1] and all(view.text.lower() != other.text.lower() for other in found):
        found.append(view)
    return view
