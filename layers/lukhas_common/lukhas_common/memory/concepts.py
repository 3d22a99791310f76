"""What a memory is about, and simple facts in it, by rules of English: no model is asked.

Concepts:
- an entity is a run of words with capitals, joined by "of" and the like (``University of Vienna``). A capital at the
  start of a sentence counts only in a run of several, in an abbreviation, before a verb of the facts below, or if the
  word has it elsewhere too;
- a date is written as ISO 8601 writes it (``2023-05-07``, ``--05`` for a May);
- a phrase is what is left between stop words, verbs and punctuation, at most four words, in lower case.

Relations are read off clauses of the form subject, verb, object, where the subject is the first person, "my" and a few
words, or an entity, and the verb is in ``relations.py``. The first person is ``user``, or whoever the text begins with,
as in ``Caroline: I live in Vienna``. He, she and they are not resolved. What is negated says so: ``not lives in``.
Questions, conditions, doubts, wishes and what somebody has to do state nothing (``statements.py``).

Time is linear in the text, of which the first 20,000 characters are read; of it come at most 64 concepts and 32
relations.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from lukhas_common.memory.clauses import OWNS, Span, sentences
from lukhas_common.memory.extraction import Concept, ConceptKind, Extraction, Extractor, Relation
from lukhas_common.memory.relations import LONGEST, PREDICATES, relations, verb_at
from lukhas_common.memory.search.dates import MONTHS, named
from lukhas_common.memory.search.terms import STOP_WORDS
from lukhas_common.memory.statements import stated

__all__ = ["Concept", "ConceptKind", "Extraction", "Extractor", "Relation", "RuleExtractor", "extract"]

USER = "user"
MOST_CONCEPTS, MOST_RELATIONS = 64, 32
_MOST_CHARACTERS, _LONGEST_PHRASE, _LONGEST_ENTITY = 20_000, 4, 6
_SPEAKER = re.compile(r"\s*([A-Z][\w'-]{0,30}(?: [A-Z][\w'-]{0,30})?|user|assistant):\s")
_JOINING = frozenset({"of", "de", "da", "van", "von", "del", "la", "for"})
_SAID_OFTEN = """
    go goes went going gone get gets got getting make makes made making take takes took taken taking see sees saw seen
    come comes came coming know knows knew known think thinks thought say says said tell tells told ask asks asked give
    gives gave given find finds found feel feels felt try tries tried trying leave left keep keeps kept let lets begin
    began start starts started put puts bring brought buy bought meet met sit sat stand stood run ran pay paid read
    write wrote written learn learned talk talked talking use uses used using help helped show showed call called turn
    turned hope hopes hoped look looks looked looking remember happen happened become became working living moving
    wanted needed liked loved enjoyed visited planned plan plans painted spent sounds seems please thanks thank hey hi
    hello yes yeah oh wow ok okay really actually maybe always never often usually yesterday today tomorrow tonight
    ago last next week month year day time lot lots bit thing things way good great nice new
"""
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_NO_CONCEPT = STOP_WORDS | PREDICATES | {*_SAID_OFTEN.split(), *_DAYS.split(), *MONTHS, OWNS}


class RuleExtractor:
    """The Extractor that needs nothing: these rules."""

    def extract(self, text: str) -> Extraction:
        """See ``extract``."""
        return extract(text)


def extract(text: str) -> Extraction:
    """The concepts and relations of a text."""
    text = text[:_MOST_CHARACTERS].replace("\u2019", "'")
    speaker = _SPEAKER.match(text)
    person = USER
    if speaker is not None:
        person = USER if speaker.group(1).lower() in {"user", "me", "i"} else speaker.group(1)
        text = text[speaker.end() :]
    parts = [
        (words, number == 0, upto)
        for sentence in sentences(text)
        for number, (words, upto) in enumerate(
            zip(sentence.clauses, stated(sentence.clauses, is_question=sentence.is_question), strict=True)
        )
    ]
    capital = {word for words, starts, _ in parts for word in words[starts:] if word[0].isupper()}
    names: Counter[str] = Counter() if person == USER else Counter([person])
    phrases: Counter[str] = Counter()
    facts: dict[Relation, None] = {}
    for words, starts, upto in parts:
        entities = _entities(words, starts, capital)
        names.update(" ".join(words[first:last]) for first, last in entities)
        phrases.update(_phrases(words, entities))
        if len(facts) < MOST_RELATIONS:
            facts.update(dict.fromkeys(relations(words[:upto], entities, person)))
    known = {name.lower() for name in names}
    concepts = [Concept(name[:LONGEST], ConceptKind.ENTITY, count) for name, count in names.items()]
    concepts += [Concept(name, ConceptKind.DATE, 1) for name in named(text)]
    concepts += [
        Concept(name[:LONGEST], ConceptKind.PHRASE, count) for name, count in phrases.items() if name not in known
    ]
    return Extraction(tuple(concepts[:MOST_CONCEPTS]), tuple(facts)[:MOST_RELATIONS])


def _entities(words: Sequence[str], starts: bool, capital: set[str]) -> list[Span]:
    """The names in a clause."""
    found: list[Span] = []
    at = 0
    while at < len(words):
        if not _named(words[at]):
            at += 1
            continue
        end = at + 1
        while end < len(words) and end - at < _LONGEST_ENTITY:
            if _named(words[end]):
                end += 1
            elif words[end] in _JOINING and end + 1 < len(words) and _named(words[end + 1]):
                end += 2
            else:
                break
        first = starts and at == 0
        single = end == at + 1
        known = words[at] in capital or (words[at].isupper() and len(words[at]) > 1) or verb_at(words, end) is not None
        if not first or not single or known:
            found.append((at, end))
        at = end
    return found


def _named(word: str) -> bool:
    return word[0].isupper() and word.lower() not in _NO_CONCEPT


def _phrases(words: Sequence[str], entities: Sequence[Span]) -> Iterator[str]:
    inside = {at for first, last in entities for at in range(first, last)}
    run: list[str] = []
    for at, word in enumerate([*words, ""]):
        lower = word.lower()
        if word and at not in inside and lower not in _NO_CONCEPT and not lower.isdigit() and len(lower) > 1:
            run.append(lower)
            continue
        if run and len(run) <= _LONGEST_PHRASE:
            yield " ".join(run)
        elif run:
            yield " ".join(run[-_LONGEST_PHRASE:])
        run = []
