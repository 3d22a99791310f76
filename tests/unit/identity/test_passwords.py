"""The password policy, the blocklist and the password hasher."""

from __future__ import annotations

import copy
import gzip
import importlib.util
import os
import secrets
import string
import unicodedata
from pathlib import Path
from types import ModuleType

import argon2
import pytest
from argon2 import low_level
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from lukhas_common.identity import passwords
from lukhas_common.identity.password_hashes import PasswordHasher
from lukhas_common.identity.passwords import (
    PasswordPolicy,
    WeakPasswordError,
    common_passwords,
    normalise,
)

ROOT = Path(__file__).resolve().parents[3]
ARCHIVES = os.environ.get("BLOCKLIST_ARCHIVES")  # a directory with the two pinned archives

POLICY = PasswordPolicy()
PADDING = st.text(string.digits + string.punctuation, max_size=20)
LISTED = st.sampled_from(sorted(common_passwords()))
LONG_LISTED = sorted(entry for entry in common_passwords() if len(entry) >= POLICY.min_length)
CHEAP = PasswordHasher(memory_kib=64, time_cost=1)
PASSWORD = "correct horse battery staple"


def refusal(password: str, *, context: tuple[str, ...] = (), policy: PasswordPolicy = POLICY) -> str:
    """Return the code under which the policy refuses ``password``, or "accepted"."""
    try:
        policy.check(password, context=context)
    except WeakPasswordError as error:
        return error.code
    return "accepted"


# --- Policy ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "correct-horse-battery-staple",
        "correcthorsebatterystaple",
        "the cat sat on the mat",
        "sunshine mountain river 12",  # listed words side by side are a passphrase
        "пароль и кошка спят под столом",
        "這隻貓喜歡在下雨天看窗外的街道",
        "나는 오늘 저녁에 김치찌개를 먹었다",
        "मेरी बिल्ली खिड़की पर सोती है",
        "القطة تنام على النافذة كل يوم",
        "8412907356629041",
        "0055009345521093",  # holds a listed number, and three short runs
        "681a018574852106",  # 81a0 could be read as a listed word
        "fede35c0b6376094",  # seven code points but for the digits at the end and one run
        "#^&!)(*^%$@!%^&*(",
        "Xq7vT2mLw9RzKd4H",
        "d41d8cd98f00b204e9800998ecf8427e",
        "kq8ZbW3xNpLTyMd" * 2,  # the unit is as long as a password must be
    ],
)
def test_passphrases_and_random_strings_are_accepted(password: str) -> None:
    assert refusal(password, context=("ana.lopez@example.org",)) == "accepted"


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaa",
        "               ",
        "passwordpassword",
        "password-password",
        "tgklpwq-tgklpwq",
        "PASSWORDpasswordPass",
        "abcabcabcabcabcabc",
        "x7kqx7kqx7kqx7kq",
        "qhzmwkxpqhzmwkxp",
        "😀🐎🔋📎😀🐎🔋📎😀🐎🔋📎😀🐎🔋📎",
    ],
)
def test_a_repeated_unit_is_too_common(password: str) -> None:
    assert refusal(password) == "too_common"


@pytest.mark.parametrize(
    "password",
    [
        "123456789012345",
        "987654321098765",
        "qwertyuiopasdfgh",
        "poiuytrewqlkjhgfdsa",
        "abcdefghijklmnop",
        "abcd1234efgh5678",
        "aaabbbcccdddeee",
        "1qaz2wsx3edc4rfv5tgb",
        "!@#$%^&*()_+!@#",
        "1-2-3-4-5-6-7-8-9",
        "123-456-789-012-345",
        "abcdefghij73051964",
    ],
)
def test_runs_are_too_common(password: str) -> None:
    assert refusal(password) == "too_common"


@pytest.mark.parametrize(
    "password",
    [
        "P@ssw0rd12345678!",
        "!!!P4$$w0rd!!!2024",
        "1984dragon1984-2024",
        "$unshine1984-2023",
        "we1come-20242025",
        "p.a.s.s.w.o.r.d.2024",
        "p a s s w o r d 2024",
        "letmeinletmein!!",
        "tigertigertiger-1984",
        "passwordabcdefghij",
        "ｐａｓｓｗｏｒｄ２０２４２０２５",
        "147258369-147258",
    ],
)
def test_a_listed_password_in_disguise_is_too_common(password: str) -> None:
    assert refusal(password) == "too_common"


