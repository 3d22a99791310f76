"""The Consciousness API over HTTP: a status, measurements, and drift that adds up."""

from __future__ import annotations

from tests.http_client import PASSWORD, Api, expect, expect_gateway

CALM = {"mood": {"valence": 0.6, "arousal": 0.2}, "tone": "calm", "samples": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]}
UPSET = {"mood": {"valence": 0.1, "arousal": 0.2}, "tone": "loud", "samples": [1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8]}


def consciousness(api: Api, name: str) -> list[str]:
    """Ask how the system is, and how far a state has drifted."""
    account = {"username": f"{name}-mind", "password": PASSWORD}  # of its own, for the sake of the rate limit
    expect(api("POST", "/identity/register", account), 201)
    token = expect(api("POST", "/identity/auth", account), 200).body["access_token"]
    steps = [*_looked_at(api, token), *_drift(api, token)]
    expect(api("POST", "/identity/logout", token=token), 200)
    return steps


def _looked_at(api: Api, token: str) -> list[str]:
    status = expect(api("GET", "/consciousness/status", token=token), 200).body
    assert status["status"] in ("active", "degraded")
    assert bool(status["reasons"]) == (status["status"] == "degraded"), status
    assert status["active_threads"] > 1
    assert 0 <= status["awareness_level"] <= 1
    assert status["subsystems"]["identity"] is True
    metrics = expect(api("GET", "/consciousness/metrics", token=token), 200).body
    load = metrics["subsystems"]["identity"]
    assert load["requests"] > 2
    assert load["peak_memory_bytes"] > 10_000_000
    assert 0 < load["processing_ms"]["p50"] <= load["processing_ms"]["p99"]
    assert metrics["total"]["requests"] >= load["requests"]
    expect_gateway(api("GET", "/consciousness/status"), 401)
    expect_gateway(api("POST", "/consciousness/awareness/update", {"new_level": 0.5, "reason": "r"}, token), 403)
    expect_gateway(api("POST", "/consciousness/heartbeat", {"name": "mine", "interval_seconds": 60}, token), 403)
    return ["the system is looked at, measured, and left alone by those who may not change it"]


def _drift(api: Api, token: str) -> list[str]:
    path = "/consciousness/drift/detect"
    same = expect(api("POST", path, {"baseline_state": CALM, "current_state": CALM}, token), 200).body
    assert (same["score"], same["drifted"], same["severity"], same["contributions"]) == (0, False, "none", [])
    asked = {"baseline_state": CALM, "current_state": UPSET, "series": "assistant-style"}
    found = expect(api("POST", path, asked, token, Idempotency_Key="k"), 200).body
    assert found["drifted"]
    assert sum(part["contribution"] for part in found["contributions"]) == found["score"] > 0.25
    assert found["baseline_id"] == same["baseline_id"] != found["current_id"]
    assert found["samples"]["/samples"]["kolmogorov_smirnov"] == 1
    assert (found["series"]["signal"], found["series"]["scores"]) == ("learning", 1)
    again = expect(api("POST", path, asked, token, Idempotency_Key="k"), 200).body
    assert (again["series"]["repeated"], again["series"]["scores"]) == (True, 1)
    other = {**asked, "current_state": CALM}
    expect(api("POST", path, other, token, Idempotency_Key="k"), 422, "idempotency_key_reused")
    wrong_id = {**asked, "baseline_id": found["current_id"]}
    expect(api("POST", path, wrong_id, token), 422, "baseline_mismatch")
    born = {"reason": "calibrated", "created_at": "2026-11-01T00:00:00Z"}
    first = expect(api("POST", path, {**asked, "series": None, "lineage": born}, token), 200).body["baseline"]
    parent = {name: first[name] for name in ("id", "link", "created_at")}
    later = {"baseline_state": UPSET, "current_state": UPSET, "lineage": {**born, "parent": parent}}
    assert expect(api("POST", path, later, token), 200).body["baseline"]["parent"] == first["id"]
    for wrong in (
        {"baseline_state": CALM},
        {**asked, "threshold": 0},
        {**asked, "series": "../x"},
        {**asked, "ranges": {"/mood/valence": [1, 0]}},
        {**asked, "weights": {"mood": 1}},
        {**asked, "lineage": {**born, "parent": {**parent, "created_at": "never"}}},
        {**asked, "lineage": {**born, "created_at": "0001-01-01T00:00:00Z"}},
    ):
        expect(api("POST", path, wrong, token), 422, "request_invalid")
    expect(api("POST", path, {**asked, "series_owner": "system"}, token), 403, "access_denied")
    history = expect(api("GET", "/consciousness/metrics", token=token), 200).body["drift"]
    mine = [each for each in history if each["owner"] == "caller"]
    assert [(each["series"], len(each["scores"])) for each in mine] == [("assistant-style", 1)]
    return ["drift measured by contributions that add up, bound to its baseline, and watched as a series"]
