"""What an entry says of a manifest is the manifest again, and older entries are read as well."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.memory.manifest import FoldPlace, Manifest, fold_name
from lukhas_common.memory.vault import folder_of

FOLDER = folder_of("01a2272a-500b-7863-917b-24568135eecb", "01a2272a-500b-7863-917b-000000000000")

names = st.text("0123456789abcdef-", min_size=1, max_size=70).map(lambda text: f"{FOLDER}fold/{text}")
perhaps = st.one_of(st.just(""), names)
counts = st.integers(0, 2**40)
times = st.floats(0, 2e9).map(lambda at: round(at, 3))
places = st.builds(
    FoldPlace,
    names,
    times,
    st.text(),
    st.text(),
    counts,
    counts,
    counts,
    st.tuples(counts, counts),
    times,
    times,
    perhaps,
)


def as_usual(manifest: Manifest) -> Manifest:
    """Some folds are called as they are when they are written, with the dictionary that the next ones use."""
    folds = [
        replace(fold, name=FOLDER + fold_name(fold.fold_id, fold.sha256), dictionary=manifest.dictionary)
        if fold.size % 2
        else fold
        for fold in manifest.folds.values()
    ]
    return replace(manifest, folds={fold.name: fold for fold in folds})


manifests = st.builds(
    Manifest,
    seq=st.just(7),
    key_id=st.text(max_size=40),
    index=perhaps,
    graph=perhaps,
    dictionary=perhaps,
    documents=counts,
    building=perhaps,
    folds=st.lists(places, max_size=4).map(lambda folds: {fold.name: fold for fold in folds}),
    past=st.dictionaries(names, times, max_size=4),
).map(as_usual)


@given(manifests)
def test_an_entry_says_what_counts(manifest: Manifest) -> None:
    body = json.loads(json.dumps(manifest.to_body(FOLDER)))
    assert FOLDER not in json.dumps(body)
    assert Manifest.of(body, 7, FOLDER) == manifest


def test_what_follows_is_not_said() -> None:
    fold = FoldPlace("", 1.0, "f" * 64, "5" * 64, 1, 2, 3, (4, 5), 6.0, 7.0, f"{FOLDER}dictionary/1")
    fold = replace(fold, name=FOLDER + fold_name(fold.fold_id, fold.sha256))
    body = Manifest(0, "key", dictionary=fold.dictionary, folds={fold.name: fold}).to_body(FOLDER)
    assert body["folds"] == [[None, 1.0, "f" * 64, "5" * 64, 1, 2, 3, (4, 5), 6.0, 7.0, None]]


@given(manifests)
def test_an_entry_with_whole_names_is_read(manifest: Manifest) -> None:
    older = {name: value for name, value in asdict(manifest).items() if name != "seq"}
    older["folds"] = [asdict(fold) for fold in manifest.folds.values()]
    assert Manifest.of(json.loads(json.dumps(older, sort_keys=True)), 7, FOLDER) == manifest