@pytest.mark.parametrize(
    "password",
    [
        "ana.lopez@example.org",
        "ANA.LOPEZ-19841231",
        "analopez1984!!!!",
        "@na.lopez19841231",
        "ana.lopezana.lopez",
        "lukhaslukhaslukhas",
        "Lukhas-2024-2025!",
        "1ukh@s-2024-2025!",
        "!!!!l.u.k.h.a.s!!!!",
    ],
)
def test_the_words_of_the_account_with_padding_are_refused(password: str) -> None:
    assert refusal(password, context=("ana.lopez@example.org",)) == "contains_context"


def test_a_passphrase_that_mentions_the_account_is_accepted() -> None:
    assert refusal("ana lopez feeds eleven geese", context=("ana.lopez",)) == "accepted"


def test_a_context_word_of_two_letters_refuses_nothing() -> None:
    assert refusal("xq84129073566290", context=("xq",)) == "accepted"


def test_the_service_name_can_be_changed() -> None:
    policy = PasswordPolicy(service_name="Zorbelix")
    assert refusal("zorbelix-2024-2025", policy=policy) == "contains_context"
    assert refusal("zorbelix-2024-2025") == "accepted"


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("Xq7vT2mLw9RzKd", "too_short"),
        ("Xq7vT2mLw9RzKdH", "accepted"),
        ("e\u0301" * 7 + "kqxzwv", "too_short"),  # twenty code points typed, thirteen normalised
        (secrets.token_urlsafe(400)[:256], "accepted"),
        (secrets.token_urlsafe(400)[:257], "too_long"),
        ("\u1f82" * 256, "too_common"),
        (unicodedata.normalize("NFD", "\u1f82" * 256), "too_common"),  # 1,024 typed, 256 normalised
        ("x" * 10_000_000, "too_long"),
    ],
    ids=["14", "15", "composed", "256", "257", "256-of-one", "1024-typed", "ten-million"],
)
def test_length_is_counted_in_normalised_code_points(password: str, expected: str) -> None:
    assert refusal(password) == expected


def test_an_overlong_password_is_refused_without_normalising_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "normalise", lambda _: pytest.fail("normalised"))
    assert refusal("a" + "\u0301\u0323" * 500_000) == "too_long"


@pytest.mark.parametrize("character", ["\0", "\n", "\t", "\x7f", "\x85", "\ud800", "\uffff"])
def test_what_is_not_text_is_refused(character: str) -> None:
    assert refusal(f"Xq7vT2mL{character}w9RzKd4H") == "not_text"


@pytest.mark.parametrize(
    ("password", "advice"),
    [
        ("zebra", "Use 15 characters or more"),
        ("zebra-" * 100, "Use 256 characters or fewer"),
        ("zebrazebrazebra", "unrelated words"),
        ("lukhas-20242025", "password manager"),
        ("zebra\0zebra\0zebra", "Use letters"),
    ],
)
def test_a_refusal_says_what_to_do_and_not_the_password(password: str, advice: str) -> None:
    with pytest.raises(WeakPasswordError) as caught:
        POLICY.check(password)
    for text in (str(caught.value), repr(caught.value)):
        assert password not in text
        assert "zebra" not in text
    assert advice in str(caught.value)
    assert str(copy.copy(caught.value)) == str(caught.value)


def test_any_twenty_random_characters_are_accepted() -> None:
    # The operating system draws them: Hypothesis looks for runs and repetition, and finds them.
    for _ in range(1000):
        password = secrets.token_urlsafe(15)
        assert refusal(password) == "accepted", password


@pytest.mark.parametrize("password", LONG_LISTED)
def test_every_listed_password_that_is_long_enough_is_refused(password: str) -> None:
    assert refusal(password) == "too_common"
    assert refusal(password.upper()) == "too_common"


@given(st.text(string.ascii_lowercase + "äжあ漢 -7", min_size=1, max_size=14), st.integers(2, 8))
def test_any_short_unit_repeated_is_refused(unit: str, times: int) -> None:
    password = unit * times
    assume(15 <= len(normalise(password)) <= 256)
    assert refusal(password) != "accepted"


@settings(max_examples=200)
@given(LISTED.filter(lambda listed: any(map(str.isalpha, listed))), PADDING, PADDING)
@example("monkey", "", "84290731!?-5")
@example("abc123", "2024", "!!!!!!!")
def test_any_listed_password_with_letters_is_refused_however_padded(listed: str, before: str, after: str) -> None:
    password = (before + listed + after).ljust(POLICY.min_length, "7")
    assert refusal(password) != "accepted"


