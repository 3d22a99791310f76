"""Searching memories: what is found of judged questions, how alike the embedder finds sentences, and the time taken."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import inf
from typing import Any
from uuid import UUID

STARTED = time.process_time()
"""Before the modules that are measured are imported."""

from benchmarks.inside.timing import answer, timed  # noqa: E402
from lukhas_common.ids import uuid7  # noqa: E402
from lukhas_common.memory.search.documents import Document  # noqa: E402
from lukhas_common.memory.search.index import Index  # noqa: E402
from lukhas_common.memory.search.ranking import search_over  # noqa: E402
from lukhas_common.memory.search.static import shipped  # noqa: E402

IMPORTED = time.process_time()

from lukhas_common.memory.contents import Content  # noqa: E402
from lukhas_common.memory.models import UNTOLD, MemoryType  # noqa: E402
from lukhas_common.memory.orchestrator import MemoryPorts, UnifiedMemoryOrchestrator  # noqa: E402
from lukhas_common.memory.searching import Question  # noqa: E402
from lukhas_common.memory.stored import Stage, Stored  # noqa: E402
from lukhas_common.memory.vault import Secrets  # noqa: E402

METHODS: dict[str, Callable[[Any], float]] = {
    "BM25 alone": lambda hit: hit.explanation.bm25,
    "vectors alone": lambda hit: hit.explanation.cosine,
    "both": lambda hit: 0.5 * hit.explanation.bm25_z + 0.5 * hit.explanation.cosine_z,
    "both and neighbours": lambda hit: hit.score,
}
FRESH = 300
"""Memories that are not in the stored index yet, searched beside it."""


def found(given: dict[str, Any]) -> dict[str, dict[str, list[list[float]]]]:
    """By set and method, of each question the share of its answers (of at most ten) in the first ten, and the
    reciprocal of the first one's rank."""
    embedder = shipped()
    documents = [
        Document(str(UUID(int=number)), text, at, "episodic", session=session)
        for number, (text, session, at) in enumerate(given["turns"])
    ]
    row = {document.memory_id: number for number, document in enumerate(documents)}
    index = Index.build(documents, embedder)
    by_set: dict[str, dict[str, list[list[float]]]] = {}
    for name, text, answers in given["asked"]:
        hits = index.search(text, embedder, limit=len(documents))
        for method, score in METHODS.items():
            ranked = sorted(hits, key=score, reverse=True)
            by_set.setdefault(name, {}).setdefault(method, []).append(
                _judged([row[h.memory_id] for h in ranked], answers)
            )
    return by_set


def _judged(ranked: Sequence[int], answers: Sequence[int]) -> list[float]:
    wanted = set(answers)
    first = next((rank for rank, one in enumerate(ranked, 1) if one in wanted), 0)
    return [len(wanted.intersection(ranked[:10])) / min(10, len(wanted)), 1 / first if first else 0.0]


def alike(pairs: Sequence[Sequence[Any]]) -> list[list[float]]:
    """Of each pair of sentences the cosine, and people's score."""
    embedder = shipped()
    first, second = (embedder.embed([pair[side] for pair in pairs]) for side in (1, 2))
    cosines = (first * second).sum(axis=1).tolist()
    return [[cosine, pair[0]] for cosine, pair in zip(cosines, pairs, strict=True)]


