"""Anomalies of public sets, and attacks in the days of a crowd: what is found, what in vain, and in what time."""

from __future__ import annotations

import ast
import json
import struct
import sys
import time
import zipfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.inside.timing import answer, each
from lukhas_common.anomaly.accesses import Access
from lukhas_common.anomaly.alerts import judge, merged
from lukhas_common.anomaly.detectors import Detector
from lukhas_common.anomaly.features import FEATURES, Profile, Window, windows
from lukhas_common.anomaly.models import Model
from lukhas_common.anomaly.training import train
from tests.access_days import DAY, START, Crowd, by_network, hammering, insider, scraping, stuffing

SETS = ("16_http", "32_shuttle", "38_thyroid", "23_mammography")
SEEDS = 3
LARGE = 100_000
"""Rows from which on a set is measured with one seed, and not with the forest alone."""

TIMED = 5_000
UNSEEN = 4
"""Seed of the crowd: one that no limit was chosen by."""

LEARN, WATCH, WEEKS_DAYS = 7, 14, 21
"""Days from which on rows are trained on, and are watched, and the days of all."""

Row = tuple[float, ...]


def loaded(path: Path) -> tuple[list[Row], list[int]]:
    """The rows and labels of a set in NumPy's format, without NumPy."""
    with zipfile.ZipFile(path) as archive:
        (labels, _), (values, shape) = (_array(archive.read(f"{name}.npy")) for name in "yX")
    width = shape[1]
    return [tuple(map(float, values[at : at + width])) for at in range(0, len(values), width)], [int(y) for y in labels]


def _array(data: bytes) -> tuple[Sequence[float], tuple[int, ...]]:
    (length,) = struct.unpack_from("<H", data, 8)
    head = ast.literal_eval(data[10 : 10 + length].decode())
    kind = {"<f8": "d", "<i8": "q", "<i2": "h"}[head["descr"]]
    values = array(kind, data[10 + length :])
    shape: tuple[int, ...] = head["shape"]
    if head["fortran_order"]:
        rows = shape[0]
        values = array(kind, (values[at] for row in range(rows) for at in range(row, len(values), rows)))
    return values, shape


def area(labels: Sequence[int], scores: Sequence[float]) -> float:
    """The area under the ROC curve; ties count half."""
    ranks = Counter[float]()
    firsts: dict[float, int] = {}
    for place, score in enumerate(sorted(scores)):
        firsts.setdefault(score, place)
        ranks[score] += 1
    middle = {score: first + (ranks[score] + 1) / 2 for score, first in firsts.items()}
    found = [middle[score] for label, score in zip(labels, scores, strict=True) if label]
    many, few = len(labels) - len(found), len(found)
    return (sum(found) - few * (few + 1) / 2) / (few * many)


