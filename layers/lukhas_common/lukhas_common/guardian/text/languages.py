"""Which language a text is in, as far as it must be told from English."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from lukhas_common.guardian.text.alphabets import alphabets, language
from lukhas_common.guardian.text.english import english

MAX_FOREIGN = 0.3
"""A larger share of letters in a language that is not judged leaves the whole text unjudged."""
MIN_ENGLISH = 0.52
"""So large a share of the words must be English; of up to three words ``MIN_ENGLISH_SHORT``."""
MIN_ENGLISH_SHORT = 0.45
_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ\u0300-\u036fḀ-ỿ]+(?:['’][A-Za-zÀ-ÖØ-öø-ÿ]+)?")
_WITHIN = re.compile("[A-Za-zÀ-ÖØ-öø-ɏ]+")
# Addresses, @names, #tags, and words with digits or signs of programs within say nothing of the language.
_ADDRESS = re.compile(r"(?:https?:|www\.)[^\s]{1,2048}|[@#&][\w.]{1,64};?")
_ADDRESS_OR_MAILBOX = re.compile(rf"{_ADDRESS.pattern}|[\w.+-]{{1,64}}@[\w.-]{{1,64}}")
_MAILBOX = re.compile(r"@(?<=[\w.+-]@)[\w.-]")
_ADDRESSED = ("http", "www.", "@", "#", "&")
_NUMBERED = re.compile(r"[\d_]")
_NAME = re.compile(r"(?<!\w)(?:[A-Z]{1,5}-)?\w*[\d_]\w*")
_LETTERS = frozenset("aAiI")
"""Single letters that are words; others are mostly names of variables."""
_FEW = 3
_FEW_FOREIGN = 3
_NEVER = 99.0
_FREQUENT = 11.3
"""Words that cost less are the about 800 most frequent ones."""
_LIKELY = 4.5
_NAMING = 2_000
_PART = 12
_LONGEST_PART = 40
_LONGEST_KEPT = 32
"""Longer words are looked up each time, so that what is kept stays small."""
_MAX_PARTS = 16
_TELLING = {
    "vi": re.compile("[ạ-ỹơưđă\u0309\u0323\u031b]"),
    "tr": re.compile("[ğışç]"),
    "de": re.compile("[ßäöü]"),
    "es": re.compile("[ñ¿¡]"),
    "pt": re.compile("[ãõ]"),
    "pl": re.compile("[łąęśżźć]"),
    "cs": re.compile("[ěřů]"),
    "ro": re.compile("[șțţ]"),
    "hu": re.compile("[őű]"),
}


@dataclass(frozen=True, slots=True)
class _Evidence:
    """How many words are frequent in English, frequent elsewhere too, known, made like English ones, frequent
    elsewhere only, or unknown with a capital letter, as names are."""

    words: int
    frequent: int
    shared: int
    known: int
    likely: int
    foreign: int
    capital: int

    def is_english(self) -> bool:
        if not self.words:
            return True
        score = self.frequent + 0.9 * self.known + 0.4 * self.likely
        if self.foreign:
            score -= 0.6 * self.shared
        weight = self.words - 0.7 * self.capital
        return score >= weight * (MIN_ENGLISH if self.words > 3 else MIN_ENGLISH_SHORT)

    def is_foreign(self) -> bool:
        return self.foreign >= _FEW_FOREIGN and self.foreign * 2 > self.frequent + self.known and not self.is_english()


def _named(words: list[str]) -> str:
    """Return the language that the words tell which few languages share, if there are enough of them."""
    stop = _stop_words()
    votes: Counter[str] = Counter()
    for word in words:
        names = stop.get(word.lower(), ())
        for name in names:
            votes[name] += 12 // len(names)
    text = " ".join(words[:_NAMING]).lower()
    votes += Counter({name: 6 * len(found.findall(text)) for name, found in _TELLING.items()})
    name, weight = max(votes.items(), key=lambda vote: (vote[1], vote[0]), default=("und", 0))
    return name if weight >= max(4, len(words)) else "und"


@cache
def _stop_words() -> dict[str, tuple[str, ...]]:
    """Return which languages other than English each word is frequent in."""
    found: dict[str, list[str]] = {}
    for line in Path(__file__).with_name("stopwords.txt").read_text("utf-8").splitlines():
        name, *words = line.split()
        for word in words:
            found.setdefault(word, []).append(name)
    return {word: tuple(names) for word, names in found.items()}


def language_of(text: str) -> str:
    """Return ``en`` for what can be judged as English, otherwise its language or ``und``; empty without words."""
    others = alphabets(text)
    others.pop("latin", 0)
    words = _words(text)
    foreign = sum(others.values())
    if foreign > MAX_FOREIGN * (foreign + sum(map(len, words))):
        return language(text, others)
    return _latin(words) if words else ""


def around_codes(text: str) -> str:
    """Return the language that is plain to see around coded parts, ``en`` unless there is evidence of another."""
    words = _words(text)
    return _named(words) if _evidence(_kinds(words)).is_foreign() else "en"


def _words(text: str) -> list[str]:
    """Return the words in Latin letters; those within names of programs only if there are hardly any others."""
    if any(map(text.__contains__, _ADDRESSED)):
        text = (_ADDRESS_OR_MAILBOX if _MAILBOX.search(text) else _ADDRESS).sub(" ", text)
    plain = _NAME.sub(" ", text) if _NUMBERED.search(text) else text
    found = [word for word in _WORD.findall(plain) if len(word) > 1 or word in _LETTERS]
    if len(found) < _FEW:
        within = [word for word in _WITHIN.findall(text) if len(word) > 2]
        found = within if len(within) > len(found) + _FEW else found
    return [word.replace("’", "'") for word in found] if "’" in text else found


def _latin(words: list[str]) -> str:
    """Return the language of words in Latin letters."""
    kinds = _kinds(words)
    if not _evidence(kinds).is_english():
        return _named(words)
    if len(words) >= 2 * _PART and kinds.count("o") >= _FEW_FOREIGN:
        step = max(_PART, len(words) // _MAX_PARTS)
        cut = range(0, len(words) - _PART + 1, step)
        foreign = [at for at in cut if _evidence(kinds[at : at + _LONGEST_PART]).is_foreign()]
        if len(foreign) > MAX_FOREIGN * len(cut):
            return _named([word for at in foreign for word in words[at : at + _LONGEST_PART]])
    return "en"


def _without_accents(word: str) -> str:
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in word)


def _evidence(kinds: str) -> _Evidence:
    count = kinds.count
    shared = count("s")
    return _Evidence(
        len(kinds), count("f") + shared, shared, count("k"), count("l"), count("o"), count("c")
    )  # fmt: skip


def _kinds(words: list[str]) -> str:
    """Return what each word is, a letter each: parts are counted more than once, so each word is looked up before."""
    return "".join([_kind(word) if len(word) <= _LONGEST_KEPT else _kind.__wrapped__(word) for word in words])


@lru_cache(maxsize=10_000)
def _kind(written: str) -> str:
    """Return f for a word that is frequent, s for one frequent elsewhere, too, o for one frequent only elsewhere,
    k for a known one, c for one with a capital, l for one like English; - for others."""
    table = english()
    word = written.lower()
    elsewhere = word in _stop_words()
    if written in _LETTERS or table.cost.get(word, _NEVER) < _FREQUENT:
        return "s" if elsewhere else "f"
    if elsewhere:
        return "o"
    if table.knows(word):
        return "k"
    if written[0].isupper() and written[1:].islower():
        return "c"
    likely = table.likeness(word) >= _LIKELY if word.isascii() else table.knows(_without_accents(word))
    return "l" if likely else "-"
