"""The public log as its readers see it: over HTTP, with nothing but its keys."""

from __future__ import annotations

from typing import Any

import pytest

from local.tick import tick
from lukhas_common.ledger.receipts import ReceiptError, verify_receipt
from lukhas_common.tlog.checkpoint import Checkpoint, verify_checkpoint
from lukhas_common.tlog.merkle import verify_consistency
from lukhas_common.tlog.proofs import consistency_proof
from lukhas_common.tlog.tiles import WIDTH
from lukhas_common.tlog.tree import TileMissingError, read_bundle, root_at
from lukhas_common.tlog.verifiers import Kind, Verifier
from tests.flow_consent import GRANT
from tests.stack import Stack


class OverHttp:
    """The TileReader port on the public endpoints."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def read(self, path: str) -> bytes:
        answer = self._stack.request("GET", f"/ledger/{path}")
        if answer.status == 404:
            raise TileMissingError(path)
        assert (answer.status, answer.headers["content-type"]) == (200, "application/octet-stream")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        return answer.body


def log_keys(stack: Stack) -> tuple[str, list[Verifier]]:
    published = stack.request("GET", "/ledger/keys").json()
    return published["origin"], [Verifier.parse(key) for key in published["keys"]]


def sequenced(stack: Stack) -> Checkpoint:
    """The checkpoint after a run of the sequencer, verified by the keys that the log publishes."""
    for _ in range(2):  # the first run of a log only begins it
        code, said = tick("SequenceLedgerFunction", stack.port)
        assert code == 0, said
    origin, verifiers = log_keys(stack)
    assert {verifier.kind for verifier in verifiers} == {Kind.ED25519, Kind.ML_DSA_44_COSIGNATURE}
    answer = stack.request("GET", "/ledger/checkpoint")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "public, max-age=5"
    return verify_checkpoint(answer.body, origin, verifiers)


def test_a_reader_checks_the_log_and_a_receipt_and_that_nothing_was_taken_back(
    stack: Stack, tokens: dict[str, Any]
) -> None:
    before, reader = sequenced(stack), OverHttp(stack)
    assert root_at(reader, before.size) == before.root
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    granted = stack.post("/consent", GRANT, **bearer).json()["receipt"]
    origin, verifiers = log_keys(stack)
    assert verify_receipt(granted, origin, verifiers).checkpoint is None
    after = sequenced(stack)
    assert after.size > before.size
    assert root_at(reader, after.size) == after.root
    proof = consistency_proof(reader, before.size, after.size)
    verify_consistency(before.size, after.size, proof, before.root, after.root)
    receipt = stack.request("GET", f"/consent/receipts/{granted['entry_id']}", **bearer).json()
    verified = verify_receipt(receipt, origin, verifiers)
    assert verified.checkpoint is not None
    assert verified.checkpoint.size >= after.size
    assert verified.record.body["event"]["scope"] == GRANT["scope"]
    leaves = [
        leaf
        for start in range(0, after.size, WIDTH)
        for leaf in read_bundle(reader, start // WIDTH, min(WIDTH, after.size - start))
    ]
    assert leaves.count(bytes.fromhex(receipt["commitment"])) == 1
    assert {len(leaf) for leaf in leaves} == {32}
    with pytest.raises(ReceiptError):
        verify_receipt({**receipt, "salt": granted["salt"][::-1]}, origin, verifiers)
    by_hash = stack.request("GET", f"/consent/proof/{receipt['hash']}", **bearer).json()
    assert (by_hash["commitment"], by_hash["proof"] is not None) == (receipt["commitment"], True)


@pytest.mark.parametrize(
    "path",
    [
        "checkpoint",
        "5/000",
        "0/000.p/256",
        "0/00.p/1",
        "64/000",
        "entries/000.p/0",
        "entries/x000/000",
        "x/000",
        "0/-01",
    ],
)
def test_what_is_no_name_of_a_tile_is_not_looked_up(stack: Stack, path: str) -> None:
    answer = stack.request("GET", f"/ledger/tile/{path}")
    assert (answer.status, answer.json()["code"]) == (404, "not_found")
