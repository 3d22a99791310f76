"""Taking up again what was set aside: memories that could not be read, and errands that kept failing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lukhas_common.memory.ports import Errand, Errands, MemoryStore
from lukhas_common.memory.stored import Stage
from lukhas_common.times import Clock


@dataclass(frozen=True, slots=True)
class Redriving:
    """Takes up dead letters, one at a time; each may be taken up twice."""

    store: MemoryStore
    errands: Errands
    clock: Clock

    def take_up(self, body: str) -> str:
        """Have what a letter is about tried again; says what was done.

        Raises:
            ValueError: the letter is none of ours.
        """
        try:
            letter: Mapping[str, Any] = json.loads(body)
            if "task" in letter:
                errand = Errand(str(letter["task"]), str(letter["owner"]))
                self.errands.send([errand])
                return f"{errand.task} of {errand.owner} was sent again"
            return self._memory(letter["owner"], (letter["slot"], int(letter["seq"])), letter)
        except (KeyError, TypeError) as error:
            raise ValueError("this is no letter of ours") from error

    def _memory(self, owner: str, place: tuple[str, int], letter: Mapping[str, Any]) -> str:
        for stored in self.store.get(owner, [place]):
            if stored.memory_id != letter["memory_id"] or stored.stage is not Stage.SET_ASIDE:
                break
            again = replace(stored, stage=Stage(letter["stage"]), due=self.clock(), revision=stored.revision + 1)
            if self.store.move(again):
                return f"memory {stored.memory_id} is {again.stage} again, and due"
        return f"memory {letter['memory_id']} is not set aside any more: nothing to do"
