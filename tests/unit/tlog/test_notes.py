"""Signed notes: what is written is read back, and everything else is refused."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.tlog.notes import NoteError, SignatureLine, SignedNote, check_name, parse_note, unb64

SIGNATURE = base64.b64encode(b"\x01\x02\x03\x04signature").decode()
LINE = f"— a.example {SIGNATURE}\n"

lines = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=[chr(each) for each in range(32)]))
texts = st.lists(lines, min_size=1, max_size=5).map(lambda each: "\n".join(each) + "\n")
names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="+"), min_size=1, max_size=20
)
signatures = st.builds(SignatureLine, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80))
notes = st.builds(SignedNote, texts, st.lists(signatures, min_size=1, max_size=5).map(tuple))


@given(note=notes)
def test_a_note_that_is_rendered_is_read_back(note: SignedNote) -> None:
    assert parse_note(note.render()) == note


@given(note=notes, data=st.data())
def test_a_note_with_any_byte_changed_is_refused_or_another_note(note: SignedNote, data: st.DataObject) -> None:
    rendered = bytearray(note.render())
    rendered[data.draw(st.integers(0, len(rendered) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        other = parse_note(bytes(rendered))
    except NoteError:
        return
    assert other != note
    assert other.render() == rendered


@given(data=st.binary(max_size=200) | st.text(alphabet="— a\n=+/AB\t\0", max_size=60).map(str.encode))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    with suppress(NoteError):
        assert parse_note(data).render() == data


def test_the_text_ends_at_the_last_empty_line() -> None:
    note = parse_note(f"one\n\n— not a signature\n\n\n{LINE}".encode())
    assert note.text == "one\n\n— not a signature\n\n"
    assert note.signatures == (SignatureLine("a.example", b"\x01\x02\x03\x04", b"signature"),)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "text\n",
        "text\n\n",
        "text\n\n\n",
        f"\n{LINE}",
        LINE,
        f"text\n{LINE}",
        f"text\n\n{LINE[:-1]}",
        f"text\n\n{LINE}{LINE[:-1]}",
        "text\n\n— a AQIDBAUG!",
        f"text\n\n{LINE}more\n",
        f"text\n\n{LINE}\n",
        f"text\r\n\r\n{LINE}",
        f"te\txt\n\n{LINE}",
        f"te\0xt\n\n{LINE}",
        f"te\x1fxt\n\n{LINE}",
        f"text\n\n{LINE}".replace("—", "-"),
        f"text\n\n{LINE}".replace("— ", "—"),
        f"text\n\n{LINE}".replace("— ", "—  "),
        f"text\n\n {LINE}",
        f"text\n\n{LINE[:-1]} \n",
        f"text\n\n— {SIGNATURE}\n",
        f"text\n\n—  {SIGNATURE}\n",
        f"text\n\n— a+b {SIGNATURE}\n",
        f"text\n\n— a b {SIGNATURE}\n",
        f"text\n\n— a\u00a0b {SIGNATURE}\n",
        f"text\n\n— a\u2028b {SIGNATURE}\n",
        f"text\n\n— a\u0085b {SIGNATURE}\n",
        f"text\n\n— a {SIGNATURE.rstrip('=')}\n",
        f"text\n\n— a {SIGNATURE}=\n",
        "text\n\n— a AQIDBAV=\n",
        "text\n\n— a AQIDBA==\n",
        "text\n\n— a AQID\n",
        "text\n\n— a AQIDBAU_\n",
        "text\n\n— a AQ==BAUG\n",
        "text\n\n— a ====\n",
        "text\n\n— a \n",
        "text\n\n— a\n",
    ],
    ids=repr,
)
def test_what_is_no_note_is_refused(note: str) -> None:
    parse_note(f"text\n\n{LINE}".encode())
    with pytest.raises(NoteError):
        parse_note(note.encode())


@pytest.mark.parametrize("junk", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80"], ids=repr)
def test_what_is_not_utf_8_is_refused(junk: bytes) -> None:
    with pytest.raises(NoteError):
        parse_note(b"text" + junk + b"\n\n" + LINE.encode())


def test_size_and_signatures_are_bounded() -> None:
    def note(size: int, count: int) -> bytes:
        signed = ("\n\n" + LINE * count).encode()
        return b"a" * (size - len(signed)) + signed

    assert len(parse_note(note(1_000_000, 100)).signatures) == 100
    with pytest.raises(NoteError):
        parse_note(note(1_000_001, 1))
    with pytest.raises(NoteError):
        parse_note(note(10_000, 101))


@pytest.mark.parametrize(
    "note",
    [
        SignedNote("text", (SignatureLine("a", b"1234", b"5"),)),
        SignedNote("", (SignatureLine("a", b"1234", b"5"),)),
        SignedNote("text\n", ()),
        SignedNote("text\n", (SignatureLine("a", b"123", b"5"),)),
        SignedNote("text\n", (SignatureLine("a", b"123", b"45"),)),
        SignedNote("text\n", (SignatureLine("a", b"12345", b"6"),)),
        SignedNote("text\n", (SignatureLine("a b", b"1234", b"5"),)),
        SignedNote("text\n", (SignatureLine(f"a {SIGNATURE}\n— b", b"1234", b"5"),)),
        SignedNote("te\txt\n", (SignatureLine("a", b"1234", b"5"),)),
        SignedNote("te\ud800xt\n", (SignatureLine("a", b"1234", b"5"),)),
    ],
    ids=repr,
)
def test_what_would_be_read_as_another_note_is_not_written(note: SignedNote) -> None:
    with pytest.raises(NoteError):
        note.render()


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "a\0b", "a\ud800", "a" + chr(0xDFFF), "\u3000"], ids=repr
)
def test_what_is_no_name_of_a_key_is_refused(name: str) -> None:
    check_name("log.example/ärger—2026")
    with pytest.raises(NoteError):
        check_name(name)


@pytest.mark.parametrize("text", ["AA", "AA=", "AA===", "AB==", "A A=", "AA==\n", "AA__", "Ä", "="], ids=repr)
def test_base64_is_read_in_its_one_canonical_form(text: str) -> None:
    assert unb64("AA==") == b"\0"
    with pytest.raises(ValueError, match=r"(?i)base64|padding|ascii|character|data"):
        unb64(text)
