"""Files of old consents: what they say is read as it was written, and what is wrong costs its own row only."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common import times
from lukhas_common.consent import backfill_files
from lukhas_common.consent.backfill_files import Columns, FileError, UnfitError, read_file
from lukhas_common.consent.backfill_rows import FIELDS, Rejection, Row, read_rows
from lukhas_common.consent.vocabulary import EventType
from tests.unit.consent.backfilling import (
    NOW,
    Said,
    a_grant,
    an_end,
    csv_file,
    jsonl,
    said_rows,
)


def read(data: bytes, layout: str = "jsonl", source: str = "crm") -> list[Row | Rejection]:
    return list(read_rows(data, layout, source, NOW))


@given(
    rows=st.lists(said_rows(), max_size=6),
    columns=st.permutations(FIELDS),
    separator=st.sampled_from([" ", ";", "; ", " ;; "]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
)
def test_what_is_written_is_read_from_both_formats_and_is_named_alike(
    rows: list[Said], columns: list[str], separator: str, quoting: Any, end: str, bom: bool
) -> None:
    mark = b"\xef\xbb\xbf" if bom else b""
    from_csv = read(mark + csv_file(rows, columns, separator, quoting=quoting, lineterminator=end), "csv")
    from_jsonl = read(mark + jsonl(rows).replace(b"\n", end.encode()))
    for found, first in ((from_csv, 2), (from_jsonl, 1)):
        assert [row.said for row in found if isinstance(row, Row)] == rows, found
        assert [row.line for row in found] == list(range(first, first + len(rows)))
    assert [row.row_id for row in from_csv] == [row.row_id for row in from_jsonl]
    for row, said in zip(from_csv, rows, strict=True):
        assert isinstance(row, Row)
        assert (row.user_id, row.event) == (said["user_id"], EventType(said["event"]))
        assert times.rfc3339(row.indicated_at) == said["indicated_at"]


@given(
    cells=st.lists(st.lists(st.text('a", ;\n\r\u00e9', max_size=5), min_size=2, max_size=2), max_size=6),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_csv_cells_hold_whatever_was_written_into_them(cells: list[list[str]], quoting: Any) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=quoting)
    writer.writerows([["left", "right"], *cells])
    found = list(read_file(written.getvalue().encode(), "csv", Columns(["left", "right"], ["left"], [])))
    assert [given for _, given in found] == [{"left": left, "right": right} for left, right in cells]
    assert [line for line, _ in found] == [
        2 + sum(text.count("\n") for row in cells[:place] for text in row) + place for place in range(len(cells))
    ]


@given(data=st.binary() | st.text('{}[]":,az\n\r\0').map(str.encode), layout=st.sampled_from(["csv", "jsonl"]))
def test_no_file_breaks_the_reader(data: bytes, layout: str) -> None:
    header = b"user_id,event,scope,indicated_at\n" if layout == "csv" else b""
    found = read(header + data, layout)
    assert all(isinstance(row, Rejection) for row in found)
    lines = [row.line for row in found]
    assert lines == sorted(set(lines))
    assert max(lines, default=0) <= data.count(b"\n") + 2


@given(rows=st.lists(said_rows(st.sampled_from("ab")), min_size=1, max_size=5), more=said_rows(), mixed=st.randoms())
def test_a_row_keeps_its_name_when_the_file_is_sorted_anew_or_gets_more_rows(
    rows: list[Said], more: Said, mixed: Any
) -> None:
    rows += rows[:2]
    names = [row.row_id for row in read(jsonl(rows))]
    assert len(set(names)) == len(rows)
    other = [*rows, more]
    mixed.shuffle(other)
    assert set(names) < {row.row_id for row in read(jsonl(other))}
    assert set(names).isdisjoint(row.row_id for row in read(jsonl(rows), source="other"))


def test_a_row_has_the_same_name_however_its_values_are_written() -> None:
    plain = a_grant(retention="30", expires_at="2030-01-01T00:00:00.000Z")
    other = a_grant(
        retention=30,
        expires_at="2030-01-01T02:00:00+02:00",
        indicated_at="2024-01-01T00:00:00Z",
        channel="",
        notice_id=None,
    )
    assert [row.row_id for row in read(jsonl([plain]))] == [row.row_id for row in read(jsonl([other]))]
    assert isinstance(read(jsonl([other]))[0], Row)


BAD: list[tuple[Said, str, str]] = [
    (a_grant(user_id=None), "missing", "user_id"),
    (a_grant(user_id=""), "missing", "user_id"),
    (a_grant(event=None), "missing", "event"),
    (a_grant(scope=None), "missing", "scope"),
    (a_grant(indicated_at=None), "missing", "indicated_at"),
    (a_grant(purposes=None), "missing", "purposes"),
    (a_grant(purposes=[]), "missing", "purposes"),
    (a_grant(recipients=None), "missing", "recipients"),
    (a_grant(user_id="a\tb"), "invalid", "user_id"),
    (a_grant(user_id="u" * 129), "invalid", "user_id"),
    (a_grant(user_id=5), "invalid", "user_id"),
    (a_grant(event="updated"), "unknown_event", "event"),
    (a_grant(event="Granted"), "unknown_event", "event"),
    (a_grant(scope="elr.nothing"), "unknown_scope", "scope"),
    (an_end(scope="elr.nothing"), "unknown_scope", "scope"),
    (a_grant(purposes=["dpv:Nothing"]), "unknown_purpose", "purposes"),
    (a_grant(purposes="dpv:DirectMarketing"), "invalid", "purposes"),
    (a_grant(purposes=[1]), "invalid", "purposes"),
    (a_grant(purposes=["dpv:DirectMarketing"] * 2), "invalid", "purposes"),
    (an_end(purposes=["dpv:Nothing"]), "unknown_purpose", "purposes"),
    (an_end(purposes=["dpv:DirectMarketing", "dpv:ServiceProvision"]), "not_for_this_event", "purposes"),
    (a_grant(recipients=["everyone"]), "unknown_role", "recipients"),
    (a_grant(legal_basis="dpv:Contract"), "invalid", "legal_basis"),
    (a_grant(scope="elr.health"), "explicit_consent_required", "legal_basis"),
    (a_grant(data_categories=["pd:Nothing"]), "unknown_category", "data_categories"),
    (a_grant(data_categories=["pd:Location"]), "category_not_in_scope", "data_categories"),
    (a_grant(jurisdiction="Germany"), "invalid", "jurisdiction"),
    (a_grant(notice_id="n"), "invalid", "notice_version"),
    (a_grant(notice_id="n", notice_version="1"), "invalid", "notice_sha256"),
    (a_grant(retention="a year"), "invalid", "retention"),
    (a_grant(retention="1234567"), "invalid", "retention"),
    (a_grant(retention="0000001"), "invalid", "retention"),
    (a_grant(retention=-1), "invalid", "retention"),
    (a_grant(retention=True), "invalid", "retention"),
    (a_grant(expires_at="soon"), "invalid", "expires_at"),
    (a_grant(expires_at="2030-01-01T00:00:00"), "invalid", "expires_at"),
    (a_grant(expires_at="2024-01-01T00:00:00.000Z"), "expiry_in_the_past", "expires_at"),
    (a_grant(expires_at=1893456000), "invalid", "expires_at"),
    (a_grant(indicated_at="2024-01-01"), "invalid", "indicated_at"),
    (a_grant(indicated_at="01.01.2024"), "invalid", "indicated_at"),
    (a_grant(indicated_at="1969-12-31T23:59:59.999Z"), "invalid", "indicated_at"),
    (a_grant(indicated_at="0001-01-01T00:00:00+23:59"), "invalid", "indicated_at"),
    (a_grant(indicated_at=times.rfc3339(NOW + 0.001)), "in_the_future", "indicated_at"),
    (a_grant(method="telepathy"), "invalid", "method"),
    (an_end(method="telepathy"), "invalid", "method"),
    (a_grant(channel="a\nb"), "invalid", "channel"),
    (an_end(channel="c" * 65), "invalid", "channel"),
    (an_end(reason="r" * 501), "invalid", "reason"),
    (an_end(reason="a\0b"), "invalid", "reason"),
    (a_grant(reason="because"), "not_for_this_event", "reason"),
    (an_end(expires_at="2030-01-01T00:00:00.000Z"), "not_for_this_event", "expires_at"),
    (an_end(notice_id="n"), "not_for_this_event", "notice_id"),
    (an_end(event="revoked", legal_basis="dpv:Consent"), "not_for_this_event", "legal_basis"),
    (a_grant(expire_at="2030-01-01T00:00:00.000Z"), "unknown_field", "expire_at"),
]


@pytest.mark.parametrize(("row", "reason", "field"), BAD, ids=[f"{field}-{reason}" for _, reason, field in BAD])
def test_a_wrong_row_is_rejected_with_its_line_and_field_and_the_others_are_read(
    row: Said, reason: str, field: str
) -> None:
    before, found, after = read(jsonl([a_grant(), row, an_end()]))
    assert isinstance(before, Row)
    assert isinstance(after, Row)
    assert isinstance(found, Rejection)
    assert (found.line, found.reason) == (2, reason)
    assert field in found.detail
    assert found.detail.count(f"{field}: {field}") == 0
    if isinstance(row.get("user_id"), str) and row["user_id"]:
        assert row["user_id"] not in json.dumps(found.to_json())


def test_a_rejection_tells_the_rows_name_if_it_has_one() -> None:
    known, unknown = read(jsonl([a_grant(scope="no")]) + b"{}{}\n")
    assert known.to_json() == {"line": 1, "row": known.row_id, "reason": "unknown_scope", "detail": known.detail}  # type: ignore[union-attr]
    assert len(known.row_id or "") == 64
    assert unknown.row_id is None


LONG = b"x" * backfill_files.MAX_ROW
GOOD = jsonl([a_grant()])


@pytest.mark.parametrize(
    ("row", "reason", "text"),
    [
        (b'{"user_id":"a","user_id":"b"}', "not_json", "duplicate member"),
        (b'{"a":' * 100_000, "not_json", "nested too deeply"),
        (b'{"user_id": NaN}', "not_json", "malformed"),
        (b'{"user_id":"\\ud800"}', "not_json", "malformed"),
        (b'["user_id"]', "not_json", "object"),
        (b"null", "not_json", "object"),
        (GOOD[:-5], "not_json", "malformed"),
        (GOOD[:-2] + b'\0"}', "nul_byte", "NUL"),
        (b'{"user_id":"\xff"}', "not_utf8", "UTF-8"),
        (b'{"user_id":"\xed\xa0\x80"}', "not_utf8", "UTF-8"),
        (LONG + b"x", "too_long", "1000000 bytes"),
        (b'{"Meier, Anna":1}', "unknown_field", "one of its names"),
    ],
)
def test_a_malformed_json_line_costs_itself_only(row: bytes, reason: str, text: str) -> None:
    found = read(GOOD + b"\n" + row + b"\r\n" + GOOD)
    assert [(type(each), each.line) for each in found] == [(Row, 1), (Rejection, 3), (Row, 4)]
    rejection = found[1]
    assert isinstance(rejection, Rejection)
    assert rejection.reason == reason
    assert text in rejection.detail


def test_a_row_of_just_the_longest_length_is_read() -> None:
    padded = GOOD[:-2] + b" " * (backfill_files.MAX_ROW - len(GOOD) + 1) + b"}\n"
    assert len(padded) == backfill_files.MAX_ROW + 1
    assert isinstance(read(padded)[0], Row)


HEADER = b"user_id,event,scope,indicated_at,reason\n"
END = b"user_123,withdrawn,elr,2024-01-01T00:00:00.000Z,%s\n"
SMUGGLED = b'"moved\nmallory,revoked,elr,2024-01-01T00:00:00.000Z,x\n"'


@pytest.mark.parametrize(
    ("row", "lines", "reason"),
    [
        (END % b"a,b", 1, "not_csv"),
        (b"user_123,withdrawn\n", 1, "not_csv"),
        (END % b'"a"b', 1, "not_csv"),
        (END % b"a\rb", 1, "not_csv"),
        (END % (b"x" * 200_000), 1, "not_csv"),
        (END % b"\xff", 1, "not_utf8"),
        (END % b"\0", 1, "nul_byte"),
        (END % LONG, 1, "too_long"),
        (END % (b'"' + LONG + b'\n""\n"'), 3, "too_long"),
        (END % SMUGGLED, 3, "invalid"),
        (END % (b'"""' + SMUGGLED[1:]), 3, "invalid"),
        (END % (b'"' + b'"",""' * 3 + b'\n"'), 2, "invalid"),
    ],
)
def test_a_malformed_csv_row_costs_itself_only(row: bytes, lines: int, reason: str) -> None:
    found = read(HEADER + END % b"" + b"\n" + row + END % b"bye", "csv")
    assert [(type(each), each.line) for each in found] == [(Row, 2), (Rejection, 4), (Row, 4 + lines)]
    assert isinstance(found[1], Rejection)
    assert found[1].reason == reason


