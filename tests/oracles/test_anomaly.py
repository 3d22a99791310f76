"""Isolation forests, held against scikit-learn's."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

numpy = pytest.importorskip("numpy", reason="no oracles here: make oracles installs them")
ensemble = pytest.importorskip("sklearn.ensemble", reason="no oracles here: make oracles installs them")
metrics = pytest.importorskip("sklearn.metrics", reason="no oracles here: make oracles installs them")

from lukhas_common.anomaly.forest import SAMPLE, TREES, IsolationForest  # noqa: E402
from lukhas_common.anomaly.trees import average_path  # noqa: E402

SETS = Path(__file__).parents[2].parent / "shared" / "data" / "anomaly"
SEEDS = range(3)


def blobs() -> tuple[list[list[float]], list[int]]:
    """Two clouds of rows, and one in forty far from both."""
    chance = Random(1)  # noqa: S311
    usual = [[chance.gauss(6 * (n % 2), 1) for _ in range(4)] for n in range(2000)]
    return usual + [[chance.uniform(-12, 18) for _ in range(4)] for _ in range(50)], [0] * 2000 + [1] * 50


def rows_of(name: str) -> tuple[list[list[float]], list[int]]:
    """A public set; of a large one, every tenth row."""
    if name == "blobs":
        return blobs()
    if not SETS.is_dir():
        pytest.skip("no ../shared beside this clone: its sets are not read")
    with numpy.load(SETS / f"{name}.npz") as data:
        rows, labels = data["X"].astype(float), data["y"]
    step = 10 if len(labels) > 20_000 else 1
    return rows[::step].tolist(), labels[::step].tolist()


@pytest.mark.parametrize("rows", [2, 3, 10, 256, 100_000])
def test_the_average_path_is_scikit_learns(rows: int) -> None:
    theirs = ensemble._iforest._average_path_length([rows])[0]
    assert average_path(rows) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("name", ["blobs", "38_thyroid", "23_mammography", "32_shuttle"])
def test_scores_are_scikit_learns_but_for_chance(name: str) -> None:
    rows, labels = rows_of(name)
    ours, theirs = numpy.zeros((len(SEEDS), len(rows))), numpy.zeros((len(SEEDS), len(rows)))
    for seed in SEEDS:
        forest = IsolationForest.fit(rows, TREES, SAMPLE, seed=seed)
        ours[seed] = [forest.score(row) for row in rows]
        other = ensemble.IsolationForest(n_estimators=TREES, max_samples=SAMPLE, random_state=seed).fit(rows)
        theirs[seed] = -other.score_samples(rows)
    apart = abs(ours.mean(0) - theirs.mean(0))
    assert apart.mean() < 0.015
    assert apart.max() < 0.1
    areas = [[metrics.roc_auc_score(labels, scores) for scores in each] for each in (ours, theirs)]
    assert numpy.mean(areas[0]) == pytest.approx(numpy.mean(areas[1]), abs=0.012)
