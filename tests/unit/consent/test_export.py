"""Exports: complete, portable, and proven."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consent.errors import ExportAlteredError
from lukhas_common.consent.export import iter_export
from lukhas_common.consent.models import Purpose
from lukhas_common.consent.record import CONTEXT
from lukhas_common.consent.verify import verify_export
from lukhas_common.ledger.entries import EntryAlteredError, Leaf
from lukhas_common.ledger.records import canonical
from tests.unit.consent.desk import DAY, USER, Desk, explicit, grant_of

STREAM = f"consent/{USER}"
ACCESS = f"access/{USER}"


def a_life() -> Desk:
    desk = Desk()
    desk.manager.grant(USER, explicit("elr", jurisdiction="FR"))
    desk.clock.advance(60)
    desk.manager.withdraw(USER, "elr.health", reason='\u00fcber "quotes" \U0001f600')
    desk.manager.grant(USER, grant_of("memory.semantic", expires_at=desk.clock() + DAY))
    desk.manager.revoke(USER, "actions", purpose=Purpose.DIRECT_MARKETING)
    for number in range(3):
        desk.ledger.append(ACCESS, "access.allowed", {"caller": {"id": f"c{number}"}}, subject=USER)
    return desk


LIFE = a_life()
EXPORT = LIFE.manager.export_history(USER)


def test_an_export_holds_every_record_every_access_and_what_stands() -> None:
    desk = a_life()
    desk.clock.advance(DAY)
    document = json.loads(desk.manager.export_history(USER))
    assert document["subject"] == USER
    assert document["generated_at"] == "2027-01-16T08:01:00.000Z"
    assert document["@context"] == CONTEXT
    assert document["@type"] == "lukhas:ConsentExport"
    entries = document["consent"]["entries"]
    assert [entry["kind"] for entry in entries] == [
        "consent.granted",
        "consent.withdrawn",
        "consent.granted",
        "consent.revoked",
    ]
    assert [entry["record"]["dpv:hasConsentStatus"]["@id"] for entry in entries] == [
        "dpv:ConsentGiven",
        "dpv:ConsentWithdrawn",
        "dpv:ConsentGiven",
        "dpv:ConsentRevoked",
    ]
    history = desk.manager.get_history(USER)
    assert [entry["record_hash"] for entry in entries] == [item["record_hash"] for item in history]
    assert [entry["proof"]["hash"] for entry in entries] == [item["entry_hash"] for item in history]
    assert [entry["body"]["caller"]["id"] for entry in document["access"]["entries"]] == ["c0", "c1", "c2"]
    stands = {(item["scope"], item["purpose"]): item for item in document["decisions"]}
    assert {key: item["dpv:hasConsentStatus"] for key, item in stands.items()} == {
        ("elr", "dpv:ServiceProvision"): "dpv:ConsentGiven",
        ("elr.health", "*"): "dpv:ConsentWithdrawn",
        ("memory.semantic", "dpv:ServiceProvision"): "dpv:ConsentExpired",
        ("actions", "dpv:DirectMarketing"): "dpv:ConsentRevoked",
    }
    assert stands["memory.semantic", "dpv:ServiceProvision"]["ends_at"] == "2027-01-16T08:01:00.000Z"
    assert stands["elr", "dpv:ServiceProvision"]["ends_at"] == "2029-01-14T08:00:00.000Z"


def test_the_managers_and_the_engines_export_are_the_same() -> None:
    desk = a_life()
    assert desk.manager.export_history(USER) == desk.engine.export_consent_history(USER)


def test_an_export_verifies_as_bytes_as_text_and_as_an_object() -> None:
    verify_export(EXPORT)
    verify_export(EXPORT.decode())
    verify_export(json.loads(EXPORT))
    verify_export(Desk().manager.export_history("nobody"))
    only_access = Desk()
    only_access.ledger.append(ACCESS, "access.refused", {}, subject=USER)
    verify_export(only_access.manager.export_history(USER))


def test_an_export_comes_in_pieces_of_an_entry_or_less() -> None:
    pieces = list(iter_export(LIFE.ledger, USER, LIFE.clock()))
    assert b"".join(pieces) == EXPORT
    assert sum(b'"proof"' in piece for piece in pieces) == 7
    assert max(piece.count(b'"commitment"') for piece in pieces) == 1
    for piece in pieces:
        piece.decode()
    without = {name: value for name, value in json.loads(EXPORT).items() if name != "digest"}
    assert EXPORT.startswith(canonical(without)[:-1])


@given(st.integers(0, len(EXPORT) - 1), st.integers(1, 255))
def test_any_altered_byte_is_found(place: int, change: int) -> None:
    altered = bytearray(EXPORT)
    altered[place] ^= change
    with pytest.raises(ExportAlteredError):
        verify_export(bytes(altered))


@pytest.mark.parametrize("end", [0, 1, len(EXPORT) // 2, len(EXPORT) - 1])
def test_an_export_that_was_cut_off_is_found(end: int) -> None:
    with pytest.raises(ExportAlteredError):
        verify_export(EXPORT[:end])


@pytest.mark.parametrize("document", [b"", b"[]", b"null", b"{}", "\ud800", {"digest": 1}, b'{"a":1,"a":1}'])
def test_what_is_no_export_is_refused(document: Any) -> None:
    with pytest.raises(ExportAlteredError):
        verify_export(document)


def resealed(document: dict[str, Any]) -> bytes:
    """The document with a digest that fits, as somebody would write it who alters the rest."""
    members = {name: value for name, value in document.items() if name != "digest"}
    written = canonical(members)
    return written[:-1] + b',"digest":"' + hashlib.sha256(written).hexdigest().encode() + b'"}'


def _drop_first(document: dict[str, Any]) -> None:
    del document["consent"]["entries"][0]


def _drop_middle(document: dict[str, Any]) -> None:
    del document["consent"]["entries"][1]


def _swap(document: dict[str, Any]) -> None:
    entries = document["access"]["entries"]
    entries[0], entries[1] = entries[1], entries[0]


def _repeat(document: dict[str, Any]) -> None:
    document["consent"]["entries"].insert(1, document["consent"]["entries"][0])


def _put(*path: Any, value: Any) -> Any:
    def change(document: Any) -> None:
        for name in path[:-1]:
            document = document[name]
        document[path[-1]] = value

    return change


ENTRY = ("consent", "entries", 1)


@pytest.mark.parametrize(
    "change",
    [
        _drop_first,
        _drop_middle,
        _swap,
        _repeat,
        _put("subject", value="somebody else"),
        _put("format", value="lukhas-consent-export/2"),
        _put("generated_at", value="yesterday"),
        _put("consent", "stream", value="consent/other"),
        _put("access", "stream", value=STREAM),
        _put(*ENTRY, "kind", value="consent.granted"),
        _put(*ENTRY, "at", value="2020-01-01T00:00:00.000Z"),
        _put(*ENTRY, "event", "scope", value="elr"),
        _put(*ENTRY, "record", "dpv:hasConsentStatus", value={"@id": "dpv:ConsentGiven"}),
        _put(*ENTRY, "record_hash", value="00" * 32),
        _put(*ENTRY, "surprise", value=1),
        _put(*ENTRY, "erased", value=True),
        _put(*ENTRY, "proof", "salt", value="00" * 32),
        _put(*ENTRY, "proof", "commitment", value="00" * 32),
        _put(*ENTRY, "proof", "commitment", value=""),
        _put(*ENTRY, "proof", "hash", value="00" * 32),
        _put(*ENTRY, "proof", "previous", value="00" * 32),
        _put(*ENTRY, "proof", "seq", value=7),
        _put(*ENTRY, "proof", "entry_id", value="01a2032c-a0b8-73a6-b9a5-e0061a30cf73"),
        _put(*ENTRY, "proof", "record", value="{}"),
        _put("access", "entries", 1, "body", "caller", "id", value="nobody"),
        _put("access", "entries", 1, "body", value={}),
    ],
)
def test_alterations_are_found_by_the_ledgers_own_proofs_even_with_a_digest_that_fits(change: Any) -> None:
    document = json.loads(EXPORT)
    verify_export(resealed(document))
    change(document)
    with pytest.raises(ExportAlteredError) as found:
        verify_export(resealed(document))
    assert "digest" not in str(found.value)


def test_a_record_hash_that_is_not_that_of_the_record_is_found_even_if_the_ledger_holds_it() -> None:
    desk = Desk()
    recorded = desk.manager.grant(USER, grant_of("elr.media"))
    body = {**recorded.opened.body, "record_hash": "00" * 32}
    desk.ledger.append(STREAM, "consent.granted", body, subject=USER)
    with pytest.raises(ExportAlteredError, match="record hash"):
        verify_export(desk.manager.export_history(USER))


def test_an_erased_part_shows_its_place_in_the_chain_and_nothing_else() -> None:
    desk = a_life()
    desk.erasures.erase(USER, STREAM)
    desk.manager.grant(USER, grant_of("elr.media"))
    export = desk.manager.export_history(USER)
    verify_export(export)
    document = json.loads(export)
    entries = document["consent"]["entries"]
    assert [entry.get("kind") for entry in entries] == [None] * 4 + ["erasure", "consent.granted"]
    assert all(set(entry) == {"erased", "proof"} for entry in entries[:4])
    assert all(entry["erased"] for entry in document["access"]["entries"])
    assert not {"salt", "record"} & set(entries[0]["proof"])
    assert [item["scope"] for item in document["decisions"]] == ["elr.media"]
    assert b"quotes" not in export
    entries[0]["proof"]["record"] = "{}"
    with pytest.raises(ExportAlteredError, match="erased"):
        verify_export(resealed(document))
    del entries[0]["proof"]["record"]
    verify_export(resealed(document))
    entries[0]["event"] = {"type": "granted"}
    with pytest.raises(ExportAlteredError, match="erased"):
        verify_export(resealed(document))


def test_a_commitment_is_32_bytes_even_where_nothing_else_holds_it() -> None:
    desk = a_life()
    desk.erasures.erase(USER, STREAM)
    document = json.loads(desk.manager.export_history(USER))
    proof = document["access"]["entries"][-1]["proof"]
    proof["commitment"] = "ab"
    proof["hash"] = hashlib.sha256(bytes.fromhex(proof["previous"] + "ab")).hexdigest()
    with pytest.raises(ExportAlteredError, match="missing or moved"):
        verify_export(resealed(document))


def test_an_export_that_says_the_same_in_other_bytes_is_found() -> None:
    for other in (EXPORT + b"\n", b" " + EXPORT, json.dumps(json.loads(EXPORT)).encode()):
        with pytest.raises(ExportAlteredError, match="anew"):
            verify_export(other)


def test_proofs_of_the_public_log_are_added_where_there_are_any() -> None:
    desk = a_life()
    first = [leaf for leaf in desk.entries.pending(100) if leaf.stream == STREAM and leaf.seq < 2]
    desk.entries.settle([(Leaf(leaf.stream, leaf.seq, leaf.commitment), 40 + leaf.seq) for leaf in first])
    asked: list[int] = []

    def prove(leaf_index: int) -> dict[str, Any] | None:
        asked.append(leaf_index)
        return {"tlog_proof": "c2sp.org/tlog-proof@v1"} if leaf_index == 40 else None

    export = b"".join(iter_export(desk.ledger, USER, desk.clock(), prove=prove))
    verify_export(export)
    proofs = [entry["proof"] for entry in json.loads(export)["consent"]["entries"]]
    assert asked == [40, 41]
    assert [proof["leaf_index"] for proof in proofs] == [40, 41, None, None]
    assert [proof.get("inclusion") for proof in proofs] == [{"tlog_proof": "c2sp.org/tlog-proof@v1"}, None, None, None]


def test_an_altered_ledger_yields_no_whole_export() -> None:
    desk = a_life()
    stream = desk.entries.streams[STREAM]
    stream[2] = replace(stream[2], content=stream[2].content[:-1] + b"x")
    taken: list[bytes] = []
    with pytest.raises(EntryAlteredError):
        taken.extend(iter_export(desk.ledger, USER, desk.clock()))
    with pytest.raises(ExportAlteredError):
        verify_export(b"".join(taken))
