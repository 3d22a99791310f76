"""Check digits: of cards, accounts and national ids. Each function takes the characters without separators."""

from __future__ import annotations

import re

IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30,
}  # fmt: skip
"""Characters of an account number by country, as ISO 13616's registry has them."""

_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[0689]\d{12,17}|35\d{14,17}|(?:2131|1800)\d{11}|"
    r"(?:5[06-8]|6\d)\d{10,17}|220[0-4]\d{12,15}|9792\d{12}",
    re.ASCII,
)
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_FISCAL_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def card(digits: str) -> bool:
    """A number that some network gives out, by its first digits and length (ISO/IEC 7812), and its check digit."""
    return len(set(digits)) > 1 and _ISSUED.fullmatch(digits) is not None and luhn(digits)


def iban(text: str) -> bool:
    """ISO 13616: the length of its country, and 1 modulo 97."""
    if IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


def us_ssn(digits: str) -> bool:
    """The areas, groups and serials that the Social Security Administration gives out."""
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def gb_nino(text: str) -> bool:
    """Prefixes that HM Revenue and Customs gives out."""
    return text[0] not in "DFIQUV" and text[1] not in "DFIQUVO" and text[:2] not in ("BG", "GB", "NK", "KN", "TN", "ZZ")


def es_dni(text: str) -> bool:
    """The letter of a Spanish DNI or NIE."""
    number = text[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdigit() and _DNI[int(number) % 23] == text[-1]


def fr_nir(digits: str) -> bool:
    """The key of a French NIR; Corsica's 2A and 2B count as 19 and 18."""
    number = digits[:-2].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 1 <= int(number[3:5]) <= 12 and 97 - int(number) % 97 == int(digits[-2:])


def it_fiscal_code(text: str) -> bool:
    """The last letter of an Italian codice fiscale."""
    total = sum(_FISCAL_ODD[char] for char in text[:15:2])
    total += sum(int(char, 36) - 10 * (not char.isdigit()) for char in text[1:15:2])
    return chr(65 + total % 26) == text[15]


def de_tax_id(digits: str) -> bool:
    """ISO 7064, MOD 11,10, and one digit that comes twice or thrice (German Steuer-ID)."""
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return digits[0] != "0" and len(set(digits[:10])) in (8, 9) and (11 - product) % 10 == int(digits[10])


def nl_bsn(digits: str) -> bool:
    """The Dutch eleven-test."""
    return sum(int(d) * w for d, w in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0


def pl_pesel(digits: str) -> bool:
    """The check digit of a Polish PESEL, and a day and month in it."""
    total = sum(int(d) * w for d, w in zip(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), strict=True))
    return total % 10 == 0 and 1 <= int(digits[2:4]) % 20 <= 12 and 1 <= int(digits[4:6]) <= 31


def se_personal_number(digits: str) -> bool:
    """The Luhn digit of a Swedish personnummer, and a day and month in it."""
    last = digits[-10:]
    return luhn(last) and 1 <= int(last[2:4]) <= 12 and 1 <= int(last[4:6]) % 60 <= 31


def br_cpf(digits: str) -> bool:
    """Both check digits of a Brazilian CPF."""
    for end in (9, 10):
        total = sum(int(digits[at]) * (end + 1 - at) for at in range(end))
        if total * 10 % 11 % 10 != int(digits[end]):
            return False
    return len(set(digits)) > 1


def ch_ahv(digits: str) -> bool:
    """The EAN-13 digit of a Swiss AHV number."""
    return sum(int(digit) * (1 + 2 * (at % 2)) for at, digit in enumerate(digits)) % 10 == 0


def fi_hetu(text: str) -> bool:
    """The character modulo 31 of a Finnish henkilötunnus."""
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + text[7:10]) % 31] == text[10]
