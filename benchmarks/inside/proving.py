"""Proofs from the hash tiles of a large log, which are built in memory first."""

from __future__ import annotations

import json
import random
import resource
import sys
from dataclasses import dataclass, field
from typing import Any

from benchmarks.inside.timing import answer, each, timed
from lukhas_common.ledger.memory_log import MemoryLogObjects
from lukhas_common.tlog.merkle import leaf_hash, verify_consistency, verify_inclusion
from lukhas_common.tlog.proofs import _Subtrees, consistency_proof, inclusion_proof
from lukhas_common.tlog.tree import grow, root_at

STEP = 1 << 16
"""Leaves that are appended at a time: whole tiles of two levels, so that no bundle is read again."""

SEED = 6962


@dataclass
class Counted:
    """The tiles, and how often they were read; a read that finds nothing counts as well."""

    log: MemoryLogObjects = field(default_factory=MemoryLogObjects)
    reads: int = 0

    def read(self, path: str) -> bytes:
        self.reads += 1
        return self.log.read(path)


def build(tiles: Counted, size: int) -> None:
    """The tiles of a log of this size; the bundles, which no proof needs, are not kept."""
    for start in range(0, size, STEP):
        growth = grow(tiles, start, [_leaf(number) for number in range(start, min(start + STEP, size))])
        tiles.log.objects.update(
            {path: data for path, data in growth.tiles.items() if not path.startswith("tile/entries/")}
        )


def measure() -> dict[str, Any]:
    """Proofs of ``sys.argv[1]`` places that are chosen by chance but the same each time; the size comes by stdin."""
    times, size = int(sys.argv[1]), int(json.load(sys.stdin))
    tiles, chance = Counted(), random.Random(SEED)  # noqa: S311 - nobody has to be kept from guessing these
    built = timed([lambda: build(tiles, size)])
    root = root_at(tiles, size)
    places = [chance.randrange(size) for _ in range(times)]
    sizes = [chance.randrange(1, size) for _ in range(times)]
    reads: dict[str, list[int]] = {"inclusion": [], "consistency": []}
    proofs: dict[str, list[list[bytes]]] = {"inclusion": [], "consistency": []}

    def prove(kind: str, place: int) -> None:
        proof = inclusion_proof if kind == "inclusion" else consistency_proof
        before = tiles.reads
        proofs[kind].append(proof(tiles, place, size))
        reads[kind].append(tiles.reads - before)

    proved = {
        "inclusion": each(lambda place: prove("inclusion", place), places),
        "consistency": each(lambda place: prove("consistency", place), sizes),
    }
    earlier = _Subtrees(tiles, size)  # most of these sizes were never published, so they have no right edge to read
    olds = [earlier.root(0, old) for old in sizes]
    leaves = [leaf_hash(_leaf(place)) for place in places]
    verified = {
        "inclusion": each(
            lambda at: verify_inclusion(places[at], size, leaves[at], proofs["inclusion"][at], root), range(times)
        ),
        "consistency": each(
            lambda at: verify_consistency(sizes[at], size, proofs["consistency"][at], olds[at], root), range(times)
        ),
    }
    return {
        "built": built,
        "tiles": len(tiles.log.objects),
        "bytes": sum(map(len, tiles.log.objects.values())),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "reads": reads,
        "hashes": {kind: [len(proof) for proof in made] for kind, made in proofs.items()},
        "proved": proved,
        "verified": verified,
    }


def _leaf(number: int) -> bytes:
    return number.to_bytes(32, "big")


if __name__ == "__main__":
    answer(measure)
