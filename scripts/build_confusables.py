#!/usr/bin/env python3
# Rebuilds layers/lukhas_common/lukhas_common/guardian/text/lookalikes.txt.
#
# Source: the names and decompositions in Python's unicodedata (Unicode licence v3), and the shapes listed below, which
# were written for this table by looking at the letters. It is not Unicode's confusables.txt: it maps to ASCII alone.
"""Build the table of characters that pass for ASCII ones.

    python scripts/build_confusables.py           # write
    python scripts/build_confusables.py --check   # compare with the shipped file

A line is an ASCII character, a blank, and the characters that look like it, ascending. Letters that another script
needs for its own words stand in lines that begin with a tab: they pass for ASCII only within a Latin word.
"""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

OUTPUT = Path(__file__).resolve().parents[1] / "layers/lukhas_common/lukhas_common/guardian/text/lookalikes.txt"
STYLED = re.compile(
    r"(?:FULLWIDTH |PARENTHESIZED |CIRCLED |SQUARED |NEGATIVE CIRCLED |NEGATIVE SQUARED |CROSSED NEGATIVE SQUARED "
    r"|CIRCLED ITALIC |TORTOISE SHELL BRACKETED |DOUBLE-STRUCK ITALIC |DOUBLE-STRUCK )?(?:MODIFIER LETTER |SUBSCRIPT "
    r"|COMBINING |REGIONAL INDICATOR |MATHEMATICAL [A-Z -]*?)?(?:LATIN |SYMBOL )?"
    r"(SMALL CAPITAL|CAPITAL|SMALL|LETTER SMALL CAPITAL|LETTER|SYMBOL LETTER)(?: LETTER)? "
    r"(?:TURNED |REVERSED |SIDEWAYS |CLOSED |OPEN |SCRIPT |BLACK-LETTER |DOTLESS |LONG |INVERTED |STIRRUP |BARRED "
    r"|SMALL |CAPITAL )*([A-Z])(?: WITH [A-Z0-9 -]+| ROTUNDA| INSULAR)?"
)
TURNED = {"M": "w", "W": "m", "V": "^"}
# What other scripts write their own words with.
NATIVE = {
    "a": "аαаɑ", "b": "ЬьВвβБ", "c": "сϲСᏟϹ", "d": "ԁᏧԀժ", "e": "еєΕЕεҽЄ", "f": "ϝғ", "g": "ԍգցɡ", "h": "һНнΗհҺᏂ",
    "i": "іІιΙїЇᎥӀ", "j": "јЈϳյᎫ", "k": "кКκΚҡқᏦ", "l": "ӏլᏞ", "m": "мМΜᎷ", "n": "ոռηпΝϢпИи", "o": "оОοΟσօՕӨө",
    "p": "рРρΡᏢ", "q": "ԛգզԚ", "r": "гᎡᏒГя", "s": "ѕЅႽտՏᏚ", "t": "тТτΤᎢ", "u": "սυцμ", "v": "ѵνѴᏙ", "w": "ԝшωᎳԜա",
    "x": "хХχΧҳ", "y": "уУγΥүҮყчЧ", "z": "ᏃΖʐ",
    "A": "АΑᎪ", "B": "ВΒᏴ", "C": "СᏟ", "D": "ᎠⅮ", "E": "ЕΕᎬ", "F": "Ϝ", "G": "ԌᏀ", "H": "НΗᎻ", "I": "ІΙӀ", "J": "ЈᎫ",
    "K": "КΚᏦ", "L": "Ꮮ", "M": "МΜᎷ", "N": "Ν", "O": "ОΟՕ", "P": "РΡᏢ", "Q": "Ԛ", "R": "ᎡᏒ", "S": "ЅՏᏚ", "T": "ТΤᎢ",
    "U": "Սᑌ", "V": "ѴᏙᐯ", "W": "ԜᎳ", "X": "ХΧ", "Y": "ΥҮ", "Z": "ΖᏃ",
}  # fmt: skip
# Signs of no script that words are written in, and Latin letters that names alone do not tell.
SHAPES = {
    "a": "ɐ", "b": "ƄɃ", "c": "ɔↄ", "d": "ⅾ", "e": "ǝə℮ɘ", "f": "ſƒɟ", "g": "ɡƃᵷ", "h": "ɥℎ", "i": "ıᴉɩ¡ǃ",
    "j": "ɾȷ", "k": "ʞ", "l": "ⅼǀ∣ƖꞁӀ", "m": "ɯⅿ", "p": "þ", "r": "ɹ", "s": "ꜱƽ", "t": "ʇ",
    "v": "ʌⅴ∨", "w": "ʍ", "x": "ⅹ", "y": "ʎƴ",
    "'": "‘’‛′ʼʹ＇`´ʻʽˈ", '"': "“”„‟″＂«»", "-": "‐‑‒–—―−﹣－",
    " ": "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    ".": "․。．", ",": "，‚、", "!": "！", "?": "？", ":": "：∶", ";": "；", "/": "⁄∕／",
    "(": "（", ")": "）",
}  # fmt: skip
DIGITS = {"ZERO": "0", "ONE": "1", "TWO": "2", "THREE": "3", "FOUR": "4", "FIVE": "5", "SIX": "6", "SEVEN": "7",
          "EIGHT": "8", "NINE": "9"}  # fmt: skip
