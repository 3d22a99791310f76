"""Offices: given by an operator's script, exercised over HTTP, taken away at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.tick import tick
from lukhas_common import times
from lukhas_common.guardian.actions.shipped import shipped_policies
from tests.flow_consent import CHECK, GRANT
from tests.http_client import PASSWORD, Api, expect, expect_gateway
from tests.stack import ROOT, Stack, start


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, Path]]:
    """A stack with its state, by which the script finds it."""
    folder = tmp_path_factory.mktemp("offices")
    running = start(folder, ROOT / "template.yaml", "--no-schedules", "--state-dir", str(folder / "state"))
    yield running, folder / "state"
    assert running.stop() == 0


def set_scopes(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/set_scopes.py", "--local", "--state-dir", str(state), *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)


def soon(seconds: float) -> str:
    return times.rfc3339(times.now() + seconds)


def registered(api: Api, name: str) -> str:
    """The user id of a new account."""
    return str(expect(api("POST", "/identity/register", {"username": name, "password": PASSWORD}), 201).body["user_id"])


def token_of(api: Api, name: str, *scopes: str) -> str:
    wanted = {"scopes": list(scopes)} if scopes else {}
    return str(
        expect(api("POST", "/identity/auth", {"username": name, "password": PASSWORD, **wanted}), 200).body[
            "access_token"
        ]
    )


def test_an_admin_ends_a_persons_consent_and_the_person_sees_who_did_and_why(kept: tuple[Stack, Path]) -> None:
    stack, state = kept
    api = Api(stack.url)
    person = registered(api, "ada")
    admin = registered(api, "root")
    own = token_of(api, "ada")
    expect(api("POST", "/consent", GRANT, own), 201)
    before = token_of(api, "root")
    assert set_scopes(state, "root", "--add", "role:admin", "--add", "consent:admin").returncode == 0
    revoke = f"/consent/{person}/elr.interests/revoke"
    expect(api("POST", revoke, {"reason": "The device was stolen."}, before), 403)
    office = token_of(api, "root")
    expect(api("POST", revoke, {}, office), 422, "request_invalid")
    expect(api("POST", "/consent/nobody/elr.interests/revoke", {"reason": "x"}, office), 422, "request_invalid")
    ended = expect(api("POST", revoke, {"reason": "The device was stolen."}, office), 200).body
    assert (ended["event"], ended["receipt"]) == ("revoked", None)
    assert expect(api("POST", "/consent/check", CHECK, own), 200).body["scopes"][0]["reason"] == "revoked"
    shown = expect(api("GET", "/consent/history", token=own), 200).body["entries"][-1]["body"]["event"]
    assert (shown["actor"], shown["reason"]) == (admin, "The device was stolen.")
    seen = expect(api("GET", "/consent/history?of=access&limit=100", token=own), 200).body["entries"]
    assert admin in {each["body"]["caller"]["id"] for each in seen if each["body"]["permission"] == "revoke_consent"}
    # An office opens nobody's data, and does not close one's own.
    expect(api("POST", "/consent/check", {**CHECK, "user_id": person}, office), 403, "access_denied")
    expect(api("GET", "/identity/profile", token=office), 200)
    gone = set_scopes(state, "root", "--remove", "role:admin", "--remove", "consent:admin")
    assert "no session any more" in gone.stdout, gone.stderr
    assert api("GET", "/identity/profile", token=office).status == 403
    assert api("POST", revoke, {"reason": "x"}, token_of(api, "root")).status == 403


def test_a_clinician_asks_whether_a_patient_agreed(kept: tuple[Stack, Path]) -> None:
    stack, state = kept
    api = Api(stack.url)
    patient = registered(api, "eve")
    registered(api, "doctor")
    given = ("--add", "role:clinician", "--add", "dpa:signed")
    assert set_scopes(state, "doctor", *given).returncode == 0
    doctor = token_of(api, "doctor")
    asked = {"requester_role": "clinician", "scopes": ["elr.health"], "purpose": "sector-health:PatientMonitoring"}
    about = {**asked, "user_id": patient}
    assert expect(api("POST", "/consent/check", about, doctor), 200).body["allowed"] is False
    consent = {
        **GRANT,
        "scope": "elr.health",
        "purposes": ["sector-health:PatientMonitoring"],
        "recipients": ["clinician"],
        "legal_basis": "dpv:ExplicitlyExpressedConsent",
    }
    expect(api("POST", "/consent", consent, token_of(api, "eve")), 201)
    assert expect(api("POST", "/consent/check", about, doctor), 200).body["allowed"] is True
    expect(api("GET", "/consent/history", token=doctor), 200)
    without = token_of(api, "doctor", "consent:read", "role:clinician")
    expect(api("POST", "/consent/check", about, without), 403, "access_denied")
    both = ("--add", "role:service")
    assert set_scopes(state, "doctor", *both).returncode == 0
    expect(api("POST", "/consent/check", about, token_of(api, "doctor")), 403, "role_ambiguous")


def test_an_auditor_is_told_of_passwords_that_are_tried_out_and_of_an_insider(kept: tuple[Stack, Path]) -> None:
    stack, state = kept
    api = Api(stack.url)
    registered(api, "wilma")
    assert set_scopes(state, "wilma", "--add", "role:auditor", "--add", "privacy:watch").returncode == 0
    watcher = token_of(api, "wilma", "role:auditor", "privacy:watch")
    expect_gateway(api("GET", "/privacy/anomalies", token=token_of(api, "wilma", "identity:read")), 403)
    for number in range(25):
        expect(api("POST", "/identity/auth", {"username": f"guess-{number}", "password": "not this one"}), 401)
    people = [registered(api, f"patient-{number}") for number in range(2)]
    for name in (registered(api, "nosy"), *people):
        expect(api("GET", f"/privacy/anomalies/{name}", token=watcher), 200)
    for function in ("SequenceLedgerFunction", "DetectAnomaliesFunction"):
        assert tick(function, stack.port)[0] == 0
    found = expect(api("GET", "/privacy/anomalies?severity=high", token=watcher), 200).body["anomalies"]
    (alert,) = [each for each in found if each["principal"].startswith("network-")]
    assert (alert["kind"], alert["told"]) == ("credential_stuffing", True)
    assert alert["reasons"][0] == {"feature": "failures", "value": 25.0, "usual": None, "deviations": None}
    mine = expect(api("GET", f"/privacy/anomalies?principal={alert['principal']}&limit=1", token=watcher), 200).body
    assert mine == {"anomalies": [alert], "next": None}
    for name in ("after", "next"):  # whoever asks for the next page by the answer's own word gets no page twice
        older = f"/privacy/anomalies?{name}=2000-01-01T00:00:00.000Z,x"
        assert expect(api("GET", older, token=watcher), 200).body["anomalies"] == []
        expect(api("GET", f"/privacy/anomalies?{name}=x", token=watcher), 422)
    timeline = f"/privacy/anomalies/{alert['principal']}"
    assert [
        expect(api("GET", f"{timeline}?{name}=0", token=watcher), 200).body["windows"] for name in ("before", "next")
    ] == [[], []]
    shown = expect(api("GET", f"/privacy/anomalies/{alert['principal']}", token=watcher), 200).body
    assert shown["windows"][0]["refused"] == 25
    assert shown["windows"][0]["alerts"] == [alert["alert_id"]]
    # Who was looked at can see by whom.
    own = token_of(api, "patient-0")
    entries = expect(api("GET", "/consent/history?of=access", token=own), 200).body["entries"]
    looked = [entry["body"] for entry in entries if entry["body"]["route"] == "GET /privacy/anomalies/{principal}"]
    assert [body["caller"]["role"] for body in looked] == ["auditor"], entries
    expect(api("GET", "/privacy/anomalies/nobody", token=watcher), 422)
    expect(api("GET", "/privacy/anomalies?since=yesterday", token=watcher), 422)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("nobody", "--add", "role:admin"), "there is no account"),
        (("ada", "--add", "Admin"), "a scope is two words"),
    ],
)
def test_the_script_refuses_what_it_does_not_know(
    kept: tuple[Stack, Path], arguments: tuple[str, ...], why: str
) -> None:
    refused = set_scopes(kept[1], *arguments)
    assert refused.returncode == 1
    assert why in refused.stderr


def test_two_admins_override_a_veto_and_an_auditor_replays_it(kept: tuple[Stack, Path]) -> None:
    stack, state = kept
    api = Api(stack.url)
    person = registered(api, "pat")
    for name in ("anna", "otto"):
        registered(api, name)
        assert set_scopes(state, name, "--add", "role:admin", "--add", "guardian:admin").returncode == 0
    registered(api, "audrey")
    assert set_scopes(state, "audrey", "--add", "role:auditor", "--add", "guardian:admin").returncode == 0
    own, anna, otto, audrey = (token_of(api, name) for name in ("pat", "anna", "otto", "audrey"))
    veto = expect(api("POST", "/guardian/validate", {"action": "delete_all_backups"}, own), 200).body
    assert veto["veto"]
    override = f"/guardian/veto/{veto['decision_id']}/override"
    asked = {"reason": "A fresh backup exists.", "expires_at": soon(600)}
    for wrong in (
        {"reason": "x"},
        {**asked, "expires_at": "tomorrow"},
        {**asked, "reason": ""},
        {**asked, "who": "x"},
    ):
        expect(api("POST", override, wrong, anna), 422, "request_invalid")
    expect(api("POST", override, {**asked, "expires_at": soon(-1)}, anna), 409, "not_overridable")
    expect(api("POST", override, asked, audrey), 403, "access_denied")
    for _ in range(2):
        proposed = expect(api("POST", override, asked, anna), 200).body
        assert proposed["override"] == "proposed"
    assert expect(api("POST", "/guardian/validate", {"action": "delete_all_backups"}, own), 200).body["veto"]
    expect(api("POST", override, asked, otto), 409, "proposal_unnamed")
    approved = {**asked, "proposal": proposed["entry_hash"]}
    assert expect(api("POST", override, approved, otto), 200).body["override"] == "in_force"
    overridden = expect(api("POST", "/guardian/validate", {"action": "delete_all_backups"}, own), 200).body
    assert (overridden["valid"], overridden["veto"], overridden["outcome"]) == (True, False, "overridden")
    shown = expect(api("GET", f"/guardian/decisions/{veto['decision_id']}", token=audrey), 200).body
    assert [entry["kind"].rpartition(".")[2] for entry in shown["entries"]] == [
        "decided",
        "override_proposed",
        "overridden",
    ]
    assert shown["user_id"] == person
    seen = expect(api("GET", "/consent/history?of=access&limit=100", token=own), 200).body["entries"]
    assert "read_decision" in {
        each["body"]["permission"] for each in seen if each["body"]["caller"]["role"] == "auditor"
    }
    ids = [veto["decision_id"], overridden["decision_id"]]
    inputs = {ids[0]: {"action": "delete_all_backups"}, ids[1]: {"action": "delete_no_backups"}}
    replayed = expect(api("POST", "/guardian/replay", {"decision_ids": ids, "inputs": inputs}, audrey), 200).body
    first, second = replayed["decisions"]
    assert (first["before"], first["after"], first["changed"]) == ("vetoed", "vetoed", False)
    assert (second["obstacle"], second["after"]) == ("other_input", None)


def test_an_admin_publishes_tries_and_takes_back_policies(kept: tuple[Stack, Path]) -> None:
    stack, state = kept
    api = Api(stack.url)
    registered(api, "ruth")
    assert set_scopes(state, "ruth", "--add", "role:admin", "--add", "guardian:admin").returncode == 0
    ruth = token_of(api, "ruth")
    shipped = expect(api("GET", "/guardian/policies?active_only=false", token=ruth), 200).body
    files = shipped_policies("assistant")
    more = {
        **files,
        "house.cedar": '@id("no-calendar") @severity("low") @principle("helpfulness") @explain("No.")'
        'forbid (principal, action, resource) when { context.kinds.contains(Kind::"read") };',
    }
    tried = {"policies": more, "shadow": ["no-calendar"]}
    asked = {"action": "Read my calendar"}
    before = expect(api("POST", "/guardian/validate", asked, ruth), 200).body
    assert before["valid"]
    for wrong, code in (
        ({"policies": {}}, "request_invalid"),
        ({"policies": {"x.cedar": "permit("}}, "policies_invalid"),
        ({"policies": {"x": "x"}}, "policies_invalid"),
        ({"policies": more, "shadow": ["nothing"]}, "policies_invalid"),
    ):
        expect(api("PUT", "/guardian/policies/house.1", wrong, ruth), 422, code)
    published = expect(api("PUT", "/guardian/policies/house.1", tried, ruth), 200).body
    assert published["standing"]["active"] == "house.1"
    assert {each["policy_id"] for each in published["policies"] if not each["active"]} == {"no-calendar"}
    assert expect(api("PUT", "/guardian/policies/house.1", tried, ruth), 200).body["sha256"] == published["sha256"]
    expect(api("PUT", "/guardian/policies/house.1", {"policies": more}, ruth), 409, "policies_exist")
    decision = expect(api("POST", "/guardian/validate", asked, ruth), 200).body
    assert (decision["valid"], decision["policies"]) == (True, "house.1")
    entry = expect(api("GET", f"/guardian/decisions/{decision['decision_id']}", token=ruth), 200).body["entries"][0]
    assert entry["body"]["shadow"] == {
        "outcome": "refused",
        "violations": [{"policy": "no-calendar", "severity": "low"}],
        "errors": [],
    }
    assert len(expect(api("GET", "/guardian/policies", token=ruth), 200).body) == len(shipped)
    expect(api("PUT", "/guardian/policies/house.2", {"policies": more, "activate": False}, ruth), 200)
    ids = {"decision_ids": [before["decision_id"]], "version": "house.2"}
    (replayed,) = expect(api("POST", "/guardian/replay", ids, ruth), 200).body["decisions"]
    assert (replayed["before"], replayed["after"]) == ("allowed", "refused")
    assert replayed["violations_after"] == ["no-calendar"]
    expect(api("PUT", "/guardian/policies/house.2", {"policies": more}, ruth), 200)
    assert not expect(api("POST", "/guardian/validate", asked, ruth), 200).body["valid"]
    expect(api("DELETE", "/guardian/policies/house.2", token=ruth), 409, "policies_in_use")
    assert expect(api("POST", "/guardian/policies/rollback", token=ruth), 200).body["active"] == "house.1"
    assert expect(api("POST", "/guardian/validate", asked, ruth), 200).body["valid"]
    expect(api("DELETE", "/guardian/policies/house.2", token=ruth), 200)
    expect(api("DELETE", "/guardian/policies/house.2", token=ruth), 404, "policies_unknown")
    expect(api("PUT", "/guardian/policies/house.2", {"policies": more}, ruth), 409, "policies_exist")
    shown = expect(api("GET", "/guardian/policies/house.1", token=ruth), 200).body
    assert (shown["policies"], shown["shadow"]) == (more, ["no-calendar"])
    own = expect(api("GET", "/guardian/policies", token=ruth), 200).body[0]["version"]
    assert own == "house.1"
    assert expect(api("POST", "/guardian/policies/rollback", token=ruth), 200).body["active"].startswith("shipped-")
    expect(api("POST", "/guardian/policies/rollback", token=ruth), 409, "nothing_to_roll_back")
    for version in ("house.1", shipped[0]["version"]):
        activate = f"/guardian/policies/{version}/activate"
        assert expect(api("POST", activate, token=ruth), 200).body["active"] == version
    expect(api("POST", "/guardian/policies/nothing/activate", token=ruth), 404, "policies_unknown")
    foreign = {"action": "Bitte fasse mir die Nachrichten von gestern zusammen"}
    registered(api, "sam")
    sam = token_of(api, "sam")
    unjudged = expect(api("POST", "/guardian/validate", foreign, sam), 200).body["decision_id"]
    found, after = [], ""
    while after is not None:
        page = expect(api("GET", f"/guardian/reviews?limit=1&after={after}", token=ruth), 200).body
        found += [review["decision_id"] for review in page["reviews"]]
        after = page["next"]
    assert unjudged in found
    expect(api("POST", f"/guardian/reviews/{unjudged}", {}, ruth), 422, "request_invalid")
    expect(api("POST", f"/guardian/reviews/{unjudged}", {"reason": "An ordinary letter."}, ruth), 200)
    left = expect(api("GET", "/guardian/reviews?limit=200", token=ruth), 200).body["reviews"]
    assert unjudged not in {review["decision_id"] for review in left}
    expect(api("GET", f"/guardian/decisions/{unjudged}", token=ruth), 200)
    registered(api, "eavesdropper")
    expect(api("GET", f"/guardian/decisions/{unjudged}", token=token_of(api, "eavesdropper")), 404, "decision_unknown")
