"""What it costs the authorizer to refuse: hostile tokens of every kind, through StrictAuth on memory."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.inside import attacks_cose, attacks_jws, attacks_proof
from benchmarks.inside.attack import Attack
from benchmarks.inside.subjects import Bound, Subject, strict_auth
from benchmarks.inside.timing import answer, each
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.strict_auth import Decision
from tests.security.forge import SIGNED

ENOUGH = 1.0
"""CPU seconds after which one attack is not tried again: it is far too costly then anyway."""


def attacks() -> Iterator[Attack]:
    """All of them."""
    subjects = {kind: Subject(kind) for kind in SIGNED}
    es256 = subjects["ES256"]
    yield from attacks_jws.of_length(es256)
    yield from attacks_jws.of_json(es256, es256.target)
    yield from attacks_jws.of_kids(Subject("ES256"), es256.target)
    for subject in subjects.values():
        yield from attacks_jws.of_signatures(subject, subject.target)
        yield from attacks_jws.of_authentic(subject, subject.target)
    yield from attacks_cose.of_cbor(subjects["QRG"], subjects["QRG"].target)
    for kind in ("ES256", "ML-DSA-44"):
        yield from attacks_proof.of_proofs(Bound(kind), kind)


def tried(attack: Attack, times: int) -> list[float]:
    """CPU seconds of each try.

    Raises:
        RuntimeError: it was let in, or something broke over it.
    """
    auth = strict_auth(attack.subject.world)
    taken: list[float] = []
    said: list[Decision] = []
    for _ in range(times):
        taken += each(lambda asked: said.append(auth.dispatch(asked)), [attack.make()]).cpu
        if sum(taken) > ENOUGH:
            break
    if any(decision.allowed or decision.reason is Reason.UNAVAILABLE for decision in said):
        raise RuntimeError(f"{attack.kind}, {attack.name}: {said}")
    return taken


def measure() -> dict[str, Any]:
    """Every attack, ``sys.argv[1]`` times."""
    times, all_of_them = int(sys.argv[1]), list(attacks())
    gc.collect()
    gc.freeze()  # what was made for this program is not the collector's work while a token is refused
    return {"attacks": [{"kind": one.kind, "name": one.name, "cpu": tried(one, times)} for one in all_of_them]}


if __name__ == "__main__":
    answer(measure)