@given(st.text(max_size=300))
def test_any_text_is_accepted_or_refused_for_a_named_reason(text: str) -> None:
    assert refusal(text) in {
        "accepted",
        "too_short",
        "too_long",
        "too_common",
        "contains_context",
        "not_text",
    }


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"])))
def test_equal_forms_normalise_to_one(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert normalise(decomposed) == normalise(text) == normalise(normalise(text))


def test_compatible_forms_stay_different() -> None:
    assert normalise("ﬁ") != normalise("fi")


# --- Blocklist ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_blocklist", ROOT / "scripts/build_blocklist.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shipped_blocklist_is_sorted_unique_folded_and_small(script: ModuleType) -> None:
    content = script.OUTPUT.read_bytes()
    entries = gzip.decompress(content).decode().splitlines()
    assert entries == sorted(set(entries))
    assert len(entries) == 55_520
    assert len(content) < 500_000
    assert min(map(len, entries)) == script.MIN_LENGTH
    assert all(entry == passwords._fold(entry) == script.fold(entry) for entry in entries)
    assert {"123456", "password", "qwerty", "iloveyou", "dragon", "пароль"} <= set(entries)
    assert frozenset(entries) == common_passwords()


def test_the_blocklist_header_names_no_time_and_no_file(script: ModuleType) -> None:
    for content in (script.OUTPUT.read_bytes(), script.encode(["monkey"])):
        assert content[3] == 0  # no flags: no name, no comment
        assert content[4:8] == bytes(4)  # no time


def test_the_blocklist_depends_on_the_set_of_passwords_alone(script: ModuleType) -> None:
    built = script.encode(["Dragon", "abc", "ｐａｓｓｗｏｒｄ", "monkey", "dragon"])
    assert built == script.encode(["monkey", "password", "DRAGON"])
    assert gzip.decompress(built) == b"dragon\nmonkey\npassword\n"


def test_an_archive_that_differs_from_the_pinned_one_is_refused(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / script.ZXCVBN).write_bytes(b"something else")
    with pytest.raises(SystemExit, match="SHA-256"):
        script.read_archive(tmp_path, script.ZXCVBN)


@pytest.mark.skipif(not ARCHIVES, reason="BLOCKLIST_ARCHIVES names no directory with the archives")
def test_the_blocklist_is_rebuilt_byte_for_byte(script: ModuleType) -> None:
    assert ARCHIVES is not None
    assert script.encode(script.read_sources(Path(ARCHIVES))) == script.OUTPUT.read_bytes()


# --- Hasher ------------------------------------------------------------------------------------


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int]]:
    """Record the parameters of each Argon2 computation: memory, passes, lanes."""
    calls: list[tuple[int, int, int]] = []
    real = low_level.hash_secret_raw

    def recording(**arguments: object) -> bytes:
        calls.append(
            (arguments["memory_cost"], arguments["time_cost"], arguments["parallelism"])  # type: ignore[arg-type]
        )
        return real(**arguments)  # type: ignore[arg-type]

    for name in ("hash_secret", "verify_secret", "core"):
        monkeypatch.setattr(low_level, name, lambda *_, **__: pytest.fail("another way to Argon2"))
    monkeypatch.setattr(low_level, "hash_secret_raw", recording)
    return calls


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), max_size=60))
def test_a_hash_verifies_equal_forms_of_its_password_and_no_other(password: str) -> None:
    encoded = CHEAP.hash(password)
    assert CHEAP.verify(encoded, unicodedata.normalize("NFC", password))
    assert CHEAP.verify(encoded, unicodedata.normalize("NFD", password))
    assert not CHEAP.verify(encoded, password + "x")


def test_case_and_compatible_forms_are_other_passwords() -> None:
    encoded = CHEAP.hash(PASSWORD)
    assert not CHEAP.verify(encoded, PASSWORD.upper())
    assert not CHEAP.verify(encoded, PASSWORD.replace("c", "ｃ"))


def test_the_default_hash_is_a_phc_string_that_argon2_cffi_verifies() -> None:
    encoded = PasswordHasher().hash(PASSWORD)
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert argon2.PasswordHasher().verify(encoded, PASSWORD)
    assert argon2.extract_parameters(encoded) == argon2.Parameters(argon2.Type.ID, 19, 16, 32, 2, 19456, 1)


def test_a_hash_made_by_argon2_cffi_verifies() -> None:
    encoded = argon2.PasswordHasher(memory_cost=64, time_cost=1, parallelism=2).hash(PASSWORD)
    assert CHEAP.verify(encoded, PASSWORD)
    assert not CHEAP.verify(encoded, PASSWORD + "x")


