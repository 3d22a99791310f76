"""Consent over HTTP, from its grant to its erasure."""

from __future__ import annotations

from tests.http_client import PASSWORD, Api, expect, expect_gateway

NOTICE = {"id": "privacy-notice", "version": "2026-11", "sha256": "9f86d081884c7d659a2feaa0c55ad015" * 2}
GRANT = {"scope": "elr.interests", "notice": NOTICE}
CHECK = {"requester_role": "agent", "scopes": ["elr.interests"]}


def consent(api: Api, name: str) -> list[str]:
    """Grant, check, delegate, withdraw, prove, export and erase; the account stays."""
    token = expect(api("POST", "/identity/auth", {"username": name, "password": PASSWORD}), 200).body["access_token"]
    return [*_given(api, token, name), *_proven(api, token), *_taken_back(api, token)]


def _given(api: Api, token: str, name: str) -> list[str]:
    assert expect(api("POST", "/consent/check", CHECK, token), 200).body["allowed"] is False
    granted = expect(api("POST", "/consent", GRANT, token, Idempotency_Key=name), 201).body
    again = expect(api("POST", "/consent", GRANT, token, Idempotency_Key=name), 201).body
    assert (granted["event"], granted["record_hash"]) == ("granted", again["record_hash"])
    other = {**GRANT, "scope": "elr.media"}
    expect(api("POST", "/consent", other, token, Idempotency_Key=name), 422, "idempotency_key_reused")
    health = {**GRANT, "scope": "elr.health"}
    expect(api("POST", "/consent", health, token), 422, "explicit_consent_required")
    expect(api("POST", "/consent", {**GRANT, "scope": "elr.nothing"}, token), 422, "unknown_scope")
    checked = expect(api("POST", "/consent/check", CHECK, token), 200).body
    assert checked["allowed"] is True
    assert checked["scopes"][0]["entry_hash"] == granted["receipt"]["hash"]
    for differs in ({"requester_role": "clinician"}, {"purpose": "dpv:DirectMarketing"}, {"scopes": ["elr"]}):
        assert expect(api("POST", "/consent/check", {**CHECK, **differs}, token), 200).body["allowed"] is False
    issued = {"scopes": ["consent:read", "consent:write"]}
    agent = expect(api("POST", "/identity/qrg", issued, token), 201).body["handle"]
    assert expect(api("POST", "/consent/check", CHECK, agent), 200).body["allowed"] is True
    expect(api("POST", "/consent", other, agent), 403, "access_denied")
    expect(api("DELETE", "/consent/me", token=agent), 403, "access_denied")
    person = "01a20334-8068-759b-90c6-2b25c56c2702"
    expect(api("POST", "/consent/check", {**CHECK, "user_id": person}, token), 403, "access_denied")
    expect_gateway(api("POST", f"/consent/{person}/elr/revoke", {"reason": "none"}, token), 403)
    return ["granted consent, once", "an assistant may ask what it may do, and not consent for the person"]


def _proven(api: Api, token: str) -> list[str]:
    page = expect(api("GET", "/consent/history?limit=1", token=token), 200).body
    (entry,), following = page["entries"], page["next"]
    assert (entry["kind"], following) == ("consent.granted", None)
    receipt = expect(api("GET", f"/consent/receipts/{entry['entry_id']}", token=token), 200).body
    assert receipt["hash"] == entry["hash"]
    proof = expect(api("GET", f"/consent/proof/{entry['hash']}", token=token), 200).body
    assert proof["commitment"] == receipt["commitment"]
    expect(api("GET", f"/consent/proof/{'0' * 64}", token=token), 404, "not_found")
    accesses = expect(api("GET", "/consent/history?of=access&limit=100", token=token), 200).body["entries"]
    refused = [each for each in accesses if each["kind"] == "access.refused"]
    assert {each["body"]["caller"]["role"] for each in refused} == {"agent", "user"}
    export = expect(api("GET", "/consent/export", token=token), 200)
    assert export.headers["content-type"] == "application/ld+json"
    assert [each["kind"] for each in export.body["consent"]["entries"]] == ["consent.granted"]
    keys = expect(api("GET", "/ledger/keys"), 200).body
    assert len(keys["keys"]) == 2
    expect(api("GET", "/ledger/tile/entries/%2e%2e/checkpoint"), 404, "not_found")
    return ["history, receipt and export show it, and who accessed what"]


def _taken_back(api: Api, token: str) -> list[str]:
    withdrawn = expect(api("POST", "/consent/elr.interests/withdraw", {}, token), 200).body
    assert withdrawn["event"] == "withdrawn"
    assert expect(api("POST", "/consent/check", CHECK, token), 200).body["scopes"][0]["reason"] == "withdrawn"
    before = expect(api("GET", "/consent/history", token=token), 200).body["entries"]
    erased = expect(api("DELETE", "/consent/me", token=token), 200).body
    assert erased["complete_at"] > erased["erased_at"]
    after = expect(api("GET", "/consent/history", token=token), 200).body["entries"]
    assert [each["hash"] for each in after] == [*(each["hash"] for each in before), erased["entry_hash"]]
    assert [each["kind"] for each in after] == [None, None, "erasure"]
    expect(api("GET", f"/consent/receipts/{before[0]['entry_id']}", token=token), 410, "erased")
    expect(api("GET", f"/consent/proof/{before[0]['hash']}", token=token), 200)
    assert expect(api("POST", "/consent/check", CHECK, token), 200).body["allowed"] is False
    return ["withdrew it with one empty request", "erased it: nothing to read, everything still to prove"]
