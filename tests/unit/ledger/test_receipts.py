"""Receipts prove what they say to anybody who has the log's keys, and nothing else."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.ledger.ledger import Opened
from lukhas_common.ledger.proving import Prover
from lukhas_common.ledger.receipts import ReceiptError, load_receipt, promise, receipt_of, verify_receipt
from lukhas_common.tlog.checkpoint import CheckpointError, Kind, Verifier, verify_checkpoint
from lukhas_common.tlog.notes import parse_note
from lukhas_common.tlog.tlog_proof import parse_proof
from tests.conftest import ROOT
from tests.unit.ledger.audit_world import note_of
from tests.unit.ledger.fakes import Process, altered
from tests.unit.ledger.sequencer_world import ED25519, ORIGIN, VERIFIERS, World

KEYS = [name for verifier in VERIFIERS for name in ("--key", verifier.vkey)]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@cache
def written() -> tuple[Process, World]:
    """Some entries, of which the last are not in the log yet."""
    process, world = Process(), World()
    world.entries = world.inbox = process.entries
    world.clock = process.clock
    for number in range(9):
        event = {"type": "granted", "scope": "elr.interests", "user_id": "p", "purposes": ["a\x1b[2J\nb"]}
        body = {"event": {**event, "n": number}}
        process.ledger.append("consent/p", "consent.granted", body, subject="p")
        if number == 6:
            world.run()
    return process, world


def opened(seq: int) -> Opened:
    process, _ = written()
    found = process.ledger.get("consent/p", seq)
    assert found is not None
    return found


def a_receipt(seq: int = 3) -> dict[str, Any]:
    _, world = written()
    entry = opened(seq)
    proof = Prover(world.objects).prove(entry.entry.leaf_index)
    made = receipt_of(entry, promise(ORIGIN, entry, ED25519), proof)
    return load_receipt(json.dumps(made).encode())


@pytest.mark.parametrize("seq", range(9))
def test_a_receipt_proves_the_record_the_promise_and_once_it_is_there_the_place_in_the_log(seq: int) -> None:
    verified = verify_receipt(a_receipt(seq), ORIGIN, VERIFIERS)
    assert (verified.record, verified.record.body["event"]["n"]) == (opened(seq).record, seq)
    assert (verified.checkpoint is None) is (seq > 6)
    assert verified.checkpoint is None or verified.checkpoint.size == 7


def test_a_receipt_outlives_the_erasure_of_its_content() -> None:
    from lukhas_common.ledger.erasure import Erasures

    process = Process()
    process.ledger.append("consent/p", "consent.granted", {"n": 1}, subject="p")
    before = process.ledger.newest("consent/p")
    assert before is not None
    receipt = receipt_of(before, promise(ORIGIN, before, ED25519))
    Erasures(process.ledger, process.clock).erase("p", "consent/p")
    gone = process.another().ledger.get("consent/p", 0)
    assert gone is not None
    assert gone.record is None
    with pytest.raises(ReceiptError, match="erased"):
        receipt_of(gone, "")
    assert verify_receipt(receipt, ORIGIN, VERIFIERS).record.body == {"n": 1}


@given(st.integers(0, 8), st.sampled_from(["record", "salt", "previous", "commitment", "hash", "promise", "entry_id"]))
def test_a_receipt_with_an_altered_letter_does_not_hold(seq: int, field: str) -> None:
    receipt = a_receipt(seq)
    receipt[field] = altered(receipt[field])
    with pytest.raises(ReceiptError):
        verify_receipt(receipt, ORIGIN, VERIFIERS)


@given(st.data())
def test_a_proof_with_an_altered_letter_does_not_hold(data: st.DataObject) -> None:
    receipt = a_receipt()
    place = data.draw(st.integers(0, len(receipt["proof"]) - 1))
    letter = data.draw(st.sampled_from("aZ09+/=\n —")).replace(receipt["proof"][place], "b")
    receipt["proof"] = receipt["proof"][:place] + letter + receipt["proof"][place + 1 :]
    with pytest.raises(ReceiptError):
        verify_receipt(receipt, ORIGIN, VERIFIERS)


@pytest.mark.parametrize("field", list(a_receipt()))
@given(value=JSON)
def test_a_receipt_with_anything_else_in_a_field_does_not_hold(field: str, value: Any) -> None:
    receipt = a_receipt()
    if value == receipt[field] or (field == "proof" and value is None):
        return
    with pytest.raises(ReceiptError):
        verify_receipt({**receipt, field: value}, ORIGIN, VERIFIERS)
    del receipt[field]
    with pytest.raises(ReceiptError):
        verify_receipt(receipt, ORIGIN, VERIFIERS)


@pytest.mark.parametrize("field", ["record", "salt", "previous", "commitment", "hash", "promise", "entry_id", "proof"])
def test_parts_of_two_receipts_make_none(field: str) -> None:
    """Entries of one stream, signed by the log, both in it."""
    one, other = a_receipt(2), a_receipt(5)
    with pytest.raises(ReceiptError):
        verify_receipt({**one, field: other[field]}, ORIGIN, VERIFIERS)


def test_a_receipt_without_its_proof_is_the_promise_alone() -> None:
    assert verify_receipt({**a_receipt(), "proof": None}, ORIGIN, VERIFIERS).checkpoint is None


def test_other_keys_and_other_logs_do_not_do() -> None:
    receipt = a_receipt()
    other = [
        Verifier(ORIGIN, LocalSigner("Ed25519", bytes([1]) * 32).public_key),
        Verifier(ORIGIN, LocalSigner("ML-DSA-44", bytes([1]) * 32).public_key, Kind.ML_DSA_44_COSIGNATURE),
    ]
    for verifiers in ([], other, [other[0], VERIFIERS[1]], VERIFIERS[1:], [VERIFIERS[0], other[1]]):
        with pytest.raises(ReceiptError):
            verify_receipt(receipt, ORIGIN, verifiers)
    elsewhere = [replace(each, name="else/where") for each in VERIFIERS]
    for origin, verifiers in (("else/where", VERIFIERS), (ORIGIN, elsewhere), ("else/where", elsewhere)):
        with pytest.raises(ReceiptError):
            verify_receipt(receipt, origin, verifiers)
    assert verify_receipt(receipt, ORIGIN, VERIFIERS[:1]).checkpoint is not None
    assert verify_receipt(receipt, ORIGIN, [*other, *VERIFIERS]).checkpoint is not None


def test_a_promise_by_a_key_of_another_kind_is_none() -> None:
    """A cosigner's Ed25519 key is no key of the log, though it may be the same."""
    cosigner = Verifier(ORIGIN, ED25519.public_key, Kind.ED25519_COSIGNATURE)
    receipt = {**a_receipt(), "proof": None}
    note = parse_note(receipt["promise"].encode())
    relabelled = replace(note, signatures=(replace(note.signatures[0], key_id=cosigner.key_id),))
    for promised in (note, relabelled):
        with pytest.raises(ReceiptError, match="no key"):
            verify_receipt({**receipt, "promise": promised.render().decode()}, ORIGIN, [cosigner])