STYLED_DIGIT = re.compile(
    r"(?:FULLWIDTH DIGIT|MATHEMATICAL [A-Z -]* DIGIT|CIRCLED DIGIT|(?:DINGBAT )?NEGATIVE CIRCLED DIGIT|SUPERSCRIPT"
    r"|SUBSCRIPT|DOUBLE CIRCLED DIGIT|DINGBAT CIRCLED SANS-SERIF DIGIT|PARENTHESIZED DIGIT) (\w+)"
)


def lookalike(character: str) -> str | None:
    """Return the ASCII character that the name of this one tells, if it does."""
    name = unicodedata.name(character, "")
    if match := STYLED_DIGIT.fullmatch(name):
        return DIGITS.get(match[1])
    match = STYLED.fullmatch(name)
    if not match:
        folded = unicodedata.normalize("NFKC", character)
        return folded if len(folded) == 1 and " " < folded < "\x7f" else None
    letter = match[2]
    if "TURNED" in name and letter in TURNED:
        return TURNED[letter]
    small = "SMALL" in match[1] or match[1] in {"LETTER", "SYMBOL LETTER"}
    return letter.lower() if small else letter


def build() -> str:
    """Return the table."""
    table: defaultdict[str, set[str]] = defaultdict(set)
    native = {character: ascii_ for ascii_, characters in NATIVE.items() for character in characters}
    shapes = {character: ascii_ for ascii_, characters in SHAPES.items() for character in characters}
    for code in range(0x80, 0x20000):
        character = chr(code)
        if character in native or character in shapes or unicodedata.category(character) in {"Cs", "Mn", "Co", "Cn"}:
            continue
        # Accented letters lose their marks by decomposition, which is not a matter of look-alikes.
        if unicodedata.decomposition(character) and "<" not in unicodedata.decomposition(character):
            continue
        if found := lookalike(character):
            table[found].add(character)
    for character, ascii_ in shapes.items():
        if ord(character) > 0x7F and character not in native:
            table[ascii_].add(character)
    lines = [f"{ascii_} {''.join(sorted(found))}" for ascii_, found in sorted(table.items())]
    own: defaultdict[str, set[str]] = defaultdict(set)
    for character, ascii_ in native.items():
        if ord(character) > 0x7F:
            own[ascii_].add(character)
    lines += [f"\t{ascii_} {''.join(sorted(found))}" for ascii_, found in sorted(own.items())]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    content = build()
    if parser.parse_args().check:
        same = OUTPUT.read_text("utf-8") == content
        print("same" if same else "differs: run without --check")
        return 0 if same else 1
    OUTPUT.write_text(content, "utf-8")
    print(f"{sum(map(len, content.split()))} characters, {len(content.encode()):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
