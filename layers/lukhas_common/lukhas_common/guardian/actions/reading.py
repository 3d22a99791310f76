"""What a text says is to be done: effects from the verbs that begin its clauses, subjects from its nouns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lukhas_common.consent.vocabulary import ConsentScope
from lukhas_common.guardian.actions.code import kinds_of_code, takes_everything
from lukhas_common.guardian.actions.foreign import hides_words, strange
from lukhas_common.guardian.actions.grammar import (
    ARTICLES,
    BULK,
    DIVIDERS,
    ENDS,
    IRREVERSIBLE,
    LEAD_INS,
    NEGATIONS,
    OBJECT_ENDS,
    PIECES,
    PRONOUNS,
    QUESTIONS,
    SELF,
    TOPICS,
)
from lukhas_common.guardian.actions.kinds import HARMLESS, SUBJECTS, Kind
from lukhas_common.guardian.actions.nouns import NOUNS, PERSONAL
from lukhas_common.guardian.actions.verbs import ALWAYS, INFLECTED, VERBS
from lukhas_common.guardian.actions.words import phrases, starts_of, words

_NONE: frozenset[Kind] = frozenset()
_JOINS = frozenset({"and", "then", "or"})
"""Between two verbs of a tool's name."""

_FIRST_ALWAYS = frozenset(phrase.split()[0] for phrase in ALWAYS)
_SUBJECTS = starts_of(NOUNS, PERSONAL)
_TELLS = frozenset({Kind.EXTERNAL_COMMUNICATION})
_AHEAD = 5
"""So many words are looked at for a verb of up to three, articles between them."""

_ADDRESS = re.compile(r"@[\w-]|https?:|www\.")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a text.

    Attributes:
        needs: the scopes of consent that cover the personal data which it names.
        bulk: it takes in all there is of something.
        forever: it says itself that it cannot be undone.
        everything: it speaks of all there is of something.
        unclear: part of it is not understood, and may be an order.
    """

    kinds: frozenset[Kind] = frozenset()
    needs: frozenset[ConsentScope] = frozenset()
    bulk: bool = False
    forever: bool = False
    everything: bool = False
    unclear: bool = False

    def __or__(self, other: Reading) -> Reading:
        return Reading(
            self.kinds | other.kinds,
            self.needs | other.needs,
            self.bulk or other.bulk,
            self.forever or other.forever,
            self.everything or other.everything,
            self.unclear or other.unclear,
        )


def read_instruction(text: str, said: list[str] | None = None) -> Reading:
    """What a sentence or a tool's name says is to be done; ``said`` are its words where they are known."""
    found = words(text) if said is None else said
    code = read_code(text)
    hidden = hides_words(text)
    if not found:
        return replace(code, unclear=hidden)
    one_name = not any(mark.isspace() for mark in text.strip())
    done = _of_name(found) if one_name else _of_clauses(found, text)
    whole = _subject(found)
    kinds = done.kinds | code.kinds
    bulk = done.bulk or code.bulk
    if Kind.DESTRUCTIVE in kinds:
        # What is to be deleted is often named before it is said, as in "find every log and delete it".
        bulk = bulk or whole.everything or takes_everything(text)
    forever = not IRREVERSIBLE.isdisjoint(found)
    return Reading(kinds, bulk=bulk, forever=forever, unclear=hidden or done.unclear) | whole


def read_subject(text: str) -> Reading:
    """What a text is about, whatever it says is to be done."""
    return _subject(words(text))


def names_system(text: str) -> bool:
    """Whether a text names a database, a disk or the like, and not only something in it."""
    return _names_system(words(text))


def _subject(found: list[str]) -> Reading:
    kinds: set[Kind] = set()
    needs: set[ConsentScope] = set()
    for phrase in phrases(found, _SUBJECTS):
        kinds |= NOUNS.get(phrase, _NONE)
        if (scope := PERSONAL.get(phrase)) is not None:
            needs.add(scope)
    if needs:
        kinds.add(Kind.PERSONAL_DATA)
    return Reading(frozenset(kinds), frozenset(needs), everything=not BULK.isdisjoint(found))


def read_code(text: str) -> Reading:
    """What a command or query among the arguments does."""
    kinds = kinds_of_code(text)
    return Reading(kinds, bulk=Kind.DESTRUCTIVE in kinds and takes_everything(text))


def complete(kinds: frozenset[Kind]) -> frozenset[Kind]:
    """The kinds with what follows from them."""
    return kinds | {Kind.CHANGE} if kinds - SUBJECTS - HARMLESS else kinds


