"""Texts that have another text of the same record in them, as keys have the id of their session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lukhas_common.memory.folds.bits import Side

Path = tuple[str, ...]
"""The name of a member, or of an object and its member."""

_HERE = "\x7f"
"""Stands where the other text was; JSON has it as one character."""

_LEAST = 8
"""Characters of a text that is worth taking out."""


def repeats(cells: Mapping[Path, Mapping[int, Any]], count: int) -> dict[Path, Path]:
    """By the path of each member whose texts have those of another in them, in every row, the path of the other."""
    texts = {path: found for path, found in cells.items() if len(found) == count and _are_texts(found)}
    found: dict[Path, Path] = {}
    for path, longer in texts.items():
        if path == ("memory_id",) or path in found.values():
            continue
        for other, shorter in texts.items():
            if other != path and other not in found and all(_has(longer[row], shorter[row]) for row in longer):
                found[path] = other
                break
    return found


def without(longer: Mapping[int, str], shorter: Mapping[int, str]) -> list[str]:
    """The texts with a mark where the others were."""
    return [text.replace(shorter[row], _HERE, 1) for row, text in longer.items()]


def within(marked: Sequence[Any], shorter: Sequence[Any], side: Side) -> list[str]:
    """The texts again.

    Raises:
        ValueError, TypeError, AttributeError: they are none, or longer than ``side`` allows.
    """
    texts = []
    for text, other in zip(marked, shorter, strict=True):
        before, here, after = text.partition(_HERE)
        if not here:
            raise ValueError("it has no mark")
        side.spend(len(text) + len(other))
        texts.append(before + other + after)
    return texts


def _are_texts(cells: Mapping[int, Any]) -> bool:
    return all(isinstance(value, str) for value in cells.values())


def _has(text: str, other: str) -> bool:
    return len(other) >= _LEAST and other in text and _HERE not in text