def test_a_quotation_mark_that_stays_open_rejects_all_that_it_holds() -> None:
    found = read(HEADER + END % b"" + END % b'"open' + END % b"a" + END % b"b", "csv")
    assert [(type(each), each.line) for each in found] == [(Row, 2), (Rejection, 3)]


def test_a_quotation_mark_within_a_text_is_just_that() -> None:
    found = read(HEADER + END % b'5" tall' + END % b"a", "csv")
    assert [row.said["reason"] for row in found if isinstance(row, Row)] == ['5" tall', "a"]


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (b"", "the header lacks user_id, event, scope, indicated_at"),
        (b"user_id,event,scope\n", "the header lacks indicated_at"),
        (HEADER.replace(b"reason", b"reasons"), "'reasons' is no column"),
        (HEADER.replace(b"reason", b"scope"), "twice"),
        (HEADER.replace(b",", b";"), "is no column"),
        (HEADER.decode().encode("utf-16"), "header cannot be read"),
        (b'"user_id"x,event', "header cannot be read"),
    ],
)
def test_a_header_that_nobody_can_mean_refuses_the_file(header: bytes, text: str) -> None:
    with pytest.raises(FileError, match=text):
        read(header + END % b"", "csv") if header else read(b"", "csv")


def test_an_empty_file_of_json_lines_has_no_rows() -> None:
    assert read(b"") == read(b"\n\r\n\n") == []


def test_an_unfit_row_is_told_apart_before_it_is_looked_into() -> None:
    ((line, found),) = read_file(b"[]", "jsonl", Columns([], [], []))
    assert line == 1
    assert isinstance(found, UnfitError)
