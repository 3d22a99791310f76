"""What the rules find however it is typed, and what they leave alone."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.consent.history import ConsentHistoryManager
from lukhas_common.consent.models import ConsentGrant
from lukhas_common.consent.vocabulary import ConsentScope
from lukhas_common.privacy.redaction import checks
from lukhas_common.privacy.redaction.patterns import structured
from lukhas_common.privacy.redaction.redactor import find, mask, mask_values, redact
from lukhas_common.privacy.redaction.rules import holds
from lukhas_common.privacy.redaction.spans import Kind, Span, apart
from lukhas_common.privacy.redaction.tokens import Preserved, Tokeniser
from lukhas_common.privacy.redaction.view import view
from tests.fakes import Audit, Clock
from tests.gates import memory_ledger

KEY = bytes(range(32))
DIGITS = {"arabic": "٠١٢٣٤٥٦٧٨٩", "devanagari": "०१२३४५६७८९", "fullwidth": "０１２３４５６７８９", "bold": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"}
VALUES = [
    ("RSSMRA85T10A562S", Kind.NATIONAL_ID),
    ("12345678Z", Kind.NATIONAL_ID),
    ("131052-308T", Kind.NATIONAL_ID),
    ("184127645108946", Kind.NATIONAL_ID),
    ("756.9217.0769.85", Kind.NATIONAL_ID),
    ("529.982.247-25", Kind.NATIONAL_ID),
    ("DE89 3704 0044 0532 0130 00", Kind.IBAN),
    ("4111 1111 1111 1111", Kind.CARD),
    ("+44 20 7946 0958", Kind.PHONE),
    ("52.5200, 13.4050", Kind.COORDINATES),
    ("192.0.2.7", Kind.IP),
]
PIECES = [
    "password", "my ", "is ", ": ", "=", '"', "'", "`", "\\", "&", "?", "://", "@", "example.org", "https://",
    "[EMAIL]", "[SECRET]", "[PHONE]", "[PERSON:AAAAAAAAAAAAAAAAAAAAAAAA]", "4111 1111 1111 1111", "+49 30 1234567",
    "call ", "1234567", "100000000", "10.0.0.1", "2001:db8::1", "52.5200, 13.4050", "lat: ", "lon: ",
    "RSSMRA٨٥T١٠A٥٦٢S", "DE89370400440532013000", "Bearer ", "Basic dXNlcjpwYXNz", "Authorization: ", "Cookie: ",
    "-----BEGIN PRIVATE KEY-----", "\n", " ", "٨٥", "४१११", "\xa0", "‑", "\u200b", ".", "-", "/", "(", ")", "x",
    "Anna", "born ", "1990-02-28", "K", "ſ", "İ", "\ue000", "<", ">", "null", "hunter2", "ghp_", "value", "--", "�",
]  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=12).map("".join),
    st.text(max_size=60),
    st.text(alphabet=st.characters(categories=["Nd", "Pd", "Zs", "Cf"]), max_size=40),
)


@settings(max_examples=150)
@given(TEXTS)
def test_no_text_is_too_odd(text: str) -> None:
    for found in (structured(text), find(text)):
        at = 0
        for span in found:
            assert at <= span.start < span.end <= len(text)
            at = span.end
    once = mask(text)
    assert mask(once) == once
    redact(text)
    values = mask_values({"password": [text], "note": text, text: 1})
    assert mask_values(values) == values


@settings(max_examples=80)
@given(TEXTS, st.booleans())
def test_every_text_turns_back(text: str, preserve: bool) -> None:
    mine = Tokeniser(KEY)
    hidden, spans, preserved = mine.tokenise(text, preserve=preserve)
    if not preserved:
        assert mine.detokenise(hidden) == text
    kept = [mine.original(token) for token in preserved]
    at = iter(text[span.start : span.end] for span in spans)
    assert all(value in at for value in kept)


@given(st.text())
def test_a_view_has_each_character_in_its_place(text: str) -> None:
    seen = view(text)
    assert len(seen) == len(text)
    assert view(seen.replace("\ue000", " ")) == seen.replace("\ue000", " ")
    assert not any(char.isdecimal() and not char.isascii() for char in seen)


@pytest.mark.parametrize("script", DIGITS)
@pytest.mark.parametrize(("value", "kind"), VALUES)
def test_digits_of_every_script_are_digits(value: str, kind: Kind, script: str) -> None:
    text = f"it is {value.translate(str.maketrans('0123456789', DIGITS[script]))} today"
    (span,) = structured(text)
    assert (span.start, span.end, span.kind) == (6, 6 + len(value), kind)


@pytest.mark.parametrize("gap", ["\u00a0", "\u202f", "\u2009", "\u2011", "\u2212", ".", "  ", "\u200b"])
def test_a_card_is_one_however_it_is_grouped(gap: str) -> None:
    assert mask(f"card {gap.join(['4111'] + ['1111'] * 3)} of hers") == "card [CARD] of hers"


@pytest.mark.parametrize(
    "text",
    [
        "DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000",
        "DE89-3704-0044-0532-0130-00",
        "de89 3704 0044 0532 0130 00",
        "nl91abna0417164300",
        "AT61 1904 3002 3457 3201",
    ],
)
def test_an_account_is_one_however_it_is_typed_and_ends_where_it_ends(text: str) -> None:
    assert mask(f"to {text} then we see") == "to [IBAN] then we see"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("rssmra85t10a562s", "[NATIONAL_ID]"),
        ("12345678z", "[NATIONAL_ID]"),
        ("536\u201190\u20114399", "[NATIONAL_ID]"),
        ("anna＠example.org", "[EMAIL]"),
        ("＋49 30 901820", "[PHONE]"),
        ("lat: 52.5200, lon: 13.4050", "lat: [COORDINATES], lon: [COORDINATES]"),
        ('{"latitude": 52.5200, "longitude": 13.4050}', '{"latitude": [COORDINATES], "longitude": [COORDINATES]}'),
        ("52.52N 13.40E", "[COORDINATES]"),
        ("card 4111 1111 1111 1111 123", "card [CARD] 123"),
        ("4111111111111111,4012888888881881;", "[CARD],[CARD];"),
        ("https://example.com/anna.schmidt/reset?token=abcdef1234567890", "[URL]=[SECRET]"),
        ("https://anna:geheim77@example.com/x", "[URL]:[SECRET]@[URL]"),
    ],
)
def test_nothing_of_a_value_escapes_by_its_form_or_by_another_one(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "loss fell to 0.333, 0.667 of it",
        "[12.3456, 13.4567, 14.5678]",
        "we reach 100000000 users",
        "it can reach 123456789 at once",
        "call foo(1234567)",
        "order number 12345678",
        "8 |    25.1 | 195.9 / 211.5 | 528",
        "t * (0.254829592 + t",
        "revision 2026-11-22.1 of it",
        "a::b and std::dec and x[::-1] and y[1::2]",
        "NIST SP 800-63B, section 3.1.1.2 or version 1.2.3.4",
        "at 1700000000123 ms",
        "the license key 1234567",
        "text[::-1] is @pulse.counted` does",
        "10² m² are 100 m²",
    ],
)
def test_what_a_text_about_technology_has_is_left_alone(text: str) -> None:
    assert mask(text) == text


def test_a_check_that_cannot_read_a_value_says_no() -> None:
    assert not holds(checks.it_fiscal_code, "RSSMRA٨٥T١٠A٥٦٢S")
    assert not holds(checks.iban, "")
    assert not holds(lambda _: 1 / 0 > 0, "1")


def test_of_spans_that_overlap_the_rest_stays() -> None:
    text = "https://a.example/b?token=c"
    long, short = Span(0, 27, Kind.URL), Span(26, 27, Kind.SECRET)
    assert apart([short, long], text) == [Span(0, 25, Kind.URL), short]
    assert apart([short, long]) == [Span(0, 26, Kind.URL), short]
    assert apart([Span(8, 9, Kind.IP), long, Span(3, 6, Kind.AGE)]) == [
        Span(0, 8, Kind.URL), Span(8, 9, Kind.IP), Span(9, 27, Kind.URL)
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.sampled_from(list(Kind))), max_size=12))
def test_spans_apart_cover_what_all_covered(given: list[tuple[int, int, Kind]]) -> None:
    spans = [Span(start, start + length, kind) for start, length, kind in given]
    kept = apart(spans)
    assert all(one.end <= other.start for one, other in pairwise(kept))
    assert {at for s in kept for at in range(s.start, s.end)} == {at for s in spans for at in range(s.start, s.end)}


@pytest.mark.parametrize("value", ["+٤٤ ٢٠ ٧٩٤٦ ٠٩٥٨", "+4٤20٢7946٠958", "+44 20 7946 0958"])
def test_a_token_that_keeps_the_format_keeps_the_script_and_turns_back(value: str) -> None:
    mine = Tokeniser(KEY)
    text, _, preserved = mine.tokenise(f"call {value} now", preserve=True)
    (token,) = preserved
    assert text == f"call {token.token} now"
    assert token.token != value
    assert [view(char).isdigit() for char in token.token] == [view(char).isdigit() for char in value]
    assert [char.isascii() for char in token.token] == [char.isascii() for char in value]
    assert mine.original(token) == value


@given(st.text(alphabet="0123456789", min_size=12, max_size=19))
def test_a_card_turns_back_whether_its_check_digit_is_right_or_not(digits: str) -> None:
    mine = Tokeniser(KEY)
    hidden = mine.preserved(digits, Kind.CARD)
    assert checks.luhn(hidden) == checks.luhn(digits)
    assert mine.original(Preserved(Kind.CARD, hidden)) == digits


@pytest.mark.parametrize("value", ["1" * 57, "+" + "1   " * 16 + "1", "12345"])
def test_what_is_too_long_or_too_short_to_keep_its_format_gets_a_token(value: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(
        "lukhas_common.privacy.redaction.tokens.personal", lambda text: [Span(0, len(text), Kind.PHONE)]
    )
    mine = Tokeniser(KEY)
    hidden, _, preserved = mine.tokenise(value, preserve=True)
    assert preserved == []
    assert mine.detokenise(hidden) == value


def test_a_withdrawal_counts_whatever_its_reason_says() -> None:
    person, scope = "01a20334-8068-759b-90c6-000000000000", ConsentScope.ELR_INTERESTS
    history = ConsentHistoryManager({}, Audit(), ledger=memory_ledger(), clock=Clock())
    history.grant(person, ConsentGrant(scope))
    assert history.verify_consent(person, scope)
    history.withdraw(person, scope, reason="wegen RSSMRA٨٥T١٠A٥٦٢S")
    assert not history.verify_consent(person, scope)
