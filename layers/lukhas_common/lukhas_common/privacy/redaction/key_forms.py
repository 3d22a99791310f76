"""Secrets that are known by their own form: keys of well-known services, tokens, private keys, hashes of passwords."""

from __future__ import annotations

import re

_W = r"[A-Za-z0-9_-]"

_FORMS = (
    r"A(?:KIA|SIA|BIA|CCA)[0-9A-Z]{16}(?![\w-])",
    r"gh[pousr]_[A-Za-z0-9]{20,}",
    r"github_pat_\w{20,}",
    rf"gl(?:pat|dt|rt|soat|ptt|ft|cbt|imt|agent|oas)-{_W}{{16,}}",
    r"npm_[A-Za-z0-9]{20,}",
    rf"pypi-{_W}{{16,}}",
    rf"xox[a-z]-{_W}{{10,}}",
    rf"xapp-\d{_W}{{8,}}",
    rf"xwfp-{_W}{{10,}}",
    rf"SG\.{_W}{{16,}}\.{_W}{{16,}}",
    rf"sk[-_](?:[a-z0-9]+[-_]){{0,3}}{_W}{{16,}}",
    r"[rp]k_(?:live|test)_[A-Za-z0-9]{10,}",
    r"whsec_[A-Za-z0-9+/=]{16,}",
    rf"AIza{_W}{{30,}}",
    rf"ya29\.{_W}{{10,}}",
    rf"1//0{_W}{{12,}}",
    rf"GOCSPX-{_W}{{16,}}",
    r"EAA[A-Za-z0-9]{30,}",
    r"do[opr]_v1_[a-f0-9]{16,}",
    r"hf_[A-Za-z0-9]{20,}",
    r"shp(?:at|ss|ca|pa)_[A-Fa-f0-9]{16,}",
    rf"sq0(?:csp|atp)-{_W}{{16,}}",
    r"r8_[A-Za-z0-9]{20,}",
    r"(?:gsk_|xai-|pplx-|lin_api_|ntn_|secret_|rubygems_|figd_|sbp_)[A-Za-z0-9]{20,}",
    rf"tskey-[a-z]+-{_W}{{10,}}",
    r"AGE-SECRET-KEY-1[0-9A-Z]{20,}",
    rf"hv[sbr]\.{_W}{{16,}}",
    r"dapi[0-9a-f]{32}",
    rf"ATATT3{_W}{{16,}}",
    rf"PMAK-{_W}{{16,}}",
    rf"(?:sntry[su]|glsa|glc)_{_W}{{16,}}",
    r"NRAK-[A-Z0-9]{20,}",
    rf"dckr_pat_{_W}{{16,}}",
    rf"dp\.(?:pt|st|ct)\.{_W}{{16,}}",
    r"pul-[a-f0-9]{32,}",
    r"key-[0-9a-f]{32}",
    r"SK[0-9a-f]{32}",
    rf"QRG_{_W}{{32,}}",
    rf"[MNO][A-Za-z0-9_-]{{23,27}}\.{_W}{{6}}\.{_W}{{27,}}",
    rf"\d{{8,10}}:AA{_W}{{30,}}",
    rf"eyJ{_W}{{8,}}\.{_W}{{8,}}(?:\.{_W}*)*",
    r"\$(?:2[abxy]?|argon2id?|argon2[di]|scrypt|pbkdf2-\w+|[156y])\$[\w./+=,$-]{16,}",
)
KEYS = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_FORMS)})")
"""Keys by their prefix; the part after it is as long as no word is."""

BLOCK = re.compile(
    r"-----BEGIN (?P<what>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----.*?(?:-----END (?P=what)-----|\Z)", re.S
)
"""Private keys in PEM and of PGP; one that is cut off goes to the end."""

TOKEN = re.compile(r"\[SECRET:[\w-]{22,}\]")
"""What tokens of secrets look like: whatever stands after that name is taken for one."""
