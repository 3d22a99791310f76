"""A sliding window that never lets more than the limit through, counted in buckets of a second.

The window of a user is one item: the present second with its count, and the counts of the seconds
before. Within a second a request is one atomic increment under a condition, so parallel requests do
not get in each other's way; the first request of a new second moves the old one into the history.
A second is forgotten only when all of it lies outside the window, so a caller may wait up to one
second longer than strictly needed, and never less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Window:
    """The requests of one user.

    Attributes:
        second: the latest second (since the epoch) in which a request was let through.
        count: how many were, in that second.
        history: (age, count) of the seconds before it, the age in seconds before ``second``.
    """

    second: int
    count: int
    history: tuple[tuple[int, int], ...] = ()

    def at(self, second: int, window: int) -> Window:
        """The same requests seen from a later second, without those that have left the window."""
        passed = max(0, second - self.second)
        if passed == 0:
            return self
        past = ((0, self.count), *self.history)
        kept = tuple((age + passed, count) for age, count in past if count and age + passed <= window)
        return Window(self.second + passed, 0, kept)

    @property
    def total(self) -> int:
        return self.count + sum(count for _, count in self.history)


class WindowStore(Protocol):
    """Keeps windows; each write is atomic on its one item and answers the window as it then is.

    ``increment`` adds a request if the window's second is still this one and its count below ``below``.
    ``advance`` stores ``new`` if second and count are still those of ``old`` (None: nothing is stored).
    A call whose condition failed changes nothing; it answers (False, what is stored).
    """

    def increment(self, user_id: str, window: Window, below: int) -> tuple[bool, Window | None]: ...
    def advance(self, user_id: str, old: Window | None, new: Window) -> tuple[bool, Window | None]: ...


@dataclass(frozen=True, slots=True)
class RateLimiter:
    """Lets at most ``limit`` requests of a user through in any ``window`` seconds."""

    store: WindowStore
    limit: int
    window: int

    def admit(self, user_id: str, stored: Window | None, now: float) -> int:
        """Count one request; ``stored`` is the window as just read.

        Returns:
            0 if it is let through, else the seconds after which another try makes sense.
        """
        for _ in range(10):
            admitted = False
            if stored is None:
                admitted, stored = self.store.advance(user_id, None, Window(int(now), 1))
            else:
                present = stored.at(int(now), self.window)
                if present.total >= self.limit:
                    return self._wait(present)
                if present is stored:
                    room = self.limit - present.total + present.count
                    admitted, stored = self.store.increment(user_id, present, room)
                else:
                    admitted, stored = self.store.advance(user_id, stored, Window(present.second, 1, present.history))
            if admitted:
                return 0
        return 1

    def _wait(self, present: Window) -> int:
        """Seconds until the oldest counted second has left the window."""
        oldest = max((age for age, _ in present.history), default=0)
        return self.window - oldest + 1
