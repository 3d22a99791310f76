"""Baselines: states that later ones are compared with, each bound to the one that it replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import rfc8785

from lukhas_common import times
from lukhas_common.consciousness.drift.errors import DriftInputError, number
from lukhas_common.consciousness.drift.paths import FEWEST_SAMPLES, flatten

REASON = 500
"""Characters of a reason at most."""

_LATEST = 250_000_000_000
"""Seconds since the epoch: the year 9892, as RFC 3339 knows years up to 9999."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A state at its place in the line.

    Attributes:
        id: SHA-256 of the state in canonical JSON (RFC 8785), hexadecimal: equal states have one id.
        parent: id of the baseline that this one replaced; None for the first.
        created_at: seconds since the epoch, in whole milliseconds.
        reason: why it is the baseline, for people.
        link: SHA-256 of the above and of the parent's link, hexadecimal: whoever has the link of the newest can tell
            whether anything in the line was changed, left out or put in.
    """

    id: str
    parent: str | None
    created_at: float
    reason: str
    link: str
    state: Mapping[str, Any] = field(repr=False)


def baseline_of(state: Mapping[str, Any], created_at: float, reason: str, parent: Baseline | None = None) -> Baseline:
    """The state as the baseline that comes after ``parent``.

    Raises:
        DriftInputError: the state cannot be compared or has no canonical JSON, the reason is empty or too long, or the
            parent is younger.
    """
    if not 0 < len(reason) <= REASON:
        raise DriftInputError("reason", f"a reason has from 1 to {REASON} characters")
    if not 0 <= number(created_at, "created_at") < _LATEST:
        raise DriftInputError("created_at", "seconds since the epoch are needed")
    if parent is not None and parent.created_at > created_at:
        raise DriftInputError("created_at", "a baseline is no older than its parent")
    identity = state_id(state)
    above: tuple[str | None, str | None] = (parent.id, parent.link) if parent else (None, None)
    return Baseline(identity, above[0], created_at, reason, _link(identity, *above, created_at, reason), state)


def state_id(state: Mapping[str, Any], name: str = "state") -> str:
    """SHA-256 of the state in canonical JSON, hexadecimal.

    Raises:
        DriftInputError: the state cannot be compared, or has no canonical JSON.
    """
    if not isinstance(state, Mapping):
        raise DriftInputError(name, "a state is an object")
    flatten(state, field=name, whole=FEWEST_SAMPLES)  # bounds depth and size, before anything recurses
    try:
        return sha256(rfc8785.dumps(state)).hexdigest()
    except ValueError:
        message = "it has no canonical JSON (RFC 8785): send integers beyond 2^53 as strings, and no lone surrogates"
        raise DriftInputError(name, message) from None


def verify_lineage(line: Iterable[Baseline]) -> None:
    """Check that baselines, the first first, are what they say, and that each came after the one before.

    That nothing is missing at the end, only the newest one's link can tell, kept in another place.

    Raises:
        DriftInputError: one is not; ``message`` says which, counted from 0.
    """
    above: tuple[str | None, str | None] = (None, None)
    since = float("-inf")
    for place, each in enumerate(line):
        if each.id != state_id(each.state):
            raise DriftInputError("lineage", f"the state of baseline {place} is not the one that its id says")
        if each.parent != above[0]:
            raise DriftInputError("lineage", f"baseline {place} does not name the one before as its parent")
        if each.created_at < since:
            raise DriftInputError("lineage", f"baseline {place} is older than its parent")
        if each.link != _link(each.id, *above, each.created_at, each.reason):
            raise DriftInputError("lineage", f"baseline {place} or one before it was altered")
        above, since = (each.id, each.link), each.created_at


def _link(identity: str, parent: str | None, link: str | None, created_at: float, reason: str) -> str:
    try:
        content = rfc8785.dumps(["lukhas baseline v1", identity, parent, link, times.rfc3339(created_at), reason])
    except ValueError:
        raise DriftInputError("reason", "a reason is text without lone surrogates") from None
    return sha256(content).hexdigest()
