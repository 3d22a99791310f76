"""Passwords, keys and tokens."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from lukhas_common.guardian.text.judgement import Category, Finding

# The beginnings are those that the issuers publish so that scanners can find them; each is followed by a bounded run.
_TOKENS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?P<aws_key>(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{16})(?![A-Za-z0-9])"
    r"|(?P<github_token>gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9_]{22,255})"
    r"|(?P<gitlab_token>glpat-[A-Za-z0-9_-]{20,64})"
    r"|(?P<slack_token>xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-[A-Za-z0-9-]{10,250})"
    r"|(?P<slack_webhook>hooks\.slack\.com/services/[A-Za-z0-9/_-]{20,100})"
    r"|(?P<stripe_key>[rs]k_(?:live|test)_[A-Za-z0-9]{16,247})"
    r"|(?P<anthropic_key>sk-ant-[A-Za-z0-9_-]{16,200})"
    r"|(?P<openai_key>sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,200})"
    r"|(?P<google_key>AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,500}|GOCSPX-[A-Za-z0-9_-]{28})"
    r"|(?P<huggingface_token>hf_[A-Za-z0-9]{30,64})"
    r"|(?P<npm_token>npm_[A-Za-z0-9]{36})(?![A-Za-z0-9])"
    r"|(?P<pypi_token>pypi-[A-Za-z0-9_-]{50,400})"
    r"|(?P<sendgrid_key>SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,128})"
    r"|(?P<twilio_key>(?:SK|AC)[0-9a-f]{32})(?![A-Za-z0-9])"
    r"|(?P<telegram_token>[0-9]{8,10}:AA[A-Za-z0-9_-]{32,35})"
    r"|(?P<jwt>eyJ[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{4,8192}\.[A-Za-z0-9_-]{0,2048})"
    r")"
)
_BEGINNINGS = (
    "AKIA", "ASIA", "AROA", "AIDA", "AGPA", "ANPA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-",
    "xox", "xapp-", "hooks.slack", "k_live_", "k_test_", "sk-", "AIza", "ya29.", "GOCSPX-", "hf_", "npm_", "pypi-",
    "SG.", "SK", "AC", ":AA", "eyJ",
)  # fmt: skip
"""Each token holds one of these; looking for them takes a tenth of the time."""
_BLOCK = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_BLOCK_END = re.compile(r"-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_LONGEST_BLOCK = 16_384
_CONNECTION = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@\"'<>]{0,64}:([^\s:/@\"'<>]{1,128})@[A-Za-z0-9\[.]")
# In both, the letters that a name may begin with are looked at first: as the case is not minded, nothing else rules
# out the rest of the text at once.
_ASSIGNED = re.compile(
    r"(?=[psactb])(?P<name>(?:pass(?:word|wd|phrase|code)|\bpwd|\bpin(?: code)?|secret|api[_ -]?key|access[_ -]?key"
    r"|auth[_ -]?token|access[_ -]?token|private[_ -]?key|client[_ -]?secret|\btoken|\bbearer|credential)s?)"
    r"[\"']?(?P<sign> {0,3}(?::=|=>|=|:) {0,3}| is | ist |\s)[\"'`]?(?P<value>[^\s\"'`<>,;]{4,256})",
    re.I,
)
_NAMES = re.compile(r"(?=[psktbc])(?:pass(?:word|wd|phrase|code)|pwd|\bpin\b|secret|key|token|bearer|credential)", re.I)
_IN_NAMES = ("pass", "pwd", "pin", "secret", "key", "token", "bearer", "credential")
_SAME = frozenset("ſıİ")
_BLANK = re.compile(
    r"(?:[*x.•_\-#]{3,}|\$\{?\w{1,64}\}?|\{\{?\w{0,64}\}?\}?|%\w{1,64}%?|\[\w{0,64}\]?|(?:your|my|the|a|an|some|this|that|true|false|null|none|string|str"
    r"|required|optional|example|changeme|redacted|hidden|password|secret|token)(?:[\W_].{0,256})?|[\w.]{1,64}\(.{0,64}|(?:os|process|env|self|config|settings|request|req|args)\..{0,128})",
    re.I,
)
_WORD = re.compile(r"[A-Za-z]+[.!?:]*")


def credentials(text: str) -> Iterator[Finding]:
    """Yield the secrets of a text."""
    if any(map(text.__contains__, _BEGINNINGS)):
        for match in _TOKENS.finditer(text):
            kind = match.lastgroup or ""
            if kind != "openai_key" or (entropy(match[0][3:]) > 3.5 and any(map(str.isdigit, match[0]))):
                yield _secret(kind.replace("_", "-"), match.start(), match.end(), 0.95)
    if "PRIVATE KEY" in text:
        yield from _blocks(text)
    if "://" in text:
        for match in _CONNECTION.finditer(text):
            if not _BLANK.fullmatch(match[1]):
                yield _secret("connection-password", match.start(1), match.end(1), 0.95)
    if _may_name(text) and _NAMES.search(text):
        yield from _assigned(text)


def _secret(kind: str, start: int, end: int, score: float) -> Finding:
    return Finding(Category.SECRET, f"secret:{kind}", start, end, score)


def _blocks(text: str) -> Iterator[Finding]:
    done = 0
    for match in _BLOCK.finditer(text):
        if match.start() < done:
            continue
        last = _BLOCK_END.search(text, match.end(), match.end() + _LONGEST_BLOCK)
        # A key that is cut off is one, too.
        done = last.end() if last else min(len(text), match.end() + _LONGEST_BLOCK)
        yield _secret("private-key", match.start(), done, 0.99)


def _may_name(text: str) -> bool:
    """Whether a name that tells a secret can be in a text; some letters beyond ASCII are taken for ASCII ones."""
    small = text.lower()
    return any(map(small.__contains__, _IN_NAMES)) or (not text.isascii() and not _SAME.isdisjoint(text))


def _assigned(text: str) -> Iterator[Finding]:
    """Yield what is given to a name that tells a secret, if it looks like one."""
    for match in _ASSIGNED.finditer(text):
        value = match["value"].rstrip(".!?:)]}")
        if len(value) < 4 or _BLANK.fullmatch(match["value"]):
            continue
        start = match.start("value")
        mixed = any(map(str.isdigit, value)) + any(map(str.isalpha, value)) + (not value.isalnum())
        if match["sign"].strip() in {":", "=", ":=", "=>"}:
            score = 0.85 if mixed > 1 or value.isdigit() else 0.6 if "=" in match["sign"] else 0.0
        elif mixed > 1 and len(value) > 5 and not _WORD.fullmatch(value):
            score = 0.7 if any(map(str.isdigit, value)) else 0.0
        else:
            score = 0.0
        if len(value) >= 20 and value.isascii() and entropy(value) > 3.8:
            score = max(score, 0.85)
        if score:
            kind = "password" if re.search("pass|pwd|pin", match["name"], re.I) else "assigned"
            yield _secret(kind, start, start + len(value), score)


def entropy(text: str) -> float:
    """Return the entropy of a text's characters in bits a character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
