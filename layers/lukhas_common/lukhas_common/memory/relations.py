"""Simple facts, read off clauses of the form subject, verb, object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lukhas_common.memory.clauses import OWNS, Span
from lukhas_common.memory.extraction import Relation
from lukhas_common.memory.search.terms import STOP_WORDS
from lukhas_common.memory.statements import NEGATING

LONGEST = 80
"""Characters of a subject or an object."""

_LONGEST_SUBJECT, _LONGEST_OBJECT, _MOST_SKIPPED = 4, 6, 4
_SELF = frozenset({"i", "we"})
_OWN = frozenset({"my", "our"})
_DENYING = frozenset({"not", "never"})
_JOINING = frozenset({"but", "and", "because", "so"})
"""After these a negation before them does not reach."""

_NOBODY_WORDS = """
    nobody everybody everyone somebody someone anybody anyone none whoever people
"""
_NOBODY = frozenset(_NOBODY_WORDS.split())
_PARTICIPLES_WORDS = """
    been gone got had done seen made taken known come become given found felt left kept met sat stood run paid read
    written learnt spoken told said thought bought brought built lost won sold sent spent begun eaten drunk driven
    fallen flown grown heard held hurt led slept sung swum taught understood worn
"""
_PARTICIPLES = frozenset(_PARTICIPLES_WORDS.split())
_BETWEEN = """
    really also always just now still often usually absolutely currently already both all do does did have never not
"""
_SKIPPED = frozenset(_BETWEEN.split())
_ARTICLES = frozenset({"a", "an", "the", "my", "our", "some", "any", "to", "very", "so", "really", "currently"})
_ENDS_OBJECT = STOP_WORDS - _ARTICLES - {"of"}
_NO_LAST = STOP_WORDS - {"may"}

_LIKING = "like likes liked love loves loved enjoy enjoys enjoyed adore adores adored prefer prefers preferred"
_DISLIKING = "hate hates hated dislike dislikes disliked"
_VERBS: dict[tuple[str, ...], str] = {
    **dict.fromkeys([("am",), ("is",), ("are",), ("was",), ("were",)], "is"),
    **{(verb,): "likes" for verb in _LIKING.split()},
    **{(verb,): "dislikes" for verb in _DISLIKING.split()},
    **{(verb, at): "works at" for verb in ("work", "works", "worked") for at in ("at", "for")},
    **{(verb, "as"): "works as" for verb in ("work", "works", "worked")},
    **{(verb, at): "lives in" for verb in ("live", "lives", "lived") for at in ("in", "at", "near")},
    **{(verb, "to"): "moved to" for verb in ("move", "moves", "moved", "moving")},
    **{(verb, "from"): "comes from" for verb in ("am", "is", "are", "come", "comes", "came")},
    **{(verb, "allergic", "to"): "allergic to" for verb in ("am", "is", "are")},
    **{(verb, "married", "to"): "married to" for verb in ("am", "is", "are", "got")},
    **{(verb, "born", at): f"born {at}" for verb in ("was", "were") for at in ("in", "on")},
    **{(verb, "at"): "studies at" for verb in ("study", "studies", "studied")},
    **dict.fromkeys([("study",), ("studies",), ("studied",)], "studies"),
    **dict.fromkeys([("have",), ("has",), ("had",), ("own",), ("owns",), ("have", "got"), ("has", "got")], "has"),
    **dict.fromkeys([("play",), ("plays",), ("played",)], "plays"),
    **dict.fromkeys([("speak",), ("speaks",)], "speaks"),
    **dict.fromkeys([("need",), ("needs",)], "needs"),
    **dict.fromkeys([("want",), ("wants",)], "wants"),
}
PREDICATES = frozenset(word for verb in _VERBS for word in verb)
"""Every word of a verb of these facts."""

_LONGEST_VERB = max(map(len, _VERBS))


def relations(words: Sequence[str], entities: Sequence[Span], person: str) -> Iterator[Relation]:
    """The facts that a clause states; ``entities`` are its names, ``person`` the first person's."""
    starts = {last: first for first, last in entities}
    at = 0
    while at < len(words):
        verb = verb_at(words, at)
        if verb is None:
            at += 1
            continue
        predicate, end = verb
        denied = not _DENYING.isdisjoint(_lower(words[max(0, at - 2) : at]))
        if end < len(words) and words[end].lower() in _DENYING:
            denied, end = True, end + 1
        subject, first = _subject(words, at, starts, person)
        object_, last = _object(words, end)
        if subject and object_ and _holds(words, first, last) and not _is_other(predicate, words[end:last]):
            if denied:
                predicate = "dislikes" if predicate == "likes" else f"not {predicate}"
            if predicate == "is" and subject == f"{person}'s name":
                subject, predicate = person, "is called"
            yield Relation(subject[:LONGEST], predicate, object_[:LONGEST])
        at = end


