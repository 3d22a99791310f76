"""Passwords: which are accepted. password_hashes.py keeps and verifies them.

A candidate is judged by what it leaves to guess. Attackers do not try strings in order; they try
listed passwords, and then dress them: other case, look-alike characters, the word twice, a walk
along the keyboard, a year and an exclamation mark at the end. ``PasswordPolicy`` undresses the
candidate the same way and refuses it when what is left is a listed password, a word that belongs to
the account, or next to nothing. Following NIST SP 800-63B-4, section 3.1.1.2, what is compared is the
whole password: four listed words in a row are a passphrase, and accepted.

The blocklist beside this module, ``common_passwords.txt.gz``, holds 55,520 passwords of four
characters or more. ``scripts/build_blocklist.py`` rebuilds it from Django 5.2.8 (BSD-3-Clause, list by
Royce Williams) and @zxcvbn-ts/language-common 4.1.3 (MIT, Dan Wheeler, Dropbox, @zxcvbn-ts).
"""

from __future__ import annotations

import functools
import gzip
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

WeakPasswordCode = Literal["too_short", "too_long", "too_common", "contains_context", "not_text"]

_ADVICE: Final[dict[WeakPasswordCode, str]] = {
    "too_short": (
        "This password is too short. Use {limit} characters or more; four or five unrelated words "
        "are long enough and easy to remember."
    ),
    "too_long": "This password is too long. Use {limit} characters or fewer.",
    "too_common": (
        "This password is among the first that attackers try. Let a password manager make one, or "
        "use four or five unrelated words; digits or symbols added to a common one do not help."
    ),
    "contains_context": (
        "This password is your user name or the name of this service with little added. Let a "
        "password manager make one, or use four or five unrelated words."
    ),
    "not_text": (
        "This password contains characters that cannot be typed again reliably, such as control "
        "characters. Use letters, digits, spaces, punctuation or emoji."
    ),
}


class WeakPasswordError(ValueError):
    """A password that cannot be accepted.

    The message says what to do next and never repeats the password.

    Attributes:
        code: the reason, stable for clients.
    """

    def __init__(self, code: WeakPasswordCode, limit: int = 0) -> None:
        """Create the error; ``limit`` is the length in code points that was missed."""
        super().__init__(code, limit)
        self.code: Final = code
        self._limit = limit

    def __str__(self) -> str:
        """Return the advice for the person who chose the password."""
        return _ADVICE[self.code].format(limit=self._limit)


def normalise(password: str) -> str:
    """Return the one form of ``password`` that is counted and hashed: Unicode NFC.

    NIST SP 800-63B-4, section 3.1.1.2, asks for the normalization process for stabilized strings with
    NFC (the drafts had NFKC or NFKD), before hashing. That process (UAX #15, section 12.1) refuses
    code points that are unassigned, because a later Unicode version may give them a decomposition.

    Raises:
        WeakPasswordError: ``not_text``, if a code point is a control character (Cc), a lone
            surrogate (Cs) or unassigned in this Python's Unicode version (Cn).
    """
    text = unicodedata.normalize("NFC", password)
    if any(unicodedata.category(character) in {"Cc", "Cs", "Cn"} for character in text):
        raise WeakPasswordError("not_text")
    return text


def normalise_at_most(password: str, max_length: int) -> str:
    """Return the normalised password, refusing one of more than ``max_length`` code points.

    NFC composes at most four code points into one, so four times the limit can be refused unread;
    normalising takes quadratic time on a long sequence of combining marks.
    """
    if len(password) > 4 * max_length:
        raise WeakPasswordError("too_long", max_length)
    text = normalise(password)
    if len(text) > max_length:
        raise WeakPasswordError("too_long", max_length)
    return text


# NIST's minimum for any password (section 3.1.1.2): what counts as long only by its runs is what falls
# below the shortest password that may be accepted anywhere.
_FLOOR: Final = 8
_SHORTEST_RUN: Final = 3
_SHORTEST_CONTEXT_WORD: Final = 3
_RUN: Final = "\0"  # stands for a run; no normalised password contains it

_TRACKS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "1234567890",
    "!@#$%^&*()_+",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
    "wxcvbn",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
)
# Each step gives the character that continues a run: the same again, or the next one along a track,
# in either direction and round its end.
_STEPS: Final[tuple[Callable[[str], str | None], ...]] = (
    str,
    *(
        dict(zip(track, track[1:] + track[:1], strict=True)).get
        for forward in _TRACKS
        for track in (forward, forward[::-1])
    ),
)
_LOOK_ALIKES: Final = tuple(str.maketrans("@4836905$7+2(" + "1!|", "aabeggosstt" + "zc" + one * 3) for one in "il")


