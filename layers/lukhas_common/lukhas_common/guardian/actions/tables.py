"""Tables of words and phrases, written with commas between and looked up in every form."""

from __future__ import annotations

from lukhas_common.guardian.actions.kinds import Kind


def split(phrases: str) -> list[str]:
    """What is written with commas between."""
    return [phrase.strip() for phrase in phrases.replace("\n", " ").split(",")]


def by_verb(entries: dict[Kind, str], *, inflected: bool = False) -> dict[str, frozenset[Kind]]:
    """Each phrase, with its first word in every form where it may be inflected, and the kinds that it says."""
    table: dict[str, frozenset[Kind]] = {}
    for kind, phrases in entries.items():
        for phrase in split(phrases):
            verb, space, rest = phrase.partition(" ")
            for form in forms(verb) if inflected else (verb,):
                table[form + space + rest] = table.get(form + space + rest, frozenset()) | {kind}
    return table


def forms(verb: str) -> set[str]:
    """A verb as it may be written: ``copy``, ``copies``, ``copied``, ``copying``."""
    bare = verb.removesuffix("e")
    forms = {verb, verb + "s", bare + "ing", bare + "ed"}
    if verb[-1] == "y" and verb[-2] not in "aeiou":
        forms |= {verb[:-1] + "ies", verb[:-1] + "ied"}
    elif verb.endswith(("s", "x", "sh", "ch", "z")):
        forms.add(verb + "es")
    elif verb[-1] not in "aeiouwy" and verb[-2] in "aeiou":
        forms |= {verb + verb[-1] + "ing", verb + verb[-1] + "ed"}
    return forms


def by_noun(entries: dict[Kind, str]) -> dict[str, frozenset[Kind]]:
    """Each phrase, singular and plural."""
    table: dict[str, frozenset[Kind]] = {}
    for kind, phrases in entries.items():
        for phrase in (form for noun in split(phrases) for form in (noun, noun + "s")):
            table[phrase] = table.get(phrase, frozenset()) | {kind}
    return table