def _of_name(found: list[str]) -> Reading:
    """Of a tool's name: of the first word of each of its halves if that is a verb, or else of any."""
    kinds, bulk = _NONE, not BULK.isdisjoint(found)
    for half in _split(found, _JOINS):
        own = _verb(half, INFLECTED) or _NONE.union(
            *(_verb(half[at : at + _AHEAD], INFLECTED) for at in range(1, len(half)))
        )
        bulk = bulk or (Kind.DESTRUCTIVE in own and _names_system(half))
        kinds |= own
    return Reading(kinds, bulk=bulk)


def _of_clauses(found: list[str], text: str) -> Reading:
    """Of a sentence, and whether a clause that changes something takes in all there is."""
    kinds, bulk = _NONE, False
    alone = not _ADDRESS.search(text)
    silent: list[list[str]] = []
    clauses = [clause for clause in _split(found, ENDS) if clause]
    for at, clause in enumerate(clauses):
        effects = _of_clause(clause, INFLECTED if at == 0 else VERBS, alone=alone)
        bulk = bulk or (not effects <= HARMLESS and not BULK.isdisjoint(clause))
        bulk = bulk or (Kind.DESTRUCTIVE in effects and _destroys_system(clause))
        kinds |= effects
        if not effects:
            silent.append(clause)
    # An order in another language says nothing here, and would be done all the same.
    unclear = len(clauses) > 1 and strange(silent, text)
    return Reading(kinds, bulk=bulk, unclear=unclear)


def _destroys_system(clause: list[str]) -> bool:
    """Whether the object of a verb that destroys is a database, a disk or the like."""
    return any(
        Kind.DESTRUCTIVE in _verb(clause[at : at + _AHEAD], INFLECTED) and _names_system(clause[at + 1 :])
        for at in range(len(clause))
    )


def _names_system(found: list[str]) -> bool:
    """Whether words, up to the first preposition, name a system and not only a piece of one."""
    end = next((at for at, word in enumerate(found) if at and word in OBJECT_ENDS), len(found))
    if "of" in found[:end] and not PIECES.isdisjoint(found[: found.index("of")]):
        return False
    for at in range(end):
        for size in (1, 2):
            if Kind.SYSTEM in NOUNS.get(" ".join(found[at : at + size]), _NONE):
                return PIECES.isdisjoint(found[at + size : end])
    return False


def _split(found: list[str], ends: frozenset[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for word in found:
        if word in ends:
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _of_clause(clause: list[str], verbs: Mapping[str, frozenset[Kind]], *, alone: bool) -> frozenset[Kind]:
    """Of the verbs at its beginning and after its dividers. What it only asks or tells about is not done."""
    kinds, begins = _NONE, True
    for at, word in enumerate(clause):
        if word in DIVIDERS or _suggests(clause[at : at + 2], verbs):
            begins = True
        elif word == "about" and at and _suggests(clause[at - 1 : at + 1], verbs):
            continue
        elif word in TOPICS:
            return kinds | {Kind.READ} if begins else kinds
        elif begins and word in QUESTIONS:
            return kinds | {Kind.READ}
        elif begins and word in NEGATIONS:
            kinds, begins = kinds | {Kind.READ}, False
        elif begins:
            verb = _verb(clause[at : at + _AHEAD], verbs)
            if alone and verb == _TELLS and clause[at + 1 : at + 2] and clause[at + 1] in SELF:
                verb = frozenset({Kind.READ})
            kinds |= verb
            begins = not verb and word in LEAD_INS
        if word in _FIRST_ALWAYS and NEGATIONS.isdisjoint(clause[max(0, at - 2) : at]):
            for phrase in phrases(clause[at : at + 3], _FIRST_ALWAYS):
                kinds |= ALWAYS.get(phrase, _NONE)
    return kinds


def _suggests(rest: list[str], verbs: Mapping[str, frozenset[Kind]]) -> bool:
    """Whether what looks like a question is an order: "how about", "do send it", "have it sent"."""
    if rest[:2] in (["how", "about"], ["what", "about"]):
        return True
    following = rest[1] if len(rest) > 1 else ""
    if rest[0] == "do":
        return following in verbs or following in NEGATIONS
    return rest[0] == "have" and following not in PRONOUNS


def _verb(found: list[str], verbs: Mapping[str, frozenset[Kind]]) -> frozenset[Kind]:
    """What the first word says, alone and with the words after it, articles apart."""
    first, *rest = [word for word in found[:_AHEAD] if word not in ARTICLES] or [""]
    kinds = verbs.get(first, _NONE)
    if rest:
        kinds |= verbs.get(f"{first} {rest[0]}", _NONE) | verbs.get(" ".join([first, *rest[:2]]), _NONE)
    return kinds