def _fold(text: str) -> str:
    """Return the form under which passwords are compared: NFKC and case folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _without_separators(text: str) -> str:
    """Drop spaces and punctuation: ``1-2-3-4`` becomes ``1234``."""
    return "".join(c for c in text if unicodedata.category(c)[0] not in "PZ")


def _unit(text: str) -> str:
    """Return what ``text`` repeats: ``abc`` for ``abcabcab`` and ``horse-`` for ``horse-horse``."""
    for period in range(1, (len(text) + 1) // 2 + 1):
        if text.startswith(text[period:]):
            return text[:period]
    return text


def _shorten_runs(text: str) -> str:
    """Put one mark in place of each run: keyboard, alphabet, digits, or one character again."""
    shortened, start = [], 0
    while start < len(text):
        end = max(_end_of_run(text, start, step) for step in _STEPS)
        if end - start < _SHORTEST_RUN:
            end = start + 1
            shortened.append(text[start])
        else:
            shortened.append(_RUN)
        start = end
    return "".join(shortened)


def _end_of_run(text: str, start: int, step: Callable[[str], str | None]) -> int:
    end = start + 1
    while end < len(text) and step(text[end - 1]) == text[end]:
        end += 1
    return end


def _letters_span(text: str) -> tuple[int, int]:
    """Return the bounds of ``text`` from its first letter to its last, or of nothing."""
    letters = [index for index, character in enumerate(text) if character.isalpha()]
    return (letters[0], letters[-1] + 1) if letters else (0, 0)


def _without_padding(text: str) -> str:
    """Drop what surrounds the letters, if there are any."""
    start, end = _letters_span(text)
    return text[start:end] or text


_UNDRESSINGS: Final = (_without_separators, _unit, _shorten_runs, _without_padding)


def _readings(folded: str) -> list[str]:
    """Return ``folded`` and all it becomes as it is undressed, in every order."""
    readings = {folded: None}
    pending = [folded]
    while pending:
        text = pending.pop()
        for undress in _UNDRESSINGS:
            left = undress(text)
            if left and left not in readings:  # no undressing lengthens, so this ends
                readings[left] = None
                pending.append(left)
    return list(readings)


def _cores(text: str, longest: int) -> Iterator[str]:
    """Yield what ``text`` says once padding at the ends is left out and look-alikes are read.

    Padding never contains a letter. It is of any length around a core with letters; around a core
    without any, where padding and core look the same, it is shorter than the core, so that sixteen
    random digits are not taken for four listed ones. For the same reason, look-alikes are read as
    letters where at least half of the core is letters already.
    """
    start, end = _letters_span(text)
    shortest = 1
    if not end:
        start, shortest = len(text), max(_FLOOR, len(text) // 2 + 1)
    spans = (
        (i, j)
        for i in range(max(0, end - longest), start + 1)
        for j in range(max(end, i + shortest), min(len(text), i + longest) + 1)
    )
    for i, j in spans:
        core = text[i:j]
        yield core
        if 2 * sum(map(str.isalpha, core)) >= len(core):
            yield from (core.translate(table) for table in _LOOK_ALIKES)


def _context_words(words: Iterable[str]) -> frozenset[str]:
    """Return the words, their local parts, and both without separators, folded."""
    folded = {_fold(word) for word in words}
    folded |= {word.partition("@")[0] for word in folded}
    folded |= {_without_separators(word) for word in folded}
    return frozenset(word for word in folded if len(word) >= _SHORTEST_CONTEXT_WORD)


@functools.cache
def common_passwords() -> frozenset[str]:
    """Return the blocklist, folded; it is read on first use and kept."""
    path = Path(__file__).with_name("common_passwords.txt.gz")
    return frozenset(gzip.decompress(path.read_bytes()).decode().splitlines())


@functools.cache
def _longest_common_password() -> int:
    return max(map(len, common_passwords()))


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Which passwords may be chosen (NIST SP 800-63B-4, section 3.1.1.2).

    Lengths are in code points after normalisation. There are no composition rules.

    Attributes:
        min_length: NIST's length for a password that is the only factor.
        max_length: far above the 64 that NIST asks for; it bounds the work of a request.
        service_name: always part of the context.
    """

    min_length: int = 15
    max_length: int = 256
    service_name: str = "lukhas"

    def check(self, password: str, *, context: Iterable[str] = ()) -> None:
        """Accept ``password`` by returning.

        A password is refused when one of its readings, that is, the password without separators,
        repetition, runs or padding, in any combination and whatever its case:

        * is a context word or a listed password, look-alikes such as ``@`` for ``a`` read as letters;
        * repeats a unit shorter than ``min_length``;
        * is under eight code points, and half of what it was, once each run counts as one.

        Args:
            password: as the person typed it.
            context: words that belong to the account, such as the user name or the e-mail address.

        Raises:
            WeakPasswordError: if it is refused.
        """
        text = normalise_at_most(password, self.max_length)
        if len(text) < self.min_length:
            raise WeakPasswordError("too_short", self.min_length)

        readings = _readings(_fold(text))
        words = _context_words((self.service_name, *context))
        longest = max(_longest_common_password(), *map(len, words), 0)
        cores = {core for reading in readings for core in _cores(reading, longest)}
        if not cores.isdisjoint(words):
            raise WeakPasswordError("contains_context")
        if not cores.isdisjoint(common_passwords()) or any(map(self._leaves_little, (text, *readings))):
            raise WeakPasswordError("too_common")

    def _leaves_little(self, reading: str) -> bool:
        """Tell whether ``reading`` is long only by repetition or by runs."""
        steps = len(_shorten_runs(reading))
        return len(reading) >= self.min_length > len(_unit(reading)) or (
            len(reading) >= _FLOOR > steps and 2 * steps <= len(reading)
        )
