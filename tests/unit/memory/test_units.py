"""The write units that the benchmarks count, against those that AWS's rules give by hand."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from benchmarks.inside.counting import item_of, written
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.stored import Stage, Stored
from tests.unit.memory.world import ADA

WORKING = Stored(
    owner=ADA,
    slot="0" * 32,
    seq=0,
    memory_id=ADA,
    memory_type=MemoryType.WORKING,
    stage=Stage.WORKING,
    due=1000.0,
    valid_from=100.0,
    key_id=ADA,
    content=bytes(1200),
)
FRESH = replace(WORKING, stage=Stage.FRESH, revision=1)
FOLDED = replace(FRESH, stage=Stage.FOLDED, due=inf, content=None, fold="fold/1", revision=2)


def test_an_item_of_two_kilobytes_is_written_to_the_table_and_to_both_indexes() -> None:
    assert 1024 < item_of(WORKING)["item"] == item_of(WORKING)["by stage"] < 2048
    assert 0 < item_of(WORKING)["by time"] < 1024
    assert written(None, WORKING) == 2 + 2 + 1


def test_a_step_takes_it_from_both_indexes_and_puts_it_there_again() -> None:
    assert written(WORKING, FRESH) == 2 + (2 + 2) + (1 + 1)


def test_what_is_folded_leaves_the_indexes_and_the_larger_of_both_items_counts() -> None:
    assert item_of(FOLDED)["by stage"] == item_of(FOLDED)["by time"] == 0
    assert written(FRESH, FOLDED) == 2 + 2 + 1


def test_what_is_in_no_index_costs_the_table_alone() -> None:
    assert written(FOLDED, replace(FOLDED, fold="fold/2", revision=3)) == 1
    assert written(FOLDED, None) == 1


def test_an_index_whose_key_stays_is_written_once() -> None:
    assert written(FRESH, replace(FRESH, revision=2)) == 2 + 2
