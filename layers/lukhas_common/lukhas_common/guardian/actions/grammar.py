"""English words that say where a clause begins, ends or only tells of something."""

from __future__ import annotations

from lukhas_common.guardian.actions.tables import split

LEAD_INS = frozenset(
    split("""
        please, can, could, would, will, you, i, we, want, need, like, to, help, me, us, let, kindly, now, just, go,
        ahead, and, then, also, try, the, an, a, assistant, should, must, i'd, id, i'm, im, going, ll, shall, may,
        might, so, ok, okay, hey, hi, hello, immediately, quickly, automatically, silently, again, first, next,
        finally, lets, let's, gonna, wanna
    """)
)
"""What may come before the verb of a clause."""

ENDS = frozenset({",", ".", ";", ":", "!", "?", "and", "then", "&"})
"""Here a clause ends."""

DIVIDERS = ENDS | {"to", "or", "but", "by", "before", "after"}
"""After these another verb may come."""

NEGATIONS = frozenset({"not", "don't", "never", "without", "cannot", "can't"})
"""What follows is not to be done."""

QUESTIONS = frozenset(
    split("""
        what, why, who, whom, whose, when, where, which, how, is, are, was, were, does, do, did, has, have, am, whats,
        what's, who's, whether
    """)
)
"""A clause that begins so asks for information, whatever it names."""

TOPICS = frozenset({"how", "what", "why", "whether", "about"})
"""From here to its end a clause only says what it is about."""

ARTICLES = frozenset({"the", "a", "an", "my", "your", "his", "her", "their", "this", "that"})
"""What may stand between a verb and its noun."""

PRONOUNS = frozenset({"you", "i", "we", "they", "he", "she", "there", "not"})
"""After an auxiliary verb they make a question."""

SELF = frozenset({"me", "myself", "us"})
"""Whoever asks."""

BULK = frozenset({"all", "every", "everything", "everyone", "everybody", "entire", "whole", "mass", "bulk"})
"""Says that an action takes in all there is of something."""

IRREVERSIBLE = frozenset({"permanently", "irreversibly", "irrevocably", "forever", "nonrefundable"})
"""Says that an action cannot be undone."""

OBJECT_ENDS = ENDS | {
    "from",
    "on",
    "in",
    "at",
    "to",
    "with",
    "for",
    "by",
    "into",
    "onto",
    "or",
    "but",
    "before",
    "after",
}
"""Here the words end that say what a verb is done to."""

PIECES = frozenset(
    split("""
        row, rows, record, records, entry, entries, file, files, item, items, line, lines, branch, comment, issue, tag,
        rule, user, users, member, role, connection, document, note, key, name, label
    """)
)
"""After the name of a system: only something in it."""
