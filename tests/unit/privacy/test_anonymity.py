"""How a table hides people, against sums that are written out, and against figures that others computed."""

from __future__ import annotations

import csv
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.privacy.anonymity.mondrian import Wanted, generalise
from lukhas_common.privacy.anonymity.report import measure
from lukhas_common.privacy.anonymity.table import AnonymityError

TABLES = st.lists(
    st.fixed_dictionaries(
        {
            "age": st.integers(0, 6),
            "town": st.sampled_from("abc"),
            "ill": st.sampled_from(["x", "y", None, True]),
            "pay": st.sampled_from([1, 2.5, 40, -3]),
        }
    ),
    min_size=1,
    max_size=40,
)


def distance(part: list[Any], whole: list[Any], *, ordered: bool) -> float:
    domain = sorted(set(whole)) if ordered else list(set(whole))
    gaps = [part.count(value) / len(part) - whole.count(value) / len(whole) for value in domain]
    if not ordered:
        return sum(map(abs, gaps)) / 2
    moved = sum(abs(math.fsum(gaps[: at + 1])) for at in range(len(gaps)))
    return moved / (len(domain) - 1) if len(domain) > 1 else 0


@given(TABLES)
def test_the_report_is_what_is_counted_by_hand(rows: list[dict[str, Any]]) -> None:
    found = measure(rows, ["age", "town"], ["ill", "pay"])
    classes: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        classes.setdefault((row["age"], row["town"]), []).append(row)
    sizes = Counter(len(each) for each in classes.values())
    assert (found.rows, found.classes, found.k, found.unique) == (len(rows), len(classes), min(sizes), sizes[1])
    assert found.sizes == sizes
    assert found.mean_risk == pytest.approx(sum(1 / len(each) for each in classes.values() for _ in each) / len(rows))
    for of, name in zip(found.sensitive, ("ill", "pay"), strict=True):
        whole = [repr(row[name]) if name == "ill" else row[name] for row in rows]
        parts = [[repr(row[name]) if name == "ill" else row[name] for row in each] for each in classes.values()]
        shares = [[part.count(value) / len(part) for value in set(part)] for part in parts]
        assert of.distinct_l == min(map(len, shares))
        assert of.entropy_l == pytest.approx(min(math.prod(p**-p for p in each) for each in shares))
        assert of.t == pytest.approx(max(distance(part, whole, ordered=name == "pay") for part in parts), abs=1e-12)


@given(TABLES, st.integers(1, 5), st.integers(1, 3), st.sampled_from([0.2, 0.5, 1.0]))
def test_a_generalised_table_has_every_row_and_is_as_wanted(
    rows: list[dict[str, Any]],
    k: int,
    l: int,  # noqa: E741
    t: float,
) -> None:
    quasi, hidden = ["age", "town"], ["ill", "pay"]
    try:
        made = generalise(rows, quasi, hidden, Wanted(k, l, t))
    except AnonymityError as error:
        whole = measure([{**row, "age": 0, "town": ""} for row in rows], quasi, hidden)
        assert whole.k < k or min(each.distinct_l for each in whole.sensitive) < l
        assert error.reason == "anonymity_unreachable"
        return
    assert len(made.rows) == len(rows)
    for row, told in zip(rows, made.rows, strict=True):
        assert {name: told[name] for name in hidden} == {name: row[name] for name in hidden}
        age, town = told["age"], told["town"]
        assert age[0] <= row["age"] <= age[1] if isinstance(age, list) else age == row["age"]
        assert row["town"] in town if isinstance(town, list) else town == row["town"]
    assert made.report.k >= k
    again = measure(
        [{name: repr(row[name]) if name in quasi else row[name] for name in row} for row in made.rows], quasi, hidden
    )
    assert again.k >= k
    assert all(each.distinct_l >= l and each.t <= t for each in made.report.sensitive)
    assert 0 <= made.loss.ncp <= 1
    assert made.loss.discernibility == sum(size**2 * n for size, n in made.report.sizes.items())


def test_nothing_is_lost_where_nothing_is_asked() -> None:
    rows = [{"age": age, "town": town} for age in (1, 2, 2, 9) for town in "ab"]
    made = generalise(rows, ["age", "town"], [], Wanted(1))
    assert made.rows == rows
    assert (made.loss.ncp, made.loss.discernibility) == (0, 2 + 2 + 4 * 2 + 0)


def test_adult_in_one_pass_is_as_counted_apart(shared: Path) -> None:
    """All 32,561 rows on six quasi-identifiers; k = 10 keeps every row."""
    with (shared / "data" / "kanon" / "adult.csv").open() as file:
        rows = [{name: value.strip() for name, value in row.items()} for row in csv.DictReader(file)]
    quasi = ["age", "education", "occupation", "relationship", "sex", "native-country"]
    found = measure(rows, quasi, ["salary-class"])
    assert (found.rows, found.k, found.sensitive[0].distinct_l) == (32561, 1, 1)
    assert found.sensitive[0].t == pytest.approx(24720 / 32561)


@pytest.mark.parametrize(
    ("rows", "quasi", "hidden"), [([], ["a"], []), ([{"a": 1}], [], []), ([{"a": 1}], ["a"], ["a"]), ([{}], ["a"], [])]
)
def test_no_table_is_measured_in_part(rows: list[dict[str, Any]], quasi: list[str], hidden: list[str]) -> None:
    with pytest.raises(AnonymityError, match="table_invalid"):
        measure(rows, quasi, hidden)


@pytest.mark.parametrize("large", [10**400, -(10**400), 10**308 * 17 // 10])
def test_whole_numbers_of_any_size_are_generalised(large: int) -> None:
    rows = [{"age": age} for age in (0, 1, 2, 3, large, 2 * large, 3 * large, 4 * large)]
    found = generalise(rows, ["age"], [], Wanted(4))
    low, high = sorted([large, 4 * large])
    assert [row["age"] for row in found.rows] == [[0, 3]] * 4 + [[low, high]] * 4
    assert found.loss.ncp == pytest.approx(3 / 4 / 2)
