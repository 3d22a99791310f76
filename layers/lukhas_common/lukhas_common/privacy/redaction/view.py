"""A text as the rules see it: what is written with other characters of the same meaning is written plainly.

Every character stays one character, so that a place in the view is the same place in the text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from lukhas_common.privacy.redaction.spans import Kind

TAKEN = "\ue000"
"""What stands, in the view, where a label already is: no rule takes it for a part of a value."""

_LABEL = re.compile(rf"\[(?:{'|'.join(Kind)})\]")
_PLAIN_FORMS = ("<wide>", "<narrow>", "<small>", "<font>")
"""Compatibility forms that are the same character in another dress; a superscript or a circled digit is not."""


def view(text: str) -> str:
    """The text with ASCII digits, spaces, hyphens and letters in place of their look-alikes, and as many characters.

    Decimal digits of all scripts, spaces of all widths (also those of none), dashes, and full-width, small or
    mathematical forms become ASCII. Labels of kinds, as ``[EMAIL]``, are blotted out.
    """
    plain = text if text.isascii() else "".join(map(_plain, text))
    return _LABEL.sub(lambda label: TAKEN * len(label[0]), plain)


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    """The ASCII character that means the same, or the character itself."""
    if char.isascii():
        return char
    if char == TAKEN:
        return "\N{REPLACEMENT CHARACTER}"
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(char)
    if category == "Pd" or char in "\N{MINUS SIGN}\N{SOFT HYPHEN}":
        return "-"
    if category in ("Zs", "Cf"):
        return " "
    if unicodedata.decomposition(char).startswith(_PLAIN_FORMS):
        form = unicodedata.normalize("NFKC", char)
        return form if len(form) == 1 and form.isascii() else char
    return char
