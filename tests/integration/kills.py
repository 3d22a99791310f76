"""A switch that kills writing code at its n-th AWS call, before the call took effect or after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

WHEN = ["before", "after"]
"""Before a call, all is as after the one before it: every other call, both ways, is each moment once."""


class Killed(BaseException):
    """The process is gone: nothing in between may catch this."""


class Kills:
    """Counts the AWS calls of the clients that it watches, and kills at one of them."""

    def __init__(self) -> None:
        self.calls, self.kill_at, self.when = 0, 0, "before"

    def watch(self, *clients: Any) -> None:
        """Count the calls of these clients from now on."""
        for client in clients:
            client.meta.events.register("before-call", self._before)
            client.meta.events.register("after-call", self._after)

    @contextmanager
    def killed_at(self, call: int, when: str) -> Iterator[None]:
        """Kill whatever runs inside at this AWS call; nothing is retried by the SDK."""
        self.calls, self.kill_at, self.when = 0, call, when
        try:
            yield
        except Killed:
            pass
        finally:
            self.kill_at = 0

    def _before(self, **_: Any) -> None:
        self.calls += 1
        if self.kill_at == self.calls and self.when == "before":
            raise Killed

    def _after(self, **_: Any) -> None:
        if self.kill_at == self.calls and self.when == "after":
            raise Killed
