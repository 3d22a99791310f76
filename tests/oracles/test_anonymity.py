"""k-anonymity, l-diversity and t-closeness, held against pycanon."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

pandas = pytest.importorskip("pandas", reason="no oracles here: make oracles installs them")
pycanon = pytest.importorskip("pycanon.anonymity", reason="no oracles here: make oracles installs them")

from lukhas_common.privacy.anonymity.report import measure  # noqa: E402

ADULT = Path(__file__).resolve().parents[3] / "shared" / "data" / "kanon" / "adult.csv"
QUASI = ["age", "education", "sex"]


def made(seed: int) -> list[dict[str, Any]]:
    """A table in which some classes are small, some are alike, and one column is of numbers."""
    chance = random.Random(seed)  # noqa: S311 - a table, no key
    return [
        {
            "age": chance.choice((30, 40, 50)),
            "education": chance.choice(("school", "college")),
            "sex": chance.choice(("f", "m")),
            "illness": chance.choice(("flu", "flu", "cold", "gout")),
            "income": chance.randrange(1, 7),
        }
        for _ in range(60)
    ]


def agrees(rows: list[dict[str, Any]], quasi: list[str], sensitive: Iterable[str]) -> None:
    table = pandas.DataFrame(rows)
    for name in sensitive:
        found = measure(rows, quasi, [name])
        (diverse,) = found.sensitive
        assert found.k == pycanon.k_anonymity(table, quasi)
        assert diverse.distinct_l == pycanon.l_diversity(table, quasi, [name])
        # pycanon answers whole numbers here.
        assert math.floor(diverse.entropy_l + 1e-9) == pycanon.entropy_l_diversity(table, quasi, [name])
        assert diverse.t == pytest.approx(pycanon.t_closeness(table, quasi, [name]), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_a_table_is_as_anonymous_as_pycanon_says(seed: int) -> None:
    agrees(made(seed), QUASI, ["illness", "income"])


@pytest.mark.skipif(not ADULT.exists(), reason="Adult is not beside this clone")
def test_adult_is_as_anonymous_as_pycanon_says() -> None:
    with ADULT.open(newline="", encoding="utf-8") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file, skipinitialspace=True))[:4000]
    agrees(rows, QUASI, ["salary-class", "occupation"])
