"""The classifier: two linear models, harm and injection, over hashed features, in plain Python.

The model file ``data/detector.bin`` is a line of JSON, its header, then one signed byte per bucket and head,
compressed: a weight is its byte times the head's scale. A text's score is the bias and, for words and for concepts
apart, the sum of the weights over the square root of how many there are; the logistic function of a line through it is
the probability.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from lukhas_common.guardian.text.features import BITS, Features
from lukhas_common.guardian.text.judgement import Thresholds

_RAISED = bytes((byte + 128) % 256 for byte in range(256))
_DATA = Path(__file__).with_name("data") / "detector.bin"


@dataclass(frozen=True, slots=True)
class Head:
    """One linear model.

    Attributes:
        weights: a byte per bucket, the weight plus 128: reading one makes no new number.
        gain: how much more concepts count than words.
        slope: of the line that makes a score a logit, chosen on texts that were not trained on.
        offset: of that line.
    """

    weights: bytes
    scale: float
    gain: float
    bias: float
    slope: float
    offset: float
    thresholds: Thresholds

    def score(self, features: Features) -> float:
        """How far a text lies on the bad side; not a probability yet."""
        return self.bias + self._part(features.words) + self.gain * self._part(features.concepts)

    def probability(self, features: Features) -> float:
        """A number from 0 to 1; of texts like those of training, about so many are bad."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.slope * self.score(features) + self.offset))))

    def _part(self, buckets: tuple[int, ...]) -> float:
        if not buckets:
            return 0.0
        if len(buckets) == 1:
            return self.scale * (self.weights[buckets[0]] - 128)
        # In one go, and so in half the time of a loop.
        total: int = sum(itemgetter(*buckets)(self.weights)) - 128 * len(buckets)
        return self.scale * total / math.sqrt(len(buckets))


@dataclass(frozen=True, slots=True)
class Model:
    """What was trained.

    Attributes:
        training: the sets it was trained on and how many texts of each.
        digest: the first 12 digits of the file's SHA-256.
    """

    harm: Head
    injection: Head
    training: dict[str, Any]
    digest: str


def read(data: bytes) -> Model:
    """The model in a file's bytes."""
    first, _, packed = data.partition(b"\n")
    header = json.loads(first)
    if header["bits"] != BITS:
        raise ValueError("this model is of another version of the features: train it anew with `make detector`")
    weights = zlib.decompress(packed)
    heads = {}
    for at, name in enumerate(("harm", "injection")):
        stored = header["heads"][name]
        part = weights[at << BITS : (at + 1) << BITS].translate(_RAISED)
        thresholds = Thresholds(stored["review"], stored["block"])
        heads[name] = Head(
            part, thresholds=thresholds, **{key: stored[key] for key in ("scale", "gain", "bias", "slope", "offset")}
        )
    return Model(heads["harm"], heads["injection"], header["training"], hashlib.sha256(data).hexdigest()[:12])


@cache
def shipped() -> Model:
    """The model beside this module."""
    return read(_DATA.read_bytes())
