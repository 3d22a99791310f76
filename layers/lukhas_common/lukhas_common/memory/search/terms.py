"""The terms that word search matches: stems of words, without the words that say nothing, each as a 64-bit number.

An index holds the numbers only: it opens without reading a dictionary, and two of them merge by sorting. At 100,000
terms the odds that any two share a number are below one in a billion.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from Stemmer import Stemmer

LONGEST_TERM = 64
"""Characters of a word that count."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
# Written without spaces between words; pairs of characters stand for the words (as in Lucene's CJK analysis).
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]+")
_KEPT_WORDS = 1 << 15

# Articles, pronouns, question words, auxiliary verbs, prepositions, conjunctions.
_STOPPED = """
    a an the this that these those such some any each every both either neither all another other same
    i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers
    herself it its itself they them their theirs themselves one someone anyone something anything
    who whom whose which what when where why how whether
    am is are was were be been being have has had having do does did doing done will would shall should can could may
    might must ought
    in on at by for from to of off up down out over under into onto with without within about above below between
    through during before after against among around toward towards upon per via
    and or but nor so yet if then than because as while until although though since unless
    not no only own just too very also more most much many few here there again once ever even still well
    i'm i've i'd i'll you're you've you'd you'll he's he'd he'll she's she'd she'll it's it'd it'll we're we've we'd
    we'll they're they've they'd they'll that's that'd that'll there's here's what's who's where's when's how's why's
    let's don't doesn't didn't won't wouldn't shan't shouldn't can't cannot couldn't mayn't mightn't mustn't isn't
    aren't wasn't weren't hasn't haven't hadn't ain't
"""
STOP_WORDS = frozenset(_STOPPED.split())


def terms(text: str) -> list[str]:
    """The stems of the text's words in order; none for a text of stop words alone."""
    return [stem for word in _words(text) if (stem := _stem(word))]


@lru_cache(maxsize=_KEPT_WORDS)
def number(term: str) -> int:
    """The first eight bytes of a term's BLAKE2b."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def numbers(text: str) -> list[int]:
    """The numbers of the text's terms, in order."""
    return [found for word in _words(text) if (found := _number_of_word(word)) is not None]


def _words(text: str) -> list[str]:
    """In lower case, without accents (as the tokens of the embedded model), apostrophes made one."""
    if text.isascii():
        return _WORD.findall(text.lower())
    parted = "".join(map(_kept, unicodedata.normalize("NFKD", text.lower())))
    words = [word.strip("'") for word in unicodedata.normalize("NFC", parted).split()]
    return [part for word in words if word for part in _paired(word)]


@lru_cache(maxsize=4096)
def _kept(character: str) -> str:
    """Letters, digits, and the marks that some scripts write vowels with; an accent goes, all else parts words."""
    if character in "'\u2019":
        return "'"
    if "\u0300" <= character <= "\u036f":
        return ""
    return character if unicodedata.category(character)[0] in "LNM" else " "


def _paired(word: str) -> list[str]:
    """The word, its unspaced stretches as pairs of characters."""
    parts: list[str] = []
    end = 0
    for stretch in _UNSPACED.finditer(word):
        parts += [word[end : stretch.start()]]
        characters = stretch.group()
        parts += ["".join(pair) for pair in pairwise(characters)] if len(characters) > 1 else [characters]
        end = stretch.end()
    return [part for part in [*parts, word[end:]] if part]


@lru_cache(maxsize=_KEPT_WORDS)
def _stem(word: str) -> str:
    """Empty for a stop word."""
    if word in STOP_WORDS:
        return ""
    stem: str = _stemmer().stemWord(word[:LONGEST_TERM])
    return "" if stem in STOP_WORDS and word.endswith("'s") else stem


@lru_cache(maxsize=_KEPT_WORDS)
def _number_of_word(word: str) -> int | None:
    stem = _stem(word)
    return number(stem) if stem else None


@cache
def _stemmer() -> Stemmer:
    """Snowball's English stemmer; its own cache is off, since words are kept here."""
    import Stemmer as snowball  # noqa: N813

    return snowball.Stemmer("english", 0)
