"""Paths of tiles, which strangers may ask for, and bundles of entries."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.tlog.merkle import MAX_SIZE
from lukhas_common.tlog.tiles import (
    TileError,
    TilePath,
    bundle_path,
    decode_bundle,
    encode_bundle,
    parse_path,
    tile_path,
)

levels, widths = st.integers(0, 63), st.integers(1, 256)
indices = st.integers(0, 2000) | st.integers(0, MAX_SIZE)
bundles = st.lists(st.binary(max_size=300), min_size=1, max_size=256)


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("tile/0/000", TilePath(0, 0)),
        ("tile/0/x001/x234/067.p/8", TilePath(0, 1234067, 8)),
        ("tile/63/999.p/255", TilePath(63, 999, 255)),
        ("tile/2/x001/000", TilePath(2, 1000)),
        ("tile/entries/x001/x234/067", TilePath(None, 1234067)),
        ("tile/entries/000.p/1", TilePath(None, 0, 1)),
        ("tile/0/x009/x223/x372/x036/x854/x775/807", TilePath(0, MAX_SIZE)),
    ],
)
def test_a_path_is_written_as_the_standard_has_it(path: str, meant: TilePath) -> None:
    assert parse_path(path) == meant
    assert written(meant) == path


@given(level=levels | st.none(), index=indices, width=widths)
def test_what_is_written_is_read_back(level: int | None, index: int, width: int) -> None:
    meant = TilePath(level, index, width)
    assert parse_path(written(meant)) == meant


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "tile",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile//000",
        "tile/0//000",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/1000",
        "tile/0/x000/000",
        "tile/0/x000/067",
        "tile/0/x1/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/X001/000",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/100/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/0/-01",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/00",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/1000",
        "tile/0/000.p/-1",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/000.P/1",
        "tile/0/000.p8",
        "tile/0/../000",
        "tile/../tile/0/000",
        "../tile/0/000",
        "tile/0/000/..",
        "tile/0/./000",
        "tile/0/%2e%2e",
        "tile/0/000%2ep/1",
        "tile/0/000?x=1",
        "tile/0/000#",
        "tile/0/000\n",
        "\ntile/0/000",
        "tile/0/000\0",
        "tile/0/000 ",
        " tile/0/000",
        "tile\\0\\000",
        "TILE/0/000",
        "tile/0/٠٠٠",
        "tile/٣/000",
        "tile/0/000.p/٣",
        "tile/entries",
        "tile/entries/",
        "tile/entries/0",
        "tile/Entries/000",
        "tile/entries/000.p/256",
        "tile/data/000",
        "tile/names/000",
        "tile/0/x009/x223/x372/x036/x854/x775/808",
        "tile/0/" + "x999/" * 7 + "999",
        "tile/0/" + "x001/" * 5000 + "000",
        "checkpoint",
    ],
    ids=lambda path: repr(path)[:50],
)
def test_any_other_path_is_refused(path: str) -> None:
    assert parse_path(path) is None


@given(path=st.from_regex(r"tile/(entries|[0-9]{1,3})/(x[0-9]{3}/){0,7}[0-9]{1,4}(\.p/[0-9]{1,4})?", fullmatch=True))
def test_a_path_that_is_read_is_the_one_that_is_written(path: str) -> None:
    meant = parse_path(path)
    assert meant is None or written(meant) == path


@given(path=st.text(alphabet="tile/entries0123x.p%\\\n", max_size=40))
def test_no_text_breaks_the_reading(path: str) -> None:
    meant = parse_path(path)
    assert meant is None or written(meant) == path


@pytest.mark.parametrize(
    ("level", "index", "width"),
    [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, MAX_SIZE + 1, 1), (0, 0, 0), (0, 0, -1), (0, 0, 257)],
)
def test_a_tile_that_cannot_be_has_no_path(level: int, index: int, width: int) -> None:
    with pytest.raises(TileError):
        tile_path(level, index, width)
    if level == 0:
        with pytest.raises(TileError):
            bundle_path(index, width)


@given(entries=bundles)
def test_a_bundle_holds_its_entries_in_order(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries)) == entries


def test_a_bundle_is_lengths_and_entries() -> None:
    assert encode_bundle([b"ab", b"", b"c" * 258]) == b"\x00\x02ab" + b"\x00\x00" + b"\x01\x02" + b"c" * 258
    assert decode_bundle(encode_bundle([b"a" * 65535])) == [b"a" * 65535]


@pytest.mark.parametrize("entries", [[], [b""] * 257, [b"a" * 65536]], ids=["none", "too many", "too long"])
def test_entries_that_no_bundle_holds_are_refused(entries: list[bytes]) -> None:
    with pytest.raises(TileError):
        encode_bundle(entries)


@given(entries=bundles, data=st.data())
def test_a_bundle_that_was_cut_off_in_an_entry_is_refused(entries: list[bytes], data: st.DataObject) -> None:
    whole = encode_bundle(entries)
    length = data.draw(st.integers(0, len(whole) - 1))
    try:
        assert encode_bundle(decode_bundle(whole[:length])) == whole[:length]
    except TileError:
        ends = [len(encode_bundle(entries[:count])) for count in range(1, len(entries) + 1)]
        assert length not in ends


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x01", b"\x00\x00\x00", b"\x00\x00" * 257], ids=repr)
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(TileError):
        decode_bundle(data)


def written(meant: TilePath) -> Any:
    if meant.level is None:
        return bundle_path(meant.index, meant.width)
    return tile_path(meant.level, meant.index, meant.width)
