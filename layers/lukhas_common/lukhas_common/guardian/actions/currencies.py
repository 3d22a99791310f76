"""Currencies: how they are written, and their smallest units (ISO 4217)."""

from __future__ import annotations

from lukhas_common.guardian.actions.tables import split

CURRENCIES = frozenset(
    split("""
        AED, AFN, ALL, AMD, ANG, AOA, ARS, AUD, AWG, AZN, BAM, BBD, BDT, BGN, BHD, BIF, BMD, BND, BOB, BRL, BSD,
        BTN, BWP, BYN, BZD, CAD, CDF, CHF, CLP, CNY, COP, CRC, CUP, CVE, CZK, DJF, DKK, DOP, DZD, EGP, ERN, ETB,
        EUR, FJD, FKP, GBP, GEL, GHS, GIP, GMD, GNF, GTQ, GYD, HKD, HNL, HTG, HUF, IDR, ILS, INR, IQD, IRR, ISK,
        JMD, JOD, JPY, KES, KGS, KHR, KMF, KPW, KRW, KWD, KYD, KZT, LAK, LBP, LKR, LRD, LSL, LYD, MAD, MDL, MGA,
        MKD, MMK, MNT, MOP, MRU, MUR, MVR, MWK, MXN, MYR, MZN, NAD, NGN, NIO, NOK, NPR, NZD, OMR, PAB, PEN, PGK,
        PHP, PKR, PLN, PYG, QAR, RON, RSD, RUB, RWF, SAR, SBD, SCR, SDG, SEK, SGD, SHP, SLE, SOS, SRD, SSP, STN,
        SVC, SYP, SZL, THB, TJS, TMT, TND, TOP, TRY, TTD, TWD, TZS, UAH, UGX, USD, UYU, UZS, VES, VND, VUV, WST,
        XAF, XCD, XCG, XOF, XPF, YER, ZAR, ZMW, ZWG
    """)
)
"""Money that states issue. What is not among them, such as a coin of a network, has no amount that can be told."""

PLACES = {
    **dict.fromkeys(split("BIF, CLP, DJF, GNF, ISK, JPY, KMF, KRW, PYG, RWF, UGX, VND, VUV, XAF, XOF, XPF"), 0),
    **dict.fromkeys(split("BHD, IQD, JOD, KWD, LYD, OMR, TND"), 3),
}
"""Decimal places of those that have not two."""

IN_TEXT = "USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|KRW|BRL|MXN|ZAR|SGD|HKD|AED|ILS|RUB|UAH"
"""Codes that are no English words, and so stand for money wherever they are written."""

SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₴": "UAH", "₪": "ILS"}

WORDS = {
    "dollar": "USD",
    "dollars": "USD",
    "bucks": "USD",
    "euro": "EUR",
    "euros": "EUR",
    "pounds": "GBP",
    "quid": "GBP",
    "francs": "CHF",
    "rupees": "INR",
    "yuan": "CNY",
    "yen": "JPY",
}


def currency_of(written: str) -> str | None:
    """The code of a currency that is written as a code, a sign or a word; None for what is no currency."""
    name = written.strip()
    code = SIGNS.get(name) or WORDS.get(name.casefold()) or name.upper()
    return code if code in CURRENCIES else None
