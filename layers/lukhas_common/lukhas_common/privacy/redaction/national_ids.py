"""National ids, each with its check where it has one; where that is weak, a word must announce the number."""

from __future__ import annotations

import re

from lukhas_common.privacy.redaction import checks
from lukhas_common.privacy.redaction.rules import ALONE, Rule, on_bare
from lukhas_common.privacy.redaction.spans import Kind

_TAX_CUE = re.compile(r"\b(?:steuer|tax|idnr|tin|id)\b|steuer", re.I)
_BSN_CUE = re.compile(r"\b(?:bsn|burgerservice|sofi|persoonsnummer)", re.I)
_SSN_CUE = re.compile(r"\b(?:ssn|social security)\b", re.I)
_NINO_CUE = re.compile(r"\b(?:national insurance|nino|ni number|ni no)\b", re.I)
_LICENCE_CUE = re.compile(
    r"\b(?:driver|driving)\b(?! version)|licen[cs]e\b(?! (?:key|file|server|agreement|text))", re.I
)


def _rule(pattern: str, valid: object = None, cue: re.Pattern[str] | None = None) -> Rule:
    check = on_bare(valid) if callable(valid) else lambda _: True
    return Rule(Kind.NATIONAL_ID, re.compile(rf"{ALONE}(?:{pattern})(?![^\W_])"), check, cue)


STRONG = (_rule(r"[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[ABab]) ?\d{3} ?\d{3} ?\d{2}", checks.fr_nir),)
"""Ids that are looked for before cards: a card number may have as many digits."""

RULES = (
    Rule(
        Kind.NATIONAL_ID, re.compile(r"(?<![\w-])\d{3}[- ]\d{2}[- ]\d{4}(?![\w-])"), on_bare(checks.us_ssn)
    ),
    _rule(r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]", checks.gb_nino),
    _rule(r"[A-Za-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d]", checks.gb_nino, _NINO_CUE),
    _rule(r"[XYZxyz\d]-?\d{7}-?[A-Za-z]", checks.es_dni),
    _rule(r"[A-Za-z]{6}\d{2}[A-EHLMPR-Ta-ehlmpr-t]\d{2}[A-Za-z]\d{3}[A-Za-z]", checks.it_fiscal_code),
    _rule(r"\d{2} ?\d{3} ?\d{3} ?\d{3}", checks.de_tax_id, _TAX_CUE),
    _rule(r"\d{9}|\d{3}\.\d{3}\.\d{3}", checks.nl_bsn, _BSN_CUE),
    _rule(r"\d{9}|\d{3}\.\d{2}\.\d{4}", checks.us_ssn, _SSN_CUE),
    _rule(r"\d{11}", checks.pl_pesel),
    _rule(r"(?:19|20)?\d{6}[-+]\d{4}", lambda text: checks.se_personal_number(text.replace("+", ""))),
    _rule(r"\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11}", checks.br_cpf),
    _rule(r"756\.\d{4}\.\d{4}\.\d{2}|756\d{10}", checks.ch_ahv),
    Rule(
        Kind.NATIONAL_ID,
        re.compile(rf"{ALONE}\d{{6}}[-+A-FU-Ya-fu-y]\d{{3}}[0-9A-FHJ-NPR-Ya-fhj-npr-y](?![^\W_])"),
        lambda text: checks.fi_hetu(text.upper()),
    ),
    _rule(r"[A-Za-z]?\d{6,12}", cue=_LICENCE_CUE),
)  # fmt: skip
