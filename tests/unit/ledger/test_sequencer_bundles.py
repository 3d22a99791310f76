"""Staging bundles are read exactly as they are written, and not otherwise."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.ledger.bundles import BundleError, StagedBundle, bundle_name, decode_bundle, size_in
from lukhas_common.ledger.entries import Leaf

LEAVES = st.builds(
    Leaf,
    st.text(st.characters(codec="utf-8")),
    st.integers(0, 2**63),
    st.binary(min_size=32, max_size=32),
)
PATHS = st.sampled_from(["tile/0/000.p/1", "tile/entries/x001/000", "tile/1/000.p/255"])
BUNDLES = st.builds(
    StagedBundle,
    st.integers(0, 2**62),
    st.binary(min_size=32, max_size=32),
    st.lists(LEAVES, max_size=4).map(tuple),
    st.dictionaries(PATHS, st.binary(max_size=64)),
)
ONE = StagedBundle(7, bytes(32), (Leaf("s", 1, bytes(32)),), {"tile/0/000.p/8": bytes(256)})


@given(BUNDLES)
def test_a_bundle_is_read_as_it_was_written(bundle: StagedBundle) -> None:
    assert decode_bundle(bundle.encode()) == bundle
    assert size_in(bundle_name(bundle.size, bundle.root)) == bundle.size


def test_leaf_indexes_follow_from_the_start() -> None:
    leaves = tuple(Leaf("s", seq, bytes(32)) for seq in range(3))
    bundle = StagedBundle(7, bytes(32), leaves, {})
    assert bundle.size == 10
    assert bundle.placed == [(leaves[0], 7), (leaves[1], 8), (leaves[2], 9)]


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"version": 1.0},
        {"version": True},
        {"start": -1},
        {"start": "7"},
        {"start": 7.0},
        {"start": True},
        {"start": None},
        {"root": ""},
        {"root": "AAAA"},
        {"root": 5},
        {"leaves": {}},
        {"leaves": [["s", 1]]},
        {"leaves": [["s", 1, "AA==", 7]]},
        {"leaves": [[1, 1, "AA=="]]},
        {"leaves": [["s", "1", "AA=="]]},
        {"leaves": [["s", -1, "AA=="]]},
        {"leaves": [["s", True, "AA=="]]},
        {"leaves": [["s", 1, "AB=="]]},
        {"leaves": None},
        {"tiles": []},
        {"tiles": {"checkpoint": "AA=="}},
        {"tiles": {"tile/0/000.p/256": "AA=="}},
        {"tiles": {"tile/0/000": "%"}},
        {"tiles": {"tile/0/000": None}},
        {"further": 1},
    ],
)
def test_anything_else_is_refused(changes: dict[str, object]) -> None:
    content = {**json.loads(ONE.encode()), **changes}
    with pytest.raises(BundleError):
        decode_bundle(json.dumps(content, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b"1", b"\xff", b" " + ONE.encode(), ONE.encode()[:-1], ONE.encode() + b"\n"]
)
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(BundleError):
        decode_bundle(data)


def test_a_bundle_without_one_of_its_members_is_refused() -> None:
    content = json.loads(ONE.encode())
    for name in content:
        rest = {key: value for key, value in content.items() if key != name}
        with pytest.raises(BundleError):
            decode_bundle(json.dumps(rest, separators=(",", ":")).encode())


@pytest.mark.parametrize("name", ["", "5", "5-", "05-" + "0" * 64, "5-" + "0" * 63, "5-" + "G" * 64, "-5-" + "0" * 64])
def test_other_names_are_no_bundles(name: str) -> None:
    assert size_in(name) is None
