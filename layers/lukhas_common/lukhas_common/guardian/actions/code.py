"""What commands, queries and sums of money tell by their form.

Every pattern is linear: each repetition is bounded, and what follows one within another begins with another sign.
"""

from __future__ import annotations

import re

from lukhas_common.guardian.actions.kinds import Kind

_WRECKS = {Kind.CODE_EXECUTION, Kind.DESTRUCTIVE, Kind.SYSTEM}
_FETCHES = {Kind.CODE_EXECUTION, Kind.REMOTE_CODE}

_FORMS: tuple[tuple[tuple[str, ...], re.Pattern[str], frozenset[Kind]], ...] = tuple(
    (tuple(signs.split()), re.compile(pattern, re.IGNORECASE), frozenset(kinds))
    for signs, pattern, kinds in (
        ("rm", r"\brm\s{1,4}(?:-\w{1,6}\s{1,4})?(?:-\w{0,6}[rf]|--(?:recursive|force|no-preserve-root))", _WRECKS),
        (
            "mkfs fdisk shutdown reboot c: rd del",
            r"\b(?:mkfs|fdisk|shutdown|reboot|format c:|rd /s|del /[fsq])",
            _WRECKS,
        ),
        ("if= of=", r"\bdd\s{1,4}[io]f=", _WRECKS),
        ("/dev/", r">\s{0,4}/dev/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|mapper)", _WRECKS),
        ("rmtree removedirs", r"\b(?:shutil\.rmtree|os\.removedirs)\s?\(", _WRECKS),
        ("remove unlink rmdir", r"\bos\.(?:remove|unlink|rmdir)\s?\(", {Kind.CODE_EXECUTION, Kind.DESTRUCTIVE}),
        ("remove-item", r"\bremove-item\b[^\n]{0,200}-r(?:ecurse)?\b", _WRECKS),
        ("remove-item", r"\bremove-item\b", {Kind.CODE_EXECUTION, Kind.DESTRUCTIVE}),
        ("aws gsutil", r"\baws\s{1,4}s3\s{1,4}r[mb]\b|\bgsutil\s[^\n]{0,20}\brm\b", _WRECKS),
        ("-delete", r"\bfind\s[^\n]{1,200}\s-delete\b", _WRECKS),
        (
            "drop truncate",
            r"\b(?:drop|truncate)\s{1,4}(?:table|database|schema|index)\b",
            {Kind.DESTRUCTIVE, Kind.SYSTEM},
        ),
        ("alter", r"\balter\s{1,4}table\s[^;]{1,200}\sdrop\s", {Kind.DESTRUCTIVE, Kind.SYSTEM}),
        (
            "flush dropdatabase dropdb",
            r"\bflush(?:all|db)\b|\bdropdatabase\s?\(|\bdropdb\b",
            {Kind.DESTRUCTIVE, Kind.SYSTEM},
        ),
        ("from", r"\bdelete\s{1,4}from\s{1,4}\w", {Kind.DESTRUCTIVE, Kind.SYSTEM}),
        (
            "insert update",
            r"\binsert\s{1,4}into\s{1,4}\w|\bupdate\s{1,4}[\w.]{1,64}\s{1,4}set\s",
            {Kind.WRITE, Kind.SYSTEM},
        ),
        ("select", r"\bselect\s[^;]{1,200}?\sfrom\s", {Kind.READ}),
        (
            "|",
            r"\b(?:curl|wget|base64)\b[^|\n]{1,200}\|\s{0,4}(?:sudo\s{1,4})?(?:\w{0,4}sh|python3?|perl|ruby|node)\b",
            _FETCHES,
        ),
        ("iex invoke-", r"\b(?:iex|invoke-expression)\b", _FETCHES),
        ("(", r"\b(?:eval|exec|system|popen|subprocess\.\w{1,12})\(", {Kind.CODE_EXECUTION}),
        ("script", r"<script\b|\bjavascript:", {Kind.CODE_EXECUTION}),
        (
            "send give move",
            r"\b(?:send|give|move)\s{1,4}(?:[\w@.]{1,40}\s{1,4})?"
            r"(?:[$€£¥₹]\s?\d|\d[\d,.]{0,20}\s?(?:usd|eur|gbp|chf|dollars?|euros?|pounds?)\b)",
            {Kind.FINANCIAL},
        ),
        ("sudo", r"\bsudo\s", {Kind.CODE_EXECUTION}),
        (
            "777 authorized_keys /etc/",
            r"\bchmod\s{1,4}(?:-R\s{1,4})?0?777\b|authorized_keys|/etc/(?:shadow|sudoers)",
            {Kind.SECURITY_WEAKENING},
        ),
        (
            "git kubectl terraform",
            r"\bgit\s{1,4}push\s[^\n]{0,80}--force|\bkubectl\s{1,4}delete\b|\bterraform\s{1,4}destroy\b",
            _WRECKS,
        ),
        ("install", r"\b(?:pip|npm|apt|apt-get|brew)\s{1,4}install\b", {Kind.CODE_EXECUTION, Kind.WRITE}),
        (
            "ls cat grep head tail find echo",
            r"^(?:ls|cat|grep|head|tail|find|echo)\s{1,4}[-/.~$]",
            {Kind.CODE_EXECUTION, Kind.READ},
        ),
    )
)
"""Signs without one of which a pattern cannot be there, the pattern, and what it tells."""

_EVERYTHING = re.compile(
    r"\brm\s{1,4}(?:--?[\w-]{1,20}\s{1,4}){1,5}[\"']?(?:[/~*.]|\$home)|\b(?:drop|truncate)\s|\bmkfs|\bdd\s{1,4}[io]f="
    r"|>\s{0,4}/dev/|\bflush(?:all|db)\b|\bdropdatabase\b|\bdropdb\b"
    r"|\brmtree\s?\(\s{0,4}[\"'](?:[/~.*]|[a-z]:)|\bremove-item\b[^\n]{0,200}-r(?:ecurse)?\b"
    r"|\baws\s{1,4}s3\s{1,4}(?:rb\b|rm\s[^\n]{0,200}--recursive)"
    r"|\bdelete\s{1,4}from\s{1,4}[\w.\"`]{1,64}\s{0,4}(?:;|$)|\s\*(?:\s|$)",
    re.IGNORECASE,
)


def kinds_of_code(text: str) -> frozenset[Kind]:
    """The kinds that a command or query in this text is of."""
    found: frozenset[Kind] = frozenset()
    folded = text.casefold()
    for signs, pattern, kinds in _FORMS:
        for sign in signs:
            if sign in folded:
                found |= kinds if pattern.search(text) else frozenset()
                break
    return found


def takes_everything(text: str) -> bool:
    """Whether a destructive command in this text spares nothing."""
    return bool(_EVERYTHING.search(text))
