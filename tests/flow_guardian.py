"""The guardian over HTTP: judged, explained, vetoed, revised and constrained."""

from __future__ import annotations

from tests.http_client import PASSWORD, Api, expect, expect_gateway

ORDINARY = {"action": "Summarise my last three e-mails"}
PAYMENT = {"action": "Transfer 500 EUR to IBAN DE89370400440532013000"}
FOREIGN = {"action": "Fasse bitte die letzten drei Nachrichten von meiner Schwester zusammen"}
NOBODY = "01a20334-8068-759b-90c6-2b25c56c2702"


def guardian(api: Api, name: str) -> list[str]:
    """Ask, be refused, veto and read it all back, as a person and as an assistant."""
    token = expect(api("POST", "/identity/auth", {"username": name, "password": PASSWORD}), 200).body["access_token"]
    return [*_judged(api, token), *_looked_at(api, token), *_texts(api, token)]


def _judged(api: Api, token: str) -> list[str]:
    health = expect(api("GET", "/guardian/health"), 200).body
    assert (health["status"], health["reasons"], health["drift_detected"]) == ("healthy", [], False)
    policies = expect(api("GET", "/guardian/policies", token=token), 200).body
    assert len(policies) == health["active_policies"] > 20
    assert all(policy["active"] and policy["description"] and policy["severity"] for policy in policies)
    allowed = expect(api("POST", "/guardian/validate", ORDINARY, token), 200).body
    assert (allowed["valid"], allowed["veto"], allowed["violations"]) == (True, False, [])
    assert allowed["score"] > 0.8
    vetoed = expect(api("POST", "/guardian/validate", PAYMENT, token), 200).body
    assert (vetoed["valid"], vetoed["veto"]) == (False, True)
    (violation,) = vetoed["violations"]
    assert violation.startswith("financial-unconfirmed: ")
    assert vetoed["remedies"] == ["Confirm exactly this action."]
    confirmed = {**PAYMENT, "context": {"confirmed": True}}
    assert expect(api("POST", "/guardian/validate", confirmed, token), 200).body["valid"] is True
    unjudged = expect(api("POST", "/guardian/validate", FOREIGN, token), 200).body
    assert (unjudged["valid"], unjudged["veto"], unjudged["review"]) == (False, False, True)
    assert (unjudged["coverage"]["judged"], unjudged["coverage"]["language"]) == (False, "de")
    for wrong in ({}, {"action": ""}, {"action": 7}, {**ORDINARY, "context": []}, {**ORDINARY, "who": "me"}):
        expect(api("POST", "/guardian/validate", wrong, token), 422, "request_invalid")
    expect(api("POST", "/guardian/validate", {**ORDINARY, "user_id": NOBODY}, token), 403, "access_denied")
    return ["an action allowed, one vetoed with the reason and the remedy, one that cannot be judged"]


def _looked_at(api: Api, token: str) -> list[str]:
    decision = expect(api("POST", "/guardian/validate", ORDINARY, token), 200).body["decision_id"]
    veto = {"action_id": decision, "reason": "not_now", "explanation": "I will read them myself."}
    assert expect(api("POST", "/guardian/veto", veto, token), 201).body["veto"] is True
    expect(api("POST", "/guardian/veto", {**veto, "action_id": NOBODY}, token), 404, "decision_unknown")
    shown = expect(api("GET", f"/guardian/decisions/{decision}", token=token), 200).body
    assert [entry["kind"] for entry in shown["entries"]] == ["guardian.decided", "guardian.vetoed"]
    assert "Summarise" not in str(shown)
    expect(api("GET", f"/guardian/decisions/{NOBODY}", token=token), 404, "decision_unknown")
    expect(api("GET", "/guardian/decisions/7", token=token), 422, "request_invalid")
    agent = expect(api("POST", "/identity/qrg", {"scopes": ["guardian:use"]}, token), 201).body["handle"]
    assert expect(api("POST", "/guardian/validate", ORDINARY, agent), 200).body["valid"] is True
    assert expect(api("GET", f"/guardian/decisions/{decision}", token=agent), 200).body["user_id"]
    override = {"reason": "none", "expires_at": "2030-01-01T00:00:00Z"}
    expect_gateway(api("POST", f"/guardian/veto/{decision}/override", override, token), 403)
    expect_gateway(api("PUT", "/guardian/policies/mine", {"policies": {"a.cedar": ""}}, token), 403)
    expect_gateway(api("POST", "/guardian/policies/rollback", token=token), 403)
    return ["a veto on record, read back; an assistant may ask, and change no policy"]


def _texts(api: Api, token: str) -> list[str]:
    said = {"response": "This remedy is guaranteed to cure you. Our password is tr0ub4dor&3x."}
    revised = expect(api("POST", "/guardian/revise", said, token), 200).body
    assert revised["changed"]
    assert "tr0ub4dor" not in revised["revised"]
    assert "guaranteed" not in revised["revised"]
    assert revised["final_score"] > revised["initial_score"]
    plain = {"response": "Water boils at 100 degrees Celsius at sea level."}
    assert expect(api("POST", "/guardian/revise", plain, token), 200).body["revised"] == plain["response"]
    constrained = expect(api("POST", "/guardian/constrain", {"prompt": "Summarise this page."}, token), 200).body
    assert not constrained["blocked"]
    assert "Summarise this page." in constrained["user"]
    return ["a response revised, a plain one left alone, a prompt constrained"]