def _holds(words: Sequence[str], first: int, last: int) -> bool:
    """Whether nothing around a clause denies it or leaves it open: neither Ada nor Bob; Rome or Paris."""
    before = _lower(words[:first])
    start = max((at + 1 for at, word in enumerate(before) if word in _JOINING), default=0)
    either = "or" in before[-1:] or _lower(words[last : last + 1]) == ["or"]
    return not either and NEGATING.isdisjoint(before[start:])


def _is_other(predicate: str, words: Sequence[str]) -> bool:
    """Whether the verb is one with another's help: have to, has painted, is going."""
    lower = _lower(words)
    if predicate in ("has", "wants", "needs", "is") and "to" in lower:
        return True
    word = next(word for word in lower if word not in _ARTICLES)
    is_participle = (word.endswith("ed") and len(word) > 4) or word in _PARTICIPLES
    return (predicate == "is" and word.endswith("ing")) or (
        predicate == "has" and lower[0] == word and (is_participle or verb_at(lower, 0) is not None)
    )


def _lower(words: Sequence[str]) -> list[str]:
    return [word.lower() for word in words]


def verb_at(words: Sequence[str], at: int) -> tuple[str, int] | None:
    """The predicate that starts here, and where it ends; the longest that is known."""
    for length in range(_LONGEST_VERB, 0, -1):
        predicate = _VERBS.get(tuple(_lower(words[at : at + length]))) if at + length <= len(words) else None
        if predicate is not None:
            return predicate, at + length
    return None


def _subject(words: Sequence[str], before: int, starts: Mapping[int, int], person: str) -> tuple[str, int]:
    """Whoever stands right before the verb, and from where on; nothing if that is nobody who can be named.

    Args:
        starts: of each name in the clause, by where it ends, where it starts.
    """
    at = before - 1
    while at >= max(0, before - _MOST_SKIPPED) and words[at].lower() in _SKIPPED:
        at -= 1
    if at < 0 or words[at].lower() in _NOBODY:
        return "", 0
    if words[at].lower() in _SELF:
        return person, at
    if at + 1 in starts:
        return " ".join(words[starts[at + 1] : at + 1]), starts[at + 1]
    for first in range(at - 1, max(-1, at - 1 - _LONGEST_SUBJECT), -1):
        if words[first].lower() in _OWN:
            said = " ".join(_lower(words[first + 1 : at + 1]))
            return f"{person}'s {said}".replace(f" {OWNS}", OWNS), first
    return "", 0


def _object(words: Sequence[str], start: int) -> tuple[str, int]:
    """The words up to the next stop word, without articles before them, and where they end."""
    while start < len(words) and words[start].lower() in _ARTICLES:
        start += 1
    end = start
    while end < len(words) and end - start < _LONGEST_OBJECT and not _ends(words[end]):
        end += 1
    last = end
    while end > start and words[end - 1].lower() in _NO_LAST:
        end -= 1
    return " ".join(words[start:end]).replace(f" {OWNS}", OWNS), last


def _ends(word: str) -> bool:
    """The month is no auxiliary verb."""
    return word.lower() in _ENDS_OBJECT and word != "May"
