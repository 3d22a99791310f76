"""Offices: given by an operator's script, exercised over HTTP, taken away at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow_consent import CHECK, GRANT
from tests.http_client import PASSWORD, Api, expect
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