def test_two_hashes_of_one_password_differ() -> None:
    assert CHEAP.hash(PASSWORD) != CHEAP.hash(PASSWORD)


GOOD = CHEAP.hash(PASSWORD)
SALT, DIGEST = GOOD.split("$")[4:]


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(None, id="unknown user"),
        pytest.param("", id="empty"),
        pytest.param("not a hash", id="text"),
        pytest.param(GOOD[:-30], id="truncated"),
        pytest.param(GOOD[:-2], id="digest of no whole bytes"),
        pytest.param(GOOD + "\n", id="newline"),
        pytest.param(GOOD.replace(DIGEST, DIGEST[::-1]), id="other digest"),
        pytest.param(GOOD.replace(SALT, "!" + SALT[1:]), id="salt not base64"),
        pytest.param(GOOD.replace("argon2id", "argon2i"), id="argon2i"),
        pytest.param(GOOD.replace("v=19", "v=16"), id="old version"),
        pytest.param(GOOD.replace("m=64", "m=0"), id="no memory"),
        pytest.param(GOOD.replace("m=64", "m=064"), id="a number written another way"),
        pytest.param(GOOD.replace("m=64", "m=7"), id="memory under eight per lane"),
        pytest.param(GOOD.replace("m=64", "m=4194304"), id="four gibibytes"),
        pytest.param(GOOD.replace("t=1", "t=17"), id="seventeen times the work"),
        pytest.param(GOOD.replace("t=1", "t=0"), id="no passes"),
        pytest.param(f"$argon2id$v=19$m=64,t=1,p=1${SALT}${'A' * 43}", id="the decoy's digest"),
        pytest.param(f"$argon2id$v=19$m=64,t=1,p=1${'A' * 22}${'A' * 43}", id="the decoy itself"),
        pytest.param("$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", id="bcrypt"),
    ],
)
def test_what_cannot_match_is_false_at_the_cost_of_a_wrong_password(
    encoded: str | None, computed: list[tuple[int, int, int]]
) -> None:
    assert CHEAP.verify(encoded, PASSWORD) is False
    assert computed == [(64, 1, 1)]


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        (PASSWORD, True),
        (PASSWORD + "x", False),
        ("", False),
        ("x" * 257, False),
        ("x" * 100_000, False),
        ("\ud800", False),
        (PASSWORD + "\0", False),
    ],
    ids=["right", "wrong", "empty", "257", "100000", "surrogate", "control"],
)
@pytest.mark.parametrize("known", [True, False])
def test_one_computation_whatever_the_password(
    password: str, expected: bool, known: bool, computed: list[tuple[int, int, int]]
) -> None:
    assert CHEAP.verify(GOOD if known else None, password) is (expected and known)
    assert computed == [(64, 1, 1)]


def test_a_password_that_cannot_be_stored_never_verifies_as_the_empty_one() -> None:
    assert not CHEAP.verify(CHEAP.hash(""), "x" * 257)
    assert not CHEAP.verify(CHEAP.hash(""), "\ud800")


def test_making_a_hasher_computes_nothing(computed: list[tuple[int, int, int]]) -> None:
    PasswordHasher(memory_kib=128)
    assert computed == []


@pytest.mark.parametrize(("password", "code"), [("x" * 257, "too_long"), ("x\0", "not_text")])
def test_a_password_that_could_not_verify_is_not_hashed(password: str, code: str) -> None:
    with pytest.raises(WeakPasswordError) as caught:
        CHEAP.hash(password)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "older",
    [
        PasswordHasher(memory_kib=32, time_cost=1),
        PasswordHasher(memory_kib=256, time_cost=4),  # the most work that is still verified
        PasswordHasher(memory_kib=64, time_cost=2),
        PasswordHasher(memory_kib=64, time_cost=1, parallelism=2),
    ],
)
def test_a_hash_with_other_parameters_verifies_and_needs_a_rehash(older: PasswordHasher) -> None:
    encoded = older.hash(PASSWORD)
    assert CHEAP.verify(encoded, PASSWORD)
    assert CHEAP.needs_rehash(encoded)
    assert not older.needs_rehash(encoded)


def test_only_a_hash_with_the_present_parameters_needs_no_rehash() -> None:
    short = argon2.PasswordHasher(memory_cost=64, time_cost=1, parallelism=1, hash_len=16)
    assert not CHEAP.needs_rehash(GOOD)
    assert CHEAP.needs_rehash(short.hash(PASSWORD))
    assert CHEAP.needs_rehash("damaged")
