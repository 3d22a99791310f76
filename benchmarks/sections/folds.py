"""Folds: what is left of a person's memories, what reading one takes, and in what time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks import measured
from benchmarks.build import ROOT
from benchmarks.stack import Stack
from benchmarks.statistic import Timing
from benchmarks.text import TIMES, Bar, bar, of, table

DATA = ROOT.parent / "shared" / "data"
LEAST, MOST_INDEX = 6.0, 0.1
FRAME = 512


def section(stack: Stack, times: int) -> tuple[str, list[Bar]]:
    """``times`` records are read; nothing is measured where the texts are missing."""
    if not DATA.is_dir():
        return "The public texts are not beside this clone: nothing was measured.", []
    return reported(measured.answer(stack, "folding", times, str(DATA), function="RunErrandsFunction"))


def reported(found: Mapping[str, Any]) -> tuple[str, list[Bar]]:
    """The tables and bars of what was measured."""
    return _text(found), _bars(found)


def _bars(found: Mapping[str, Any]) -> list[Bar]:
    chosen, reads = _chosen(found), found["reads"]
    share, most = chosen["index"] / chosen["raw"], max(reads["searching"])
    return [
        bar(
            _ratio(chosen) >= LEAST,
            f"a sealed fold with index and footer is {LEAST:.0f} × smaller than its records as JSON lines or more: "
            f"{_ratio(chosen):.2f} ×; without the index {_ratio(chosen, index=False):.2f} ×",
        ),
        bar(share <= MOST_INDEX, f"the index has at most {MOST_INDEX:.0%} of the bytes of JSON: {share:.1%}"),
        bar(
            (reads["opening"], reads["record"], reads["index"]) == (1, 1, 1),
            f"opening takes one range read, a record and the index one more each: {reads['opening']}, "
            f"{reads['record']:g} and {reads['index']}",
        ),
        bar(
            most <= reads["best"],
            f"a search for the best {reads['best']} takes at most as many range reads: {most}",
        ),
    ]


def _text(found: Mapping[str, Any]) -> str:
    frames = [
        [
            f"{one['frame']}",
            "sealed" if one["sealed"] else "not sealed",
            "with" if one["trained"] else "without",
            *_cells(one),
        ]
        for one in found["frames"]
    ]
    timings = {name: Timing(**timing) for name, timing in found["timings"].items()}
    heads = ["bytes a record", "× without index", "× with index", "index of JSON"]
    first, reads = found["frames"][0], found["reads"]
    return "\n\n".join(
        [
            f"{first['records']:,} memories of {first['raw'] / first['records']:.0f} bytes of JSON, of which "
            f"{found['text'] / first['records']:.0f} are text that occurs once: turns made of public texts. The "
            f"dictionary has {found['dictionary']:,} bytes and was trained on {found['trained_on']:,} older memories "
            f"of other texts. It is not counted in; it has paid for itself after {_pays(found):,} memories.",
            table(["records of a frame", "seal", "dictionary", *heads], frames),
            "### Shorter folds, sealed, with the dictionary",
            table(["memories", *heads], [[f"{one['records']:,}", *_cells(one)] for one in found["lengths"]]),
            "### Words in the index",
            table(["words of", *heads], [[name, *_cells(one)] for name, one in found["words"].items()]),
            "### Reading",
            f"Range reads: opening {reads['opening']}, of {reads['footer']:,} bytes; each record {reads['record']:g}, "
            f"of {reads['bytes']:,.0f} bytes on average; the index {reads['index']}, before the first search; a search "
            f"for the best {reads['best']} then {sum(reads['searching']) / len(reads['searching']):.1f} on average.",
            table(["call", "number", *TIMES], [[name, str(len(one.cpu)), *of(one)] for name, one in timings.items()]),
        ]
    )


def _ratio(one: Mapping[str, Any], *, index: bool = True) -> float:
    return float(one["raw"] / (one["fold"] - (0 if index else one["index"])))


def _cells(one: Mapping[str, Any]) -> list[str]:
    return [
        f"{one['fold'] / one['records']:.1f}",
        f"{_ratio(one, index=False):.2f}",
        f"{_ratio(one):.2f}",
        f"{one['index'] / one['raw']:.1%}",
    ]


def _pays(found: Mapping[str, Any]) -> int:
    """Memories after which a dictionary has saved its own bytes, in sealed folds with frames of 512."""
    with_it, without = _chosen(found), _chosen(found, trained=False)
    saved: float = (without["fold"] - with_it["fold"]) / with_it["records"]
    return round(float(found["dictionary"]) / saved)


def _chosen(found: Mapping[str, Any], *, trained: bool = True) -> Mapping[str, Any]:
    """The sealed fold with frames as they are by default."""
    return next(
        one for one in found["frames"] if (one["frame"], one["sealed"], one["trained"]) == (FRAME, True, trained)
    )
