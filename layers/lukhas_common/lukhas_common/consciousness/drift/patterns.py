"""What is said of paths: for one path, or for all that begin alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lukhas_common.consciousness.drift.errors import DriftInputError
from lukhas_common.consciousness.drift.paths import LEAVES, LENGTH

T = TypeVar("T")

PREFIXES = 100
"""Patterns at most that end in ``*``."""


@dataclass(frozen=True, slots=True)
class Patterns(Generic[T]):
    """Values by path. The path's own value goes first, then that of the longest prefix: ``/mood/*`` before ``*``.

    A prefix is text: ``/turns[*`` has every path that begins with ``/turns[``.
    """

    exact: Mapping[str, T]
    prefixes: Mapping[str, T]
    lengths: tuple[int, ...]

    def find(self, path: str) -> T | None:
        """What is said of the path, if anything."""
        if path in self.exact:
            return self.exact[path]
        for length in self.lengths:
            if path[:length] in self.prefixes:
                return self.prefixes[path[:length]]
        return None


def patterns(said: Mapping[str, Any], field: str, read: Callable[[Any], T]) -> Patterns[T]:
    """The patterns of a mapping, with what ``read`` makes of their values.

    Raises:
        DriftInputError: a pattern could not match any path, there are too many, or ``read`` refuses a value.
    """
    exact: dict[str, T] = {}
    prefixes: dict[str, T] = {}
    if not isinstance(said, Mapping) or len(said) > LEAVES:
        raise DriftInputError(field, f"a mapping of at most {LEAVES} paths is needed")
    for pattern, value in said.items():
        start = pattern.removesuffix("*") if isinstance(pattern, str) else "*"
        if "*" in start or len(start) > LENGTH or start[:1] not in ("", "/", "["):
            raise DriftInputError(field, "a pattern is a path such as /mood/valence, or begins one, such as /mood/*")
        (exact if start == pattern else prefixes)[start] = read(value)
    if len(prefixes) > PREFIXES:
        raise DriftInputError(field, f"at most {PREFIXES} patterns may end in *")
    return Patterns(exact, prefixes, tuple(sorted({len(prefix) for prefix in prefixes}, reverse=True)))
