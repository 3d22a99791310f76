"""Secrets and personal data are found where they are, and ordinary numbers and words are left alone."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.guardian.text.judgement import Category
from lukhas_common.guardian.text.spans import sensitive_spans
from lukhas_common.privacy.redaction.checks import iban, luhn

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def found(text: str) -> list[tuple[str, str]]:
    return [(finding.rule, text[finding.start : finding.end]) for finding in sensitive_spans(text)]


def token(prefix: str, length: int, letters: str = ALNUM) -> st.SearchStrategy[str]:
    return st.text(letters, min_size=length, max_size=length).map(lambda rest: prefix + rest)


TOKENS = {
    "aws-key": token("AKIA", 16, string.ascii_uppercase + string.digits),
    "github-token": token("ghp_", 36),
    "gitlab-token": token("glpat-", 20),
    "slack-token": token("xoxb-", 30, string.digits + "-"),
    "stripe-key": token("sk_live_", 24),
    "anthropic-key": token("sk-ant-api03-", 40),
    "openai-key": token("sk-proj-7Ab9", 40).filter(lambda key: len(set(key)) > 20),
    "google-key": token("AIza", 35),
    "huggingface-token": token("hf_", 34),
    "npm-token": token("npm_", 36),
    "sendgrid-key": token("SG.", 22).map(lambda key: f"{key}.{key[3:]}{key[3:]}"),
}


@pytest.mark.parametrize("kind", TOKENS)
@settings(max_examples=20)
@given(data=st.data())
def test_a_token_is_found_from_its_first_to_its_last_character(kind: str, data: st.DataObject) -> None:
    secret = data.draw(TOKENS[kind])

    assert (f"secret:{kind}", secret) in found(f"Here: {secret} is it.")


@pytest.mark.parametrize(
    ("text", "rule", "part"),
    [
        ("password: hunter2 ok", "secret:password", "hunter2"),
        ("DB_PASSWORD=correcthorse", "secret:password", "correcthorse"),
        ("my password is Tr0ub4dor&3.", "secret:password", "Tr0ub4dor&3"),
        ('{"api_key": "a8f5f167f44f4964e6c998dee827110c"}', "secret:assigned", "a8f5f167f44f4964e6c998dee827110c"),
        ("the token is Zx81kkPq0vLm3", "secret:assigned", "Zx81kkPq0vLm3"),
        ("postgres://app:s3cr3t@db.internal:5432/x", "secret:connection-password", "s3cr3t"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123", "secret:jwt", None),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----", "secret:private-key", None),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb", "secret:private-key", None),
        ("write to Bob.Smith+x@mail.example.co.uk!", "pii:email", "Bob.Smith+x@mail.example.co.uk"),
        ("call +44 20 7946 0958 now", "pii:phone", "+44 20 7946 0958"),
        ("call (415) 555-2671 now", "pii:phone", "(415) 555-2671"),
        ("my phone is 0171 2345678", "pii:phone", "0171 2345678"),
        ("SSN 219-09-9999", "pii:ssn", "219-09-9999"),
        ("social security number: 219099999", "pii:ssn", "219099999"),
        ("pay 4111-1111-1111-1111 today", "pii:card", "4111-1111-1111-1111"),
        ("pay 378282246310005 today", "pii:card", "378282246310005"),
        ("to GB82 WEST 1234 5698 7654 32 please", "pii:iban", "GB82 WEST 1234 5698 7654 32"),
        ("to DE89370400440532013000", "pii:iban", "DE89370400440532013000"),
        ("from 203.0.113.77 again", "pii:ip-address", "203.0.113.77"),
        ("from 2001:db8::ff00:42:8329 again", "pii:ip-address", "2001:db8::ff00:42:8329"),
        ("at 52.520008, 13.404954 there", "pii:coordinates", "52.520008, 13.404954"),
    ],
)
def test_a_kind_is_found_where_it_is(text: str, rule: str, part: str | None) -> None:
    assert found(text) == [(rule, text if part is None else part)]


@pytest.mark.parametrize(
    "text",
    [
        "On 2024-05-06 at 10:20:30, 05/06/2024, 12.05.2024 and 20240506T102030Z.",
        "It costs $1,234.56 or 1.299,00 EUR; 3 for 100; 1,000,000 people.",
        "Version 1.2.3.4, v10.0.19045.3, release 2.11.0-rc1 and build 20.04.1.1.",
        "Order 1234-5678-9012, invoice 4111 1111 1111 1112, ISBN 978-3-16-148410-0.",
        "Ids 123e4567-e89b-12d3-a456-426614174000, 9fceb02d0ae598e95dc970b74767f19372d61af8.",
        "Forgot your password? Reset my password: click here. Password is required. The password is wrong.",
        "password: string, token = None, secret: ********, api_key=${API_KEY}, key={{ key }}, token=<token>",
        "password = getpass(), token = os.environ['TOKEN'], secret=self.secret, key: your_api_key_here",
        "The secret is patience. The key: practice. The token ring. Bearer of news.",
        "See https://example.com:8080/a@b and user@host, @bob, a @ b, 10:30, 16:9, std::vector, ::",
        "SSN 000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567 and 123-45-0000 were never issued.",
        "Ratios 0.1234, 0.5678; sizes 10.5, 20.25; 127.0.0.1 and 0.0.0.0 and 300.1.2.3.",
        "DE00370400440532013000 has wrong check digits; GB82WEST123456987654 is too short.",
        "sk-learn, task-force-management-system-overview, eyJ.eyJ.x, AKIA, ghp_short",
    ],
)
def test_ordinary_text_holds_nothing_sensitive(text: str) -> None:
    assert found(text) == []


@given(digits=st.text("0123456789", min_size=14, max_size=18), wrong=st.integers(1, 9))
def test_one_wrong_digit_is_told_by_luhn(digits: str, wrong: int) -> None:
    check = next(str(last) for last in range(10) if luhn(digits + str(last)))

    assert not luhn(digits + str((int(check) + wrong) % 10))


@given(body=st.text(string.digits, min_size=18, max_size=18), at=st.integers(0, 17), wrong=st.integers(1, 9))
def test_one_wrong_digit_is_told_by_an_account_number(body: str, at: int, wrong: int) -> None:
    check = 98 - int(body + "131400") % 97
    altered = body[:at] + str((int(body[at]) + wrong) % 10) + body[at + 1 :]

    assert iban(f"DE{check:02}{body}")
    assert not iban(f"DE{check:02}{altered}")


@given(text=st.text() | st.text("password:=@.-+ 0123456789abAKIAeyJ/[]\ud800", max_size=80))
def test_any_text_gives_ordered_spans_that_do_not_overlap(text: str) -> None:
    last = 0
    for finding in sensitive_spans(text):
        assert last <= finding.start < finding.end <= len(text)
        assert finding.category in {Category.SECRET, Category.PERSONAL_DATA}
        assert 0 < finding.score <= 1
        last = finding.end


def test_benign_requests_hold_next_to_nothing_sensitive(shared: Path) -> None:
    """The two are an office's number that is there, and a made-up customer's."""
    hits = []
    for name in ("coconot_pref_benign", "coconot_contrast", "gsm8k", "mitre_frr", "mt_bench", "self_instruct"):
        for line in (shared / f"data/guardian/train/{name}.jsonl").read_text("utf-8").rstrip("\n").split("\n"):
            hits += [hit for hit in found(json.loads(line)["text"]) if hit[0] not in {"pii:email", "pii:ip-address"}]

    assert len(hits) <= 2, hits