def test_a_promise_is_no_checkpoint_and_a_checkpoint_no_promise() -> None:
    receipt = a_receipt()
    names = {ORIGIN, f"{ORIGIN}/receipt"}
    for name in names:
        with pytest.raises(CheckpointError):
            verify_checkpoint(receipt["promise"].encode(), name, [replace(VERIFIERS[0], name=name)])
        with pytest.raises(CheckpointError):
            verify_checkpoint(receipt["promise"].encode(), name, VERIFIERS)
    checkpoint = parse_proof(receipt["proof"].encode()).checkpoint
    for note in (checkpoint, note_of(1, opened(3).entry.hash), note_of(3, opened(3).entry.commitment)):
        with pytest.raises(ReceiptError, match="another entry"):
            verify_receipt({**receipt, "promise": note.decode()}, ORIGIN, VERIFIERS)
    as_proof = receipt["proof"].replace(checkpoint.decode(), receipt["promise"])
    with pytest.raises(ReceiptError):
        verify_receipt({**receipt, "proof": as_proof}, ORIGIN, VERIFIERS)


def test_a_promise_names_the_log_the_entry_its_chain_and_its_leaf() -> None:
    entry = opened(3).entry
    hashes = [base64.b64encode(each).decode() for each in (entry.hash, entry.commitment)]
    assert parse_note(a_receipt()["promise"].encode()).text == "\n".join(
        [f"{ORIGIN}/receipt", entry.entry_id, *hashes, ""]
    )


@given(JSON)
def test_any_other_json_is_no_receipt(value: Any) -> None:
    with pytest.raises(ReceiptError):
        verify_receipt(load_receipt(json.dumps(value).encode()), ORIGIN, VERIFIERS)


