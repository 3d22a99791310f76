"""Memory over HTTP: stored, recalled as of then, searched, folded, forgotten and erased."""

from __future__ import annotations

from urllib.parse import quote

from tests.http_client import PASSWORD, Api, expect, expect_gateway

AT = "/consciousness/memory"
UNKNOWN = "01a20334-8068-759b-90c6-2b25c56c2702"
TEA = {"key": "tea/favourite", "value": "Ada likes Darjeeling best.", "session": "breakfast"}


def memory(api: Api, name: str) -> list[str]:
    """Remember as a person and as an assistant, and forget all of it."""
    account = {"username": f"{name}-memory", "password": PASSWORD}  # of its own, for the sake of the rate limit
    expect(api("POST", "/identity/register", account), 201)
    token = expect(api("POST", "/identity/auth", account), 200).body["access_token"]
    steps = [*_kept(api, token), *_found(api, token), *_shared(api, token), *_erased(api, token)]
    expect(api("POST", "/identity/logout", token=token), 200)
    return steps


def _kept(api: Api, token: str) -> list[str]:
    first = expect(api("POST", AT, TEA, token, Idempotency_Key="k"), 201).body
    assert expect(api("POST", AT, TEA, token, Idempotency_Key="k"), 201).body == first
    for other in ({"key": "tea"}, {"value": 1}, {"pinned": True}, {"half_life_seconds": 60}):
        expect(api("POST", AT, {**TEA, **other}, token, Idempotency_Key="k"), 422, "idempotency_key_reused")
    second = expect(api("POST", AT, {**TEA, "value": "Ada likes Assam best."}, token), 201).body
    assert (first["version"], second["version"]) == (0, 1)
    place = f"{AT}/keys/{quote(TEA['key'])}"
    now = expect(api("GET", place, token=token), 200).body
    assert (now["value"], now["valid_to"]) == ("Ada likes Assam best.", None)
    then = expect(api("GET", f"{place}?as_of={quote(first['valid_from'])}", token=token), 200).body
    assert (then["value"], then["valid_to"]) == (TEA["value"], second["valid_from"])
    assert then["provenance"]["origin"] == "user"
    expect(api("GET", f"{AT}/keys/nothing", token=token), 404, "memory_unknown")
    expect(api("GET", f"{AT}/keys/{'k' * 513}", token=token), 422, "memory_invalid")
    expect(api("GET", f"{place}?as_of=yesterday", token=token), 422, "request_invalid")
    for wrong in (
        {"key": ""},
        {"value": 1},
        {**TEA, "memory_type": "long"},
        {**TEA, "worth": 2},
        {**TEA, "purpose": "x"},
    ):
        expect(api("POST", AT, wrong, token), 422, "request_invalid")
    expect(api("POST", AT, {**TEA, "expires_at": "2020-01-01T00:00:00Z"}, token), 422, "memory_invalid")
    listed = expect(api("GET", f"{AT}?limit=1", token=token), 200).body
    rest = expect(api("GET", f"{AT}?after={listed['next']}", token=token), 200).body
    assert [each["memory_id"] for each in listed["memories"] + rest["memories"]] == [
        first["memory_id"],
        second["memory_id"],
    ]
    assert rest["next"] is None
    return ["remembered once, twice under one key, recalled as of then, and listed in order"]