def of_set(path: Path) -> dict[str, Any]:
    """Areas of one set: fitted on all of it, and fitted on one half and tried on the other; labels are never seen."""
    rows, labels = loaded(path)
    whole, forest, split = [], [], []
    for seed in range(1 if len(rows) > LARGE else SEEDS):
        detector = Detector.fit(rows, seed=seed)
        whole.append(area(labels, [detector.score(row).score for row in rows]))
        if len(rows) <= LARGE:
            forest.append(area(labels, [detector.forest.score(row) for row in rows]))
        order = list(range(len(rows)))
        Random(seed).shuffle(order)  # noqa: S311 - not for secrets
        half = len(order) // 2
        fitted = Detector.fit([rows[place] for place in order[:half]], seed=seed)
        tried = order[half:]
        split.append(area([labels[at] for at in tried], [fitted.score(rows[at]).score for at in tried]))
    return {
        "rows": len(rows),
        "width": len(rows[0]),
        "anomalies": sum(labels),
        "whole": whole,
        "forest": forest,
        "split": split,
        "timing": each(detector.score, rows[:: max(1, len(rows) // TIMED)]),
    }


def training_time(width: int) -> float:
    """Seconds of CPU that training takes on 100,000 rows."""
    chance = Random(1)  # noqa: S311 - not for secrets
    rows = [tuple(chance.expovariate(1) for _ in range(width)) for _ in range(100_000)]
    begun = time.process_time()
    outcome = train(rows, None, seed=0, features=[str(place) for place in range(width)])
    took = time.process_time() - begun
    if not outcome.accepted:
        raise RuntimeError(outcome.reason)
    return took


def days(principals: int) -> dict[str, Any]:
    """A week to know everybody, a week to train on, a week to watch, and attacks on its last day."""
    crowd, known, networks = Crowd(principals, UNSEEN), dict[str, Profile](), dict[str, Profile]()
    first, trained, after, apart = list[Window](), list[Window](), list[Window](), list[Window]()
    accesses = 0
    for number in range(WEEKS_DAYS):
        today = list(crowd.day(number))
        accesses += len(today)
        (first if number < LEARN else trained if number < WATCH else after).extend(windows(today, known))
        if number >= WATCH:
            apart += windows(by_network(today), networks)
        _learn(today, known)
        _learn(by_network(today), networks)
    outcome = train([window.features for window in trained], None, seed=0)
    if outcome.model is None:
        raise RuntimeError(outcome.reason)
    detector = outcome.model.detector
    told = merged(filter(None, (judge(window, detector) for window in after)))
    new = merged(filter(None, (judge(window, None) for window in first)))
    by_networks = merged(filter(None, (judge(window, None) for window in apart)))
    return {
        "principals": principals,
        "accesses": accesses,
        "days": WEEKS_DAYS - WATCH,
        "trained": len(trained),
        "watched": len(after),
        "false": [[str(one.severity), str(one.kind)] for one in told],
        "learnt": LEARN,
        "new": sum(not window.settled for window in first),
        "false_new": len(new),
        "false_networks": len(by_networks),
        "reason": outcome.reason,
        "model": len(outcome.model.to_bytes()),
        "opened": each(Model.from_bytes, [outcome.model.to_bytes()] * 20),
        "attacks": {name: _found(made, known, detector) for name, made in _attacks(crowd).items()},
        "newcomers": {name: _found(made, {}, detector) for name, made in _by_newcomers(crowd).items()},
        "timing": each(lambda window: judge(window, detector), after[:TIMED]),
    }


def _learn(accesses: Iterable[Access], known: dict[str, Profile]) -> None:
    mine: dict[str, list[Access]] = {}
    for access in accesses:
        mine.setdefault(access.principal, []).append(access)
    for name, seen in mine.items():
        known[name] = known.get(name, Profile()).seen(seen)


def _attacks(crowd: Crowd) -> dict[str, list[list[Access]]]:
    noon = START + (WEEKS_DAYS - 1) * DAY + timedelta(hours=13)
    members, clinicians = crowd.members()[::20], crowd.clinicians()[::8]

    def made(attack: Callable[..., list[Access]], names: Iterable[str]) -> list[list[Access]]:
        return [attack(name, crowd.home(name), noon) for name in names]

    everybody = list(crowd.habits)
    return {
        "one account, 60 guesses": [hammering(name, noon) for name in members],
        "one account, 15 guesses": [hammering(name, noon, 15) for name in members],
        "200 accounts, one guess each": [
            by_network(stuffing(Random(n).sample(everybody, min(200, len(everybody))), noon))  # noqa: S311
            for n in range(20)
        ],
        "scraping, 900 requests": made(scraping, members),
        "scraping, 300 requests": made(partial(scraping, requests=300), members),
        "scraping, 150 requests": made(partial(scraping, requests=150), members),
        "a clinician reads 60 strangers": made(insider, clinicians),
        "a clinician reads 25 strangers": made(partial(insider, people=25), clinicians),
        "a member reads 20 strangers": made(partial(insider, people=20), members),
    }


def _by_newcomers(crowd: Crowd) -> dict[str, list[list[Access]]]:
    """Misuse by principals of whom nothing is known."""
    noon = START + (WEEKS_DAYS - 1) * DAY + timedelta(hours=13)
    attacks: dict[str, Callable[..., list[Access]]] = {
        "a newcomer makes 900 requests": scraping,
        "a newcomer makes 300 requests": partial(scraping, requests=300),
        "a newcomer reads 60 strangers": insider,
        "a newcomer reads 25 strangers": partial(insider, people=25),
    }
    names = crowd.members()[::20]
    return {called: [attack(name, crowd.home(name), noon) for name in names] for called, attack in attacks.items()}


def _found(made: list[list[Access]], known: dict[str, Profile], detector: Detector) -> dict[str, Any]:
    seen = [window for accesses in made for window in windows(accesses, known)]
    alerts = [judge(window, detector) for window in seen]
    return {
        "attacks": len(made),
        "found": sum(alert is not None for alert in alerts),
        "trained": sum(detector.score(window.features).severity is not None for window in seen),
        "rules": sum(judge(window, None) is not None for window in seen),
        "kinds": Counter(str(alert.kind) for alert in alerts if alert).most_common(1),
        "severities": Counter(str(alert.severity) for alert in alerts if alert).most_common(1),
    }


def measure() -> dict[str, Any]:
    """Everything; ``sys.argv[1]`` principals are in the crowd."""
    folder = Path(json.loads(sys.stdin.read())["sets"])
    return {
        "sets": {name: of_set(folder / f"{name}.npz") for name in SETS},
        "training": {str(width): training_time(width) for width in (9, len(FEATURES))},
        "days": days(int(sys.argv[1])),
    }


if __name__ == "__main__":
    answer(measure)