@given(
    st.fixed_dictionaries(
        {name: st.sampled_from([*a_receipt().values(), *a_receipt(4).values()]) | JSON for name in a_receipt()}
    )
)
def test_any_mix_of_fields_holds_or_is_refused(receipt: dict[str, Any]) -> None:
    if any(receipt[name] not in (a_receipt()[name], None) for name in receipt):
        with pytest.raises(ReceiptError):
            verify_receipt(receipt, ORIGIN, VERIFIERS)


@given(st.binary(max_size=60) | st.sampled_from([b"[" * 50, b'{"a":' * 50, b"\xff", b"1e999", b"NaN", b"", b"null"]))
def test_any_other_bytes_are_no_receipt(data: bytes) -> None:
    with pytest.raises(ReceiptError):
        verify_receipt(load_receipt(data), ORIGIN, VERIFIERS)


# ---------------------------------------------------------------- the script


def run(*arguments: str, given: bytes = b"", **variables: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "scripts/verify_receipt.py", *arguments],
        cwd=ROOT,
        input=given,
        capture_output=True,
        check=False,
        env={"PATH": "", "PYTHONIOENCODING": "utf-8", **variables},
    )
    said = (io.TextIOWrapper(io.BytesIO(each), "utf-8").read() for each in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, *said)


def test_the_script_says_what_a_receipt_proves(tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(a_receipt()))
    done = run(str(file), *KEYS)
    assert (done.returncode, done.stderr) == (0, "")
    entry = opened(3).entry
    assert done.stdout.splitlines() == [
        "'consent.granted' at 2027-01-15T08:00:00.000Z",
        f"entry {entry.entry_id}",
        "stream 'consent/p', number 3",
        "user_id 'p'",
        "scope 'elr.interests'",
        "purposes ['a\\x1b[2J\\nb']",
        f"hash {entry.hash.hex()}",
        f"promised: signed by {ORIGIN}",
        "in the log: proven under the signed checkpoint of size 7",
    ]
    piped = run("-", *KEYS, "--origin", ORIGIN, given=json.dumps(a_receipt(8)).encode())
    assert piped.returncode == 0
    assert "not proven" in piped.stdout


def test_the_script_refuses_what_does_not_hold(tmp_path: Path) -> None:
    good = json.dumps(a_receipt()).encode()
    deep = {**a_receipt(), "record": "[" * 100_000}
    huge = {**a_receipt(), "record": '{"version":1,"n":1' + "0" * 400 + "}"}
    cases = {
        "altered": (json.dumps({**a_receipt(), "hash": "00"}).encode(), KEYS),
        "no JSON": (good[:-1], KEYS),
        "deep": (b"[" * 1_000_000, KEYS),
        "deep record": (json.dumps(_committed(deep)).encode(), KEYS),
        "huge number": (json.dumps(_committed(huge)).encode(), KEYS),
        "too long": (good + b" " * 10_000_001, KEYS),
        "key": (good, ["--key", "x"]),
        "another log": (good, [*KEYS, "--origin", "else/where"]),
        "keys of two logs": (good, [*KEYS, "--key", replace(VERIFIERS[0], name="else/where").vkey]),
    }
    for name, (data, keys) in cases.items():
        done = run("-", *keys, given=data)
        assert (done.returncode, done.stdout) == (1, ""), name
        assert done.stderr.startswith("It does not hold: "), name
    missing = run(str(tmp_path / "none.json"), *KEYS)
    assert (missing.returncode, "Traceback" in missing.stderr) == (1, False)


def _committed(receipt: dict[str, Any]) -> dict[str, Any]:
    """A forged record, with the commitment that belongs to it."""
    from lukhas_common.ledger.records import commitment

    salt = bytes.fromhex(receipt["salt"])
    return {**receipt, "commitment": commitment(salt, receipt["record"].encode()).hex()}


def test_the_script_needs_nothing_but_the_library(tmp_path: Path) -> None:
    """Neither boto3 nor anything of AWS is imported, and no connection is made."""
    blocked = "import sys\nfor name in ('boto3', 'botocore', 'requests', 'socket'):\n    sys.modules[name] = None\n"
    (tmp_path / "sitecustomize.py").write_text(blocked)
    done = run("-", *KEYS, given=json.dumps(a_receipt()).encode(), PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
