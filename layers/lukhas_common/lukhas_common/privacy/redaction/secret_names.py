"""By which names secrets go, in code, forms and headers, and what under such a name is no secret."""

from __future__ import annotations

import re

from lukhas_common.privacy.redaction.view import TAKEN

_KEYS = (
    "access|account|aes|api|app|auth|backup|client|consumer|deploy|encryption|hmac|license|master|private|recovery|secret|"
    "service|session|shared|signing|ssh|storage|subscription|webhook"
)
WORDS_OF_PASS = (
    "pass(?:word|wd|phrase|code|wort|ord)|kennwort|pwd|mot[ _-]de[ _-]passe|contrase(?:ñ|n\u0303?)a|wachtwoord|"
    "has[łl]o|l(?:ö|o\u0308?)senord|adgangskode|salasana|jelsz(?:ó|o\u0301?)|palavra[ _-]passe|"
    "пароль|密码|密碼|パスワード|비밀번호"
)
_GLUED = rf"{WORDS_OF_PASS}|secret|token|(?:{_KEYS})[ _.-]?key|(?:j|php)sess(?:ion)?id|sessionid"
"""Names that may have anything before them, as ``dbpassword``."""

_LOOSE = "pass|pw|pin|otp|cv[vc]2?|mdp|creds?|credentials?|senha|heslo|parol[ăa]|[şs]ifre|clave"
"""Names that are a word of their own, as in ``DB_PASS`` and ``dbPass``: ``compass`` and ``spin`` are no secrets."""

_SUFFIX = (
    "(?:[_-]?(?:value|val|hash|str|string|text|plain|plaintext|base64|b64|prod|dev|test|staging|live|old|new|"
    "current|default|env|\\d{1,2}))?"
)
NAME = rf"(?:(?:{_GLUED}|(?:(?<![^\W\d_])|(?-i:(?<=[a-z])(?=[A-Z])))(?:{_LOOSE})){_SUFFIX})"
"""A pattern of them all, to be compiled without regard to case."""

STEMS = (
    "pass", "identified", "pw", "secret", "token", "key", "sess", "kennwort", "contras", "wachtw", "hasl", "hasł",
    "senord", "adgangs", "salasana", "jelsz", "senha", "heslo", "parol", "sifre", "şifre", "clave", "pin", "otp", "cvv",
    "cvc", "mdp", "cred", "парол", "密", "パスワード", "비밀번호",
)  # fmt: skip
"""One of them is in every such name: most texts have none, and need no look for names."""

