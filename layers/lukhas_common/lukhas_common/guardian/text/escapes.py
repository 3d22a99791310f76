"""Characters written as escapes of markup, addresses, mail and programs."""

from __future__ import annotations

import re
from html.entities import html5

from lukhas_common.guardian.text.offsets import Edit

# No alternative can match what another does, and none repeats within a repetition: one pass over the text.
ESCAPE = re.compile(
    r"(?P<html>(?:&\#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});?)+)"
    r"|(?P<entity>&[A-Za-z][A-Za-z0-9]{1,30};)"
    r"|(?P<percent>(?:%[0-9a-fA-F]{2})+)"
    r"|(?P<unicode>(?:\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\[0-3][0-7]{2})+)"
    r"|(?P<codepoint>(?:\b[Uu]\+[0-9a-fA-F]{4,6}\b[ ,]?){2,})"
    r"|(?P<quoted>(?:=[0-9A-F]{2}){2,})",
)
SIGNS = re.compile(r"[&%\\=]|[Uu]\+")
_NUMBER = re.compile(r"&\#(?:([0-9]{1,7})|[xX]([0-9a-fA-F]{1,6}));?")
_UNICODE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|[uUx]([0-9a-fA-F]+)|([0-7]{3}))")
_MIN_LETTERS = 4
"""So many ASCII letters must be written as escapes to be hidden: nothing else needs them, but a slip may make one."""


def unescape(text: str) -> tuple[list[Edit], set[str]]:
    """Read escapes as what they stand for."""
    if not SIGNS.search(text):
        return [], set()
    edits: list[Edit] = []
    letters: dict[str, int] = {}
    read = 0
    for sign in SIGNS.finditer(text):
        # Every escape begins with such a sign: trying it there alone is faster than everywhere.
        match = ESCAPE.match(text, sign.start()) if sign.start() >= read else None
        if not match:
            continue
        read = match.end()
        kind = match.lastgroup or ""
        new = _READERS[kind](match[0])
        if new is None or new == match[0]:
            continue
        edits.append(Edit(match.start(), match.end(), new))
        if kind != "entity":
            name = "html" if kind == "html" else kind
            letters[name] = letters.get(name, 0) + sum(c.isascii() and c.isalpha() for c in new)
    return edits, {name for name, count in letters.items() if count >= _MIN_LETTERS}


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 else "\ufffd"


def _html(found: str) -> str:
    return _paired("".join(_character(int(n) if n else int(x, 16)) for n, x in _NUMBER.findall(found)))


def _unicode(found: str) -> str:
    units = [(int(a or b, 16) if a or b else int(c, 8)) for a, b, c in _UNICODE.findall(found)]
    if found[1] in "x01234567" and max(units) < 256 and any(unit > 127 for unit in units):
        return bytes(units).decode("utf-8", "replace")
    return _paired("".join(map(_character, units)))


def _paired(found: str) -> str:
    """Join surrogate pairs; lone ones stay."""
    try:
        return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    except UnicodeDecodeError:
        return found


def _bytes(found: str) -> str | None:
    try:
        return bytes.fromhex(found.replace(found[0], "")).decode("utf-8")
    except UnicodeDecodeError:
        return None


_READERS = {
    "html": _html,
    "entity": lambda found: html5.get(found[1:]),
    "percent": _bytes,
    "unicode": _unicode,
    "codepoint": lambda found: "".join(_character(int(code, 16)) for code in re.findall(r"\+([0-9a-fA-F]+)", found)),
    "quoted": _bytes,
}
