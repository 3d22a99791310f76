"""Unwrapped keys that a process holds for a while, so that the key service is not asked each time: by both limits.

A key is given out USES times and for CACHED_FOR seconds at most, whichever ends first; then its owner unwraps it anew.
So a key that was destroyed is gone everywhere after CACHED_FOR seconds, and the key service's own log tells roughly how
much was done under each key.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from lukhas_common.times import Clock

CACHED_FOR = 900
"""Seconds for which a process may hold an unwrapped key, so after which an erasure is complete everywhere."""

USES = 10_000
"""How often a key that is held is given out."""

HELD = 1024
"""Keys that are held at once; those that are held for longest go first."""

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment by both clocks: one may be set back, the other may stand still while the process is frozen."""

    clock: float
    timer: float

    def is_within(self, seconds: float, now: Moment) -> bool:
        return 0 <= now.clock - self.clock < seconds and now.timer - self.timer < seconds


@dataclass(slots=True)
class _Held(Generic[K]):
    """A key, from when on it is held, and how often it was given out."""

    since: Moment
    key: K
    uses: int = 1


class HeldKeys(Generic[K]):
    """Keys by name. Threads may share it.

    Args:
        timer: seconds that never go back.
    """

    def __init__(self, clock: Clock, timer: Callable[[], float]) -> None:
        self._clock, self._timer = clock, timer
        self._held: OrderedDict[str, _Held[K]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def now(self) -> Moment:
        """This moment: to be taken before the store of keys is asked."""
        return Moment(self._clock(), self._timer())

    def peek(self, name: str) -> K | None:
        """The key that is held, which is only looked at; that is no use of it."""
        with self._lock:
            held = self._fresh(name)
            return None if held is None else held.key

    def take(self, name: str, is_wanted: Callable[[K], bool] = lambda _: True) -> K | None:
        """A key to use, if one is held and has uses left; each that is wanted counts."""
        with self._lock:
            held = self._fresh(name)
            if held is None or not is_wanted(held.key):
                return None
            if held.uses >= USES:
                del self._held[name]
                return None
            held.uses += 1
            return held.key

    def hold(self, name: str, since: Moment, key: K) -> K:
        """Hold a key that was unwrapped just now, and give it out for the first time.

        Args:
            since: when the store was asked: the key may have been destroyed just after.
        """
        with self._lock:
            self._held.pop(name, None)
            self._held[name] = _Held(since, key)
            if len(self._held) > HELD:
                self._held.popitem(last=False)
        return key

    def forget(self, name: str) -> None:
        """Hold a key no longer."""
        with self._lock:
            self._held.pop(name, None)

    def clear(self) -> None:
        """Hold nothing any longer."""
        with self._lock:
            self._held.clear()

    def _fresh(self, name: str) -> _Held[K] | None:
        now = self.now()
        # Those that are held for longest come first; what nobody asks for any more must go too.
        while self._held and not next(iter(self._held.values())).since.is_within(CACHED_FOR, now):
            self._held.popitem(last=False)
        held = self._held.get(name)
        return held if held is not None and held.since.is_within(CACHED_FOR, now) else None