_MEMBER = re.compile(rf".*{NAME}s?|(?:.*_)?(?:authorization|(?:set_)?cookie)s?", re.I | re.S)
_COUNTED = re.compile(r".*tokens", re.I | re.S)
_DIGITS = re.compile(r".*(?:pin|otp|cv[vc]2?)", re.I)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_NOTHING = re.compile(
    rf"[<{TAKEN}\[].*|\$\{{.*|\$[A-Z_]+|\{{.*|%.{{1,2}}|%\(.*|\W*|\d{{1,3}}\.\d+|x{{3,}}|your[_-].*|"
    r"(?:null|none|nil|undefined|nan|true|false|yes|no|on|off|empty|n/a|unknown|missing|required|optional|redacted|hidden|"
    r"masked|withheld|removed|omitted|placeholder)",
    re.I | re.S,
)
_PROSE = frozenset((
    "after", "before", "until", "while", "during", "either", "both", "neither", "see", "use", "take", "put",
    "send", "give", "get", "keep", "store", "read", "write", "make", "let", "says", "means", "stands", "there",
    "more", "less", "most", "a", "an", "the", "this", "that", "these", "those", "is", "are", "was", "were", "be",
    "been", "being", "it", "its", "in", "into", "of", "on", "at", "by", "for", "from", "to", "with", "without",
    "as", "and", "or", "but", "not", "no", "nor", "never", "must", "should", "shall", "may", "might", "can",
    "cannot", "could", "will", "would", "has", "have", "had", "does", "do", "did", "if", "when", "where", "which",
    "what", "who", "whose", "how", "why", "your", "my", "our", "their", "his", "her", "any", "all", "each",
    "every", "some", "one", "two", "only", "always", "too", "very", "wrong", "incorrect", "invalid", "correct",
    "right", "valid", "bad", "good", "weak", "strong", "safe", "secure", "insecure", "short", "long", "longer",
    "shorter", "empty", "set", "unset", "reset", "changed", "expired", "stored", "hashed", "encrypted", "sent",
    "kept", "checked", "compared", "needed", "used", "unused", "given", "forgotten", "lost", "stolen", "leaked",
    "shared", "known", "unknown", "missing", "required", "optional", "mandatory", "mismatch", "include", "omit",
    "same-origin", "inherit", "await", "async", "new", "function", "lambda", "return", "raise", "throw", "const",
    "var", "def", "class", "string", "text", "word", "words", "opaque", "here", "ok", "fine", "gone", "now",
    "still", "already", "also", "else", "then", "than", "once", "again",
))  # fmt: skip
_TYPE = re.compile(
    r"&?(?:str|string|text|varchar|char|int|integer|number|float|bool|boolean|bytes|bytearray|object|any|uuid|unicode|never|"
    r"void|optional|dict|list)(?:\b[?|,)].*)?|(?-i:[A-Z][A-Za-z]*(?:Str|String|Token|Secret|Password|Key|Bytes|Type|"
    r"Credentials?))|(?:typing\.)?(?:optional|annotated|union|list|dict|set|tuple|sequence|literal|final|callable)\[.*",
    re.I | re.S,
)
_CALL = re.compile(r"[A-Za-z_$][\w$]*(?:(?:(?:\??\.|::|->)[A-Za-z_$][\w$]*)+[(\[]|[(\[](?!\d)).*", re.S)
_REFERENCE = re.compile(
    r"\$?(?:args|body|cfg|cls|config|context|ctx|data|env|event|form|input|kwargs|local|options|opts|os|params|process|props|"
    r"req|request|secrets|self|settings|state|steps|this|user|var)(?:(?:\??\.|->)[A-Za-z_$][\w$]*)+",
    re.I,
)
_ITS_OWN = re.compile(rf"(?=.*[_.]|.*[a-z](?-i:[A-Z]))[A-Za-z_$.]*{NAME}[A-Za-z_]*", re.I)


def is_secret(name: str) -> bool:
    """Whether what goes by this name is a secret: ``dbPassword`` and ``API-Key``, not ``token_id`` or ``tokens``."""
    if len(name) > 128:
        return False
    parts = re.sub(r"[\W_]+", "_", _HUMP.sub("_", name)).strip("_")
    return _MEMBER.fullmatch(parts) is not None and not _COUNTED.fullmatch(parts)


def is_value(name: str, value: str, *, quoted: bool, typed: bool) -> bool:
    """Whether this can be the secret itself, and no placeholder, word of a sentence, type, call or reference.

    Args:
        typed: whether a colon is between name and value, where a type may stand.
    """
    if _NOTHING.fullmatch(value):
        return False
    if _DIGITS.fullmatch(name):
        return value.isdigit() and 3 <= len(value) <= 8
    if quoted:
        return True
    of_pass = re.search(WORDS_OF_PASS, name, re.I) is not None
    if len(value) < (1 if of_pass else 3) or value.lower().strip("*_") in _PROSE:
        return False
    if value.isdigit() and len(value) < (4 if of_pass else 6):
        return False
    if typed and _TYPE.fullmatch(value):
        return False
    return value.lower() != name.lower() and not any(
        pattern.fullmatch(value) for pattern in (_CALL, _REFERENCE, _ITS_OWN)
    )


def is_made_up(value: str) -> bool:
    """Whether a word of a sentence is no word of a language: letters with digits, signs or capitals in it."""
    if len(value) < 3 or value.lower() in _PROSE or _NOTHING.fullmatch(value):
        return False
    letters, digits = any(c.isalpha() for c in value), any(c.isdigit() for c in value)
    return letters and (digits or bool(re.search(r"[a-z][A-Z]|[^\W\d_][^\w\s.,'’/()-][^\W_]|[@#$%^&*!]", value)))


def is_plain_word(value: str) -> bool:
    """Whether a word could be a password somebody told: no word that says how a password is."""
    return value.isalpha() and value.lower() not in _PROSE and not re.search(r"(?:ed|ing|[ai]ble|ly|er|less)$", value)
