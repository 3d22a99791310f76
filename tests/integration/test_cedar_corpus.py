"""The policy engine against Cedar's own integration tests: hand-written ones, and a corpus that its fuzzer made.

In the corpus Cedar allows nothing where a policy errs, so that such an answer is a denial here is for the unit tests.
"""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from lukhas_common.policy.cedar import UNFIT, PolicyEngine
from lukhas_common.policy.requests import Entity, EntityUid, PolicyError, PolicyRequest

Read = Callable[[str], str]


@pytest.fixture(scope="module")
def corpus(shared: Path) -> dict[str, str]:
    """The files of the corpus by name, never unpacked to a disk."""
    with tarfile.open(shared / "vectors" / "cedar" / "corpus-tests.tar.gz") as archive:
        members = [member for member in archive if member.isfile()]
        return {member.name: archive.extractfile(member).read().decode() for member in members}  # type: ignore[union-attr]


def ask(read: Read, name: str) -> Counter[str]:
    """Puts the requests of one test to the engine and counts what was seen; each answer must be the expected one."""
    test = json.loads(read(name))
    policies, schema = read(test["policies"]), read(test["schema"])
    seen: Counter[str] = Counter(files=1)
    if test["shouldValidate"]:
        engine = PolicyEngine(policies, schema, named=False)
    else:
        with pytest.raises(PolicyError, match="do not fit the schema"):
            PolicyEngine(policies, schema, named=False)
        engine = PolicyEngine(policies, schema, named=False, validated=False)
        seen["invalid files"] += 1
    entities = tuple(
        Entity(
            EntityUid(**entity["uid"]),
            entity["attrs"],
            tuple(EntityUid(**parent) for parent in entity["parents"]),
            entity.get("tags", {}),
        )
        for entity in json.loads(read(test["entities"]))
    )
    for asked in test["requests"]:
        assert asked.get("validateRequest", True), name
        principal, action, resource = (EntityUid(**asked[part]) for part in ("principal", "action", "resource"))
        decision = engine.decide(PolicyRequest(principal, action, resource, asked["context"], entities))
        expected = (asked["decision"].capitalize(), sorted(asked["reason"]), sorted(asked["errors"]))
        assert (decision.cedar, list(decision.reasons), list(decision.errors)) == expected, name
        assert UNFIT not in decision.errors, name
        assert decision.allowed == (asked["decision"] == "allow" and not asked["errors"]), name
        seen["requests"] += 1
        seen[decision.cedar] += 1
        seen["allowed"] += decision.allowed
        seen["with errors"] += bool(decision.errors)
    return seen


def test_the_engine_decides_the_corpus_as_cedar_does(corpus: dict[str, str]) -> None:
    names = [name for name in corpus if name.endswith(".json") and not name.endswith(".entities.json")]
    seen: Counter[str] = Counter()
    for name in names:
        seen += ask(corpus.__getitem__, name)
    assert seen == {
        "files": 7_809,
        "invalid files": 1_619,
        "requests": 62_472,
        "Allow": 37_232,
        "Deny": 25_240,
        "allowed": 37_232,
        "with errors": 3_782,
    }


def test_the_engine_decides_the_hand_written_tests_as_cedar_does(shared: Path) -> None:
    folder = shared / "vectors" / "cedar"

    def read(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    seen: Counter[str] = Counter()
    for file in sorted((folder / "tests").glob("*/*.json")):
        seen += ask(read, str(file.relative_to(folder)))
    assert seen == {"files": 22, "requests": 74, "Allow": 38, "Deny": 36, "allowed": 38}
