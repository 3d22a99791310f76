"""The words by which a folded record is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

LONGEST = 40
"""Characters; a longer word is cut off there, when it is written and when it is looked up."""

MEMBERS = ("key", "value", "concepts")
"""Members of a record by whose words it is found in its fold."""

Words = Callable[[Mapping[str, Any]], Iterable[str]]
"""The words of a record, which may come several times."""

_WORD = re.compile(r"[^\W_]{2,}")
_COUNTER = re.compile(r"0[0-9]{,3}")
_IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)

_COMMON = """
about after all also am an and any are as at be because been but by can could did do does for from get had has have he
her him his how if in into is it its just like me more my no not of on one or our out she should so some such than that
the their them then there these they this to up us was we were what when which who will with would you your
"""

COMMON = frozenset(_COMMON.split())
"""Words that tell nothing apart, and would take a fifth of the index."""


def normal(word: str) -> str:
    """The form in which words are compared."""
    return word.casefold().replace("\n", " ")[:LONGEST]


def words(text: str) -> Iterator[str]:
    """The words of a text but common ones, single characters, identifiers, and counters such as ``0007``."""
    for word in _WORD.findall(_IDENTIFIER.sub(" ", text)):
        if (found := normal(word)) not in COMMON and not _COUNTER.fullmatch(found):
            yield found


def words_of(record: Mapping[str, Any]) -> Iterator[str]:
    """The words in all texts of a record's ``key``, ``value`` and ``concepts``.

    What is drawn from its text when it is indexed, such as names and phrases, has no other words.
    """
    inside = [record.get(name) for name in MEMBERS]
    while inside:
        node = inside.pop()
        if isinstance(node, str):
            yield from words(node)
        elif isinstance(node, dict):
            inside += node.values()
        elif isinstance(node, list):
            inside += node
