"""Looks, as the person would, whether anything that was erased is still answered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from lukhas_common.ids import FIRST_ID, LAST_ID
from lukhas_common.memory.errors import MemoryFault
from lukhas_common.memory.models import Memory, text_of
from lukhas_common.memory.remembering import Remembering

ASKED = 20
"""Memories that are asked for again: the first that there are, which lie in folds as well as in items."""

MOST_FOUND = 100
"""Memories that a search answers."""

_LONGEST = 1000
"""Characters of a memory that are searched for."""


@dataclass(frozen=True, slots=True)
class Probing:
    """Asks for memories before and after they are erased.

    Attributes:
        search: the ids of the memories of a person that fit a text best, so many at most, also of those that hold no
            longer.
    """

    remembering: Remembering
    search: Callable[[str, str, int], Iterable[str]]

    def sample(self, owner: str) -> list[Memory]:
        """Some memories, to ask for them when they are gone. There are none once the key is destroyed."""
        return self.remembering.timeline(owner, FIRST_ID, LAST_ID, ASKED)[0]

    def look(self, owner: str, sample: Sequence[Memory], gone: Collection[str]) -> dict[str, int]:
        """What is still answered of what is gone.

        Args:
            gone: ids of memories, beside those of the sample.

        Returns:
            ``asked``: memories of the sample, each of which is recalled by its key and searched for by its text;
            ``recalled`` and ``found``: how many answers told something that is gone; ``listed``: how many that are
            gone are on the first page of all that is remembered.
        """
        gone = {*gone, *(memory.memory_id for memory in sample)}
        listed, _ = self.remembering.timeline(owner, FIRST_ID, LAST_ID, 100)
        recalled = found = 0
        for memory in sample:
            with suppress(MemoryFault):  # of what was stored since; it tells nothing
                answer = self.remembering.recall(owner, memory.key)
                recalled += answer is not None and answer.memory_id in gone
            text = text_of(memory.key, memory.value)[:_LONGEST]
            found += not gone.isdisjoint(self.search(owner, text, MOST_FOUND))
        return {
            "asked": len(sample),
            "recalled": recalled,
            "found": found,
            "listed": sum(memory.memory_id in gone for memory in listed),
        }
