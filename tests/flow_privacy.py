"""Privacy over HTTP: an event that is kept and erased, and a table that is generalised without losing a row."""

from __future__ import annotations

from tests.http_client import PASSWORD, Api, expect, expect_gateway


def privacy(api: Api, name: str) -> list[str]:
    """Leave an event, take it back, and see how well a table hides people."""
    account = {"username": f"{name}-shy", "password": PASSWORD}  # of its own, for the sake of the rate limit
    expect(api("POST", "/identity/register", account), 201)
    token = expect(api("POST", "/identity/auth", account), 200).body["access_token"]
    steps = [*_event(api, token), *_table(api, token)]
    expect(api("POST", "/identity/logout", token=token), 200)
    return steps


def _event(api: Api, token: str) -> list[str]:
    path, event = "/privacy/events", {"dataset": "usage", "event": {"minutes": 12}}
    once = expect(api("POST", path, event, token, Idempotency_Key="k"), 201).body
    assert expect(api("POST", path, event, token, Idempotency_Key="k"), 201).body == once
    other = {**event, "event": {"minutes": 13}}
    reused = expect(api("POST", path, other, token, Idempotency_Key="k"), 422)
    assert reused.body["code"] == "idempotency_key_reused"
    expect(api("POST", path, {**event, "dataset": "none"}, token), 404)
    expect(api("POST", path, {**event, "event": {"minutes": "many"}}, token), 422)
    question = {"dataset": "usage", "aggregation": "count", "epsilon": 0.1}
    expect_gateway(api("POST", "/privacy/statistics", question, token), 403)
    expect_gateway(api("GET", "/privacy/budget/usage", token=token), 403)
    expect_gateway(api("GET", "/privacy/anomalies", token=token), 403)
    assert expect(api("DELETE", path, token=token), 200).body == {"events": 1}
    assert expect(api("DELETE", path, token=token), 200).body == {"events": 0}
    return ["an event is kept once and erased by whom it is of, who may ask for no statistics"]


def _table(api: Api, token: str) -> list[str]:
    path = "/privacy/anonymity"
    rows = [{"age": age, "city": city} for age in (31, 32, 47, 48) for city in ("Bonn", "Kiel")]
    table = {"rows": rows, "quasi_identifiers": ["age", "city"]}
    before = expect(api("POST", path, table, token), 200).body
    after = expect(api("POST", path, {**table, "k": 4}, token), 200).body
    assert len(after["generalised"]["rows"]) == len(rows)
    assert (before["report"]["k"], after["generalised"]["report"]["k"] >= 4) == (1, True)
    expect(api("POST", path, {**table, "k": 9}, token), 422)
    expect_gateway(api("POST", "/privacy/redact", {"text": "Mail ada@example.org"}, token), 403)
    return ["a table in which everybody is alone is generalised until nobody is, and keeps all its rows"]