def memories(texts: Sequence[str], count: int) -> list[Document]:
    """As many as are asked for: halves of texts put together anew, twenty to a session."""
    chance = random.Random(1)  # noqa: S311 - not for secrets
    words = [text.split()[:40] for text in texts]
    documents = []
    for at in range(count):
        first, second = chance.choice(words), chance.choice(words)
        said = " ".join([*first[: len(first) // 2], *second[len(second) // 2 :]])
        moment = 1_600_000_000 + 60.0 * at
        documents.append(Document(uuid7(moment), said, moment, "episodic", session=f"session {at // 20}"))
    return documents


def times(texts: Sequence[str], questions: Sequence[str], count: int, repeats: int) -> dict[str, Any]:
    """What searching, opening, adding and writing take with so many memories, and how large the blob is."""
    embedder = shipped()
    documents = memories(texts, count + FRESH)
    building = timed([lambda: Index.build(documents[:count], embedder)])
    stored = Index.build(documents[:count], embedder)
    blob = stored.to_bytes()
    opened = Index.from_bytes(blob)
    fresh = Index.build(documents[count:], embedder, beside=opened)
    asked = [questions[at % len(questions)] for at in range(repeats)]
    for question in asked[:20]:
        search_over([opened, fresh], question, embedder)
    return {
        "bytes": len(blob),
        "timings": {
            "search": timed([partial(opened.search, question, embedder) for question in asked]),
            f"search, {FRESH} fresh beside": timed(
                [partial(search_over, [opened, fresh], question, embedder) for question in asked]
            ),
            "open": timed([partial(Index.from_bytes, blob)] * 5),
            "write": timed([opened.to_bytes] * 5),
            f"index {FRESH} fresh": timed([partial(Index.build, documents[count:], embedder, beside=opened)] * 5),
            f"add {FRESH}": timed([partial(opened.with_documents, documents[count:], embedder)] * 3),
            "build": building,
        },
    }


def whole(texts: Sequence[str], questions: Sequence[str], count: int, repeats: int) -> dict[str, Any]:
    """What the whole call takes, from the question to the memories, on ports in memory: keys, manifest and index are
    held, items read and opened. All of one person, indexed, none folded."""
    moment = 1_700_000_000.0
    ports = MemoryPorts.in_this_process(lambda: moment)
    memory = UnifiedMemoryOrchestrator({}, ports=ports)
    searching, owner = memory.searching, "01a20334-8068-759b-90c6-2b25c56c2702"
    secrets = searching.vault.to_write(owner)
    stored = [_stored(secrets, document) for document in memories(texts, count + FRESH)]
    manifest = searching.manifests.current(owner, secrets.key_id)
    manifest = searching.manifests.change(
        owner, manifest, searching.indexes.changed(secrets, manifest, stored[:count], [])
    )
    for item, _ in stored[:count]:
        ports.store.put(item)
    asked = [Question(query=questions[at % len(questions)]) for at in range(repeats)]
    given = [partial(searching.search, owner, question) for question in asked]
    timed(given[:20])
    timings = {"whole search": timed(given)}
    for item, _ in stored[count:]:
        ports.store.put(replace(item, stage=Stage.FRESH, due=moment))
    timed(given[:3])
    timings[f"whole search, {FRESH} fresh beside"] = timed(given[: max(1, repeats // 10)])
    relations = len(searching.indexes.graph(secrets, manifest).relations)
    return {"timings": timings, "relations": relations}


def _stored(secrets: Secrets, document: Document) -> tuple[Stored, Content]:
    """A memory as it lies there, indexed."""
    content = Content(f"note/{document.memory_id}", document.text, UNTOLD, document.session)
    item = Stored(
        owner=secrets.owner,
        slot=secrets.slot(content.key),
        seq=0,
        memory_id=document.memory_id,
        memory_type=MemoryType.EPISODIC,
        stage=Stage.INDEXED,
        due=inf,
        valid_from=document.at,
        key_id=secrets.key_id,
        content=None,
    )
    return replace(item, content=content.sealed(secrets, item.bound)), content


def measure() -> dict[str, Any]:
    """Everything; ``sys.argv[1]`` searches are timed in an index of each size."""
    given = json.loads(sys.stdin.read())
    started = time.process_time()
    shipped().embed(["The first text reads the vocabulary and maps the vectors."])
    ready = time.process_time()
    questions = [text for _, text, _ in given["asked"]]
    texts = [text for text, _, _ in given["turns"]]
    return {
        "imported": IMPORTED - STARTED,
        "model": ready - started,
        "found": found(given),
        "alike": {part: alike(listed) for part, listed in given["pairs"].items()},
        "sizes": {str(size): times(texts, questions, size, int(sys.argv[1])) for size in given["sizes"]},
        "whole": {str(size): whole(texts, questions, size, int(sys.argv[1])) for size in given["sizes"]},
    }


if __name__ == "__main__":
    answer(measure)