def _found(api: Api, token: str) -> list[str]:
    for number in range(3):
        expect(api("POST", AT, {"key": f"walk/{number}", "value": f"A walk by the river, {number} km."}, token), 201)
    found = expect(api("POST", f"{AT}/search", {"query": "Which tea does Ada like?"}, token), 200).body["memories"]
    assert found[0]["memory"]["value"] == "Ada likes Assam best."
    said = found[0]["explanation"]
    parts = 0.5 * said["bm25_z"] + 0.5 * said["cosine_z"] + said["before"] + said["after"]
    assert abs(parts - found[0]["score"]) < 1e-12
    walks = expect(api("POST", f"{AT}/search", {"query": "river", "limit": 3}, token), 200).body["memories"]
    ids = [each["memory"]["memory_id"] for each in walks]
    expect(api("POST", f"{AT}/folds", {"memory_ids": [UNKNOWN]}, token), 404, "memory_unknown")
    of_the_moment = {"key": "now", "value": "The kettle boils.", "memory_type": "working"}
    now = expect(api("POST", AT, of_the_moment, token), 201).body["memory_id"]
    refused = expect(api("POST", f"{AT}/folds", {"memory_ids": [now]}, token), 422, "memory_invalid").body
    assert "1 working" in refused["detail"]
    made = expect(api("POST", f"{AT}/folds", {"memory_ids": [*ids, now, UNKNOWN]}, token), 201).body
    (fold,) = made["folds"]
    assert {each["memory_id"]: each["reason"] for each in made["left_out"]} == {now: "working", UNKNOWN: "unknown"}
    (listed,) = expect(api("GET", f"{AT}/folds?check=true&words=river", token=token), 200).body["folds"]
    assert (listed["fold"], listed["records"], listed["intact"], listed["damaged_frames"]) == (fold, 3, True, [])
    assert sorted(listed["matches"]) == sorted(ids)
    recalled = expect(api("GET", f"{AT}/keys/walk/1", token=token), 200).body
    assert (recalled["value"], recalled["memory_type"]) == ("A walk by the river, 1 km.", "fold")
    again = expect(api("POST", f"{AT}/search", {"query": "river", "memory_types": ["fold"]}, token), 200).body
    assert sorted(each["memory"]["memory_id"] for each in again["memories"]) == sorted(ids)
    assert expect(api("DELETE", f"{AT}/keys/walk/1", token=token), 200).body == {"values": 1}
    expect(api("GET", f"{AT}/keys/walk/1", token=token), 404, "memory_unknown")
    left = expect(api("POST", f"{AT}/search", {"query": "river"}, token), 200).body["memories"]
    assert {"walk/0", "walk/2"} <= {each["memory"]["key"] for each in left}
    assert "walk/1" not in {each["memory"]["key"] for each in left}
    return ["found with an explanation that adds up, folded, read from the fold, and forgotten"]


def _shared(api: Api, token: str) -> list[str]:
    scopes = ["memory:read", "memory:write"]
    agent = expect(api("POST", "/identity/qrg", {"scopes": scopes}, token), 201).body["handle"]
    expect(api("POST", AT, TEA, agent), 403, "consent_required")
    notice = {"id": "n", "version": "1", "sha256": "0" * 64}
    for scope in ("memory.working", "memory.episodic", "memory.semantic"):
        expect(api("POST", "/consent", {"scope": scope, "notice": notice}, token), 201)
    stored = {**TEA, "key": "noted", "provenance": {"origin": "assistant"}}
    expect(api("POST", AT, stored, agent), 201)
    assert expect(api("GET", f"{AT}/keys/noted", token=agent), 200).body["provenance"]["origin"] == "assistant"
    expect(api("DELETE", AT, token=agent), 403, "access_denied")
    expect(api("POST", "/consent/memory/withdraw", {}, token), 200)
    expect(api("GET", f"{AT}/keys/noted", token=agent), 403, "consent_required")
    narrow = expect(api("POST", "/identity/qrg", {"scopes": ["memory:read"]}, token), 201).body["handle"]
    expect_gateway(api("POST", AT, TEA, narrow), 403)
    return ["an assistant remembers while the person consents, and no longer"]


def _erased(api: Api, token: str) -> list[str]:
    done = expect(api("DELETE", AT, token=token), 200).body
    assert done["items"] >= 5
    assert done["objects"] >= 3
    again = expect(api("GET", f"/consent/receipts/{done['receipt']['entry_id']}", token=token), 200).body
    assert again["hash"] == done["receipt"]["hash"]
    assert {what for what, number in done["probe"].items() if number} == {"asked"}
    assert done["receipt"]["hash"]
    expect(api("GET", f"{AT}/keys/noted", token=token), 404, "memory_unknown")
    assert expect(api("POST", f"{AT}/search", {"query": "tea"}, token), 200).body["memories"] == []
    assert expect(api("GET", f"{AT}/folds", token=token), 200).body == {"folds": []}
    assert expect(api("DELETE", AT, token=token), 200).body["items"] == 0
    expect(api("POST", AT, TEA, token), 201)
    assert len(expect(api("POST", f"{AT}/search", {"query": "tea"}, token), 200).body["memories"]) == 1
    return ["erased with a receipt, and begun anew"]
