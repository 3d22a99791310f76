"""Who may have what, found by reading every event from the beginning: slow, and written without the engine."""

from __future__ import annotations

from dataclasses import dataclass

from lukhas_common.consent.vocabulary import CATEGORIES, SPECIAL_CATEGORIES

DAY = 86400.0
MAX_AGE = {("*", "ordinary"): 100, ("*", "special"): 50, ("FR", "ordinary"): 30, ("FR", "special"): 20}
"""Days; of the rules that the tests of the engine use."""

RULES = {
    "members": {},
    "rules": [
        {
            "jurisdiction": place,
            "sensitivity": kind,
            "max_age_days": days,
            "kind": "house",
            "source": "a rule of the tests",
        }
        for (place, kind), days in MAX_AGE.items()
    ]
    + [{"jurisdiction": "*", "max_age_days": 100, "kind": "house", "source": "a rule of the tests"}],
}


@dataclass(frozen=True)
class Event:
    """Something that a person did; ``purposes`` is empty where all are withdrawn."""

    verb: str
    scope: str
    purposes: tuple[str, ...]
    at: float
    recipients: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    explicit: bool = False
    jurisdiction: str | None = None
    expires_at: float | None = None


def within(scope: str, holder: str) -> bool:
    return scope == holder or scope.startswith(holder + ".")


def special(scope: str) -> bool:
    return any(category in SPECIAL_CATEGORIES for category in CATEGORIES[scope])  # type: ignore[index]


def decider(events: list[Event], scope: str, purpose: str) -> Event | None:
    """The event that decides on one scope, without those beneath it."""
    holder = scope
    while holder:
        own = [
            place
            for place, event in enumerate(events)
            if event.scope == holder and (purpose in event.purposes or not event.purposes)
        ]
        if own:
            last = own[-1]
            if events[last].verb != "grant":
                return events[last]
            ended = any(
                event.verb != "grant"
                and event.scope != holder
                and within(holder, event.scope)
                and (purpose in event.purposes or not event.purposes)
                for event in events[last + 1 :]
            )
            if not ended:
                return events[last]
            # A grant was an exception from what was withdrawn for all purposes; that stands again.
            for place in reversed(own):
                if events[place].verb != "grant" and not events[place].purposes:
                    return events[place]
        holder = holder.rpartition(".")[0]
    return None


def ends(event: Event, scope: str, place: str | None) -> float:
    """When a grant ends for a scope."""
    kind = "special" if special(scope) else "ordinary"
    limits = [
        event.at + MAX_AGE["FR" if where == "FR" else "*", kind] * DAY
        for where in (event.jurisdiction, place or event.jurisdiction)
    ]
    return min(limits if event.expires_at is None else [*limits, event.expires_at])


def refusal(
    events: list[Event],
    scope: str,
    role: str,
    purpose: str,
    wanted: frozenset[str] | None,
    place: str | None,
    now: float,
) -> str | None:
    """Why a role may not have a scope and all beneath it, None if it may."""
    for inner, held in CATEGORIES.items():
        needed = [category for category in held if wanted is None or category in wanted]
        if not within(inner, scope) or not needed:
            continue
        event = decider(events, inner, purpose)
        if event is None:
            elsewhere = {
                other
                for holder in CATEGORIES
                if within(inner, holder)
                for other in {p for e in events for p in e.purposes}
                if (found := _at(events, holder, other)) is not None and found.verb == "grant"
            }
            return "other_purpose" if elsewhere else "never_granted"
        if event.verb != "grant":
            return {"withdraw": "withdrawn", "revoke": "revoked"}[event.verb]
        if now >= ends(event, inner, place):
            return "expired"
        if role not in event.recipients:
            return "other_role"
        if event.categories and not set(needed) <= set(event.categories):
            return "other_category"
        if not event.explicit and any(category in SPECIAL_CATEGORIES for category in needed):
            return "not_explicit"
    return None


def _at(events: list[Event], holder: str, purpose: str) -> Event | None:
    """The decider, if it is about this very scope."""
    found = decider(events, holder, purpose)
    return found if found is not None and found.scope == holder else None
