"""What would have made an action allowed.

Cedar's partial evaluation says which facts could matter; it is experimental and never decides. Whatever is offered was
decided by a full evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lukhas_common.guardian.actions.changes import Change, applied, possible, with_amount
from lukhas_common.guardian.actions.money import MOST
from lukhas_common.policy.cedar import PolicyEngine
from lukhas_common.policy.requests import PolicyRequest

REMEDIES = 3
"""So many are offered at most."""

EVALUATIONS = 150
"""So many full evaluations are made at most; then what was found so far is the answer."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """Changes that together make an action allowed, none of which can be left out; the easiest first."""

    changes: tuple[Change, ...]

    def __str__(self) -> str:
        """What to do."""
        return " ".join(map(str, self.changes))


def remedies_for(engine: PolicyEngine, request: PolicyRequest) -> tuple[Remedy, ...]:
    """What would have made it allowed, the fewest changes first; none where it is allowed or nothing honest helps.

    Sets of changes are found one after the other, each without a change that one before it needed, so that they are
    ways of their own. A policy that forbids something because of a change may keep a way from being found; no way is
    told that does not lead there.

    Raises:
        PolicyError: the request holds what Cedar cannot judge.
    """
    search = _Search(engine, request)
    if search.allows(()):
        return ()
    changes = search.relevant(possible(request))
    found: list[Remedy] = []
    waiting: list[frozenset[Change]] = [frozenset()]
    for barred in waiting:
        if len(found) == REMEDIES:
            break
        smallest = search.smallest([change for change in changes if change not in barred])
        if smallest is None:
            continue
        remedy = Remedy(tuple(reversed(search.generous(smallest))))
        if remedy not in found:
            found.append(remedy)
        waiting += [further for change in smallest if (further := barred | {change}) not in waiting]
    return tuple(sorted(found, key=lambda remedy: len(remedy.changes)))


@dataclass(slots=True)
class _Search:
    """Full evaluations of one request under changes, counted."""

    engine: PolicyEngine
    request: PolicyRequest
    left: int = field(default=EVALUATIONS)

    def allows(self, changes: Sequence[Change]) -> bool:
        """Whether it is allowed after these changes; False once there are no evaluations left."""
        if not self.left:
            return False
        self.left -= 1
        return self.engine.decide(applied(self.request, changes)).allowed

    def relevant(self, changes: list[Change]) -> list[Change]:
        """The changes of facts that policies ask for; none where the other facts alone deny."""
        asked = self.engine.undecided(self.request, {change.attribute for change in changes})
        return changes if asked is None else [change for change in changes if change.attribute in asked]

    def smallest(self, changes: list[Change]) -> list[Change] | None:
        """A set of which none can be left out, for which the first ones are left out first. None where none helps."""
        if not changes or not self.allows(changes):
            return None
        kept = changes
        for change in changes:
            without = [other for other in kept if other is not change]
            if self.allows(without):
                kept = without
        return kept

    def generous(self, changes: list[Change]) -> list[Change]:
        """The same set with the highest amount that is allowed."""
        if not any(change.fact == "amount" for change in changes):
            return changes
        known = self.request.context.get("amount", MOST)
        low, high = 0, known if isinstance(known, int) else MOST
        while low < high:
            middle = (low + high + 1) // 2
            if self.allows(self._at(changes, middle)):
                low = middle
            else:
                high = middle - 1
        return self._at(changes, low)

    def _at(self, changes: list[Change], amount: int) -> list[Change]:
        return [with_amount(self.request, amount) if change.fact == "amount" else change for change in changes]
