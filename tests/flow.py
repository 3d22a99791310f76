"""The main job, driven over HTTP against any base URL: the one-machine stack, `sam local` or a stage.

    python -m tests.flow http://127.0.0.1:8080

It makes two users with random names and ends with every session of theirs ended.
"""

from __future__ import annotations

import secrets
import sys

from tests.flow_consciousness import consciousness
from tests.flow_consent import consent
from tests.flow_guardian import guardian
from tests.flow_memory import memory
from tests.flow_privacy import privacy
from tests.http_client import PASSWORD, Api, expect, expect_gateway

NEW_PASSWORD = "a lamp, a river, and 7 geese"
REFRESH_COOKIE = "__Secure-lukhas_refresh"


def drive(base_url: str) -> list[str]:
    """Go through the whole life of an account; the steps taken, or AssertionError at the first surprise."""
    api = Api(base_url)
    name = f"flow-{secrets.token_hex(6)}"
    return [
        line
        for part in (_open, _delegation, guardian, memory, consciousness, privacy, consent, _account)
        for line in part(api, name)
    ]


def _open(api: Api, name: str) -> list[str]:
    """What anybody may do."""
    expect(api("GET", "/health"), 200)
    keys = expect(api("GET", "/.well-known/jwks.json"), 200)
    assert {key["kty"] for key in keys.body["keys"]} == {"EC", "AKP"}
    assert not any({"d", "priv"} & key.keys() for key in keys.body["keys"])
    expect(api("GET", "/.well-known/oauth-authorization-server"), 404, "not_found")
    assert "max-age" in keys.headers["cache-control"]
    registration = {"username": name, "password": PASSWORD}
    created = expect(api("POST", "/identity/register", registration, Idempotency_Key=name), 201)
    again = expect(api("POST", "/identity/register", registration, Idempotency_Key=name), 201)
    assert created.body == again.body
    expect(api("POST", "/identity/register", registration), 409, "username_taken")
    expect(api("POST", "/identity/register", {**registration, "password": "short"}), 422, "password_weak")
    wrong = expect(api("POST", "/identity/auth", {"username": name, "password": "wrong"}), 401, "credentials_invalid")
    unknown = {"username": f"{name}-nobody", "password": "wrong"}
    other = expect(api("POST", "/identity/auth", unknown), 401, "credentials_invalid")
    assert {**wrong.body, "request_id": ""} == {**other.body, "request_id": ""}
    return ["health and keys are public", "registered, once", "a wrong password and an unknown user look alike"]


def _delegation(api: Api, name: str) -> list[str]:
    """A QRG token from its issue to its end, and tokens that are asked about and revoked."""
    tokens = expect(api("POST", "/identity/auth", {"username": name, "password": PASSWORD}), 200).body
    access = tokens["access_token"]
    issued = expect(api("POST", "/identity/qrg", {"scopes": ["identity:read"]}, token=access), 201).body
    for form in (issued["token"], issued["handle"]):
        expect(api("GET", "/identity/profile", token=form), 200)
        expect_gateway(api("POST", "/identity/qrg", {"scopes": ["identity:read"]}, token=form), 403)
        expect_gateway(api("POST", "/identity/logout", token=form), 403)
        state = expect(api("POST", "/identity/qrg/introspect", {"token": form}, token=access), 200).body
        assert (state["active"], state["scope"]) == (True, "identity:read")
    greedy = {"scopes": ["identity:read", "qrg:issue"]}
    expect(api("POST", "/identity/qrg", greedy, token=access), 403, "scope_not_granted")

    old = {"token": issued["token"]}
    rotated = expect(api("POST", "/identity/qrg/rotate", old, token=issued["handle"]), 200).body
    expect_gateway(api("GET", "/identity/profile", token=issued["token"]), 403)
    expect(api("GET", "/identity/profile", token=rotated["token"]), 200)
    expect(api("POST", "/identity/qrg/rotate", old, token=access), 409, "qrg_token_rotated")
    for _ in range(2):
        expect(api("POST", "/identity/qrg/revoke", {"token": rotated["handle"]}), 200)
    expect_gateway(api("GET", "/identity/profile", token=rotated["token"]), 403)
    gone = expect(api("POST", "/identity/token/introspect", {"token": rotated["token"]}, token=access), 200)
    assert gone.body == {"active": False}

    refresh = {"token": tokens["refresh_token"], "token_type_hint": "refresh_token"}
    assert expect(api("POST", "/identity/token/introspect", refresh, token=access), 200).body["active"]
    expect(api("POST", "/identity/token/revoke", {"token": access}), 200)
    expect_gateway(api("GET", "/identity/profile", token=access), 403)
    renewed = expect(api("POST", "/identity/token/refresh", {"refresh_token": refresh["token"]}), 200).body
    expect(api("GET", "/identity/profile", token=renewed["access_token"]), 200)
    expect(api("POST", "/identity/token/revoke", {"token": renewed["refresh_token"]}), 200)
    expect_gateway(api("GET", "/identity/profile", token=renewed["access_token"]), 403)
    return [
        "issued a QRG token and used it in both forms",
        "rotated it once, and revoked it",
        "revoked an access token alone, and with a refresh token its session",
    ]


def _account(api: Api, name: str) -> list[str]:
    """What takes a token."""
    login = expect(api("POST", "/identity/auth", {"username": name, "password": PASSWORD}), 200)
    access, refresh = login.body["access_token"], login.body["refresh_token"]
    assert login.body["token_type"] == "bearer"
    assert 0 < login.body["expires_in"] <= 3600
    profile = expect(api("GET", "/identity/profile", token=access), 200)
    assert profile.body["username"] == name

    expect_gateway(api("GET", "/identity/profile"), 401)
    expect_gateway(api("GET", "/identity/profile", token=access[:-6] + "AAAAAA"), 403)
    expect_gateway(api("GET", "/identity/profile", token=refresh), 403)
    narrow = {"username": name, "password": PASSWORD, "scopes": ["identity:read"]}
    reader = expect(api("POST", "/identity/auth", narrow), 200).body["access_token"]
    expect(api("GET", "/identity/profile", token=reader), 200)
    change = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    expect_gateway(api("PUT", "/identity/password", change, token=reader), 403)

    renewed = expect(api("POST", "/identity/token/refresh", {"refresh_token": refresh}), 200)
    repeated = expect(api("POST", "/identity/token/refresh", {"refresh_token": refresh}), 200)
    assert renewed.body["refresh_token"] == repeated.body["refresh_token"] != refresh
    expect(api("POST", "/identity/token/refresh", {"refresh_token": "rt_nonsense"}), 401, "refresh_token_invalid")

    browser = {"username": name, "password": PASSWORD, "refresh_token_delivery": "cookie"}
    answer = expect(api("POST", "/identity/auth", browser), 200)
    assert answer.body["refresh_token"] is None
    cookie = answer.cookie(REFRESH_COOKIE)
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/identity/token/refresh"))
    sent = {"Cookie": cookie.partition(";")[0]}
    assert expect(api("POST", "/identity/token/refresh", {}, **sent), 200).body["refresh_token"] is None

    changed = expect(api("PUT", "/identity/password", change, token=access), 200)
    expect_gateway(api("GET", "/identity/profile", token=access), 403)
    dead = {"refresh_token": renewed.body["refresh_token"]}
    expect(api("POST", "/identity/token/refresh", dead), 401, "session_ended")
    expect(api("POST", "/identity/auth", {"username": name, "password": PASSWORD}), 401, "credentials_invalid")

    last = changed.body["access_token"]
    expect(api("GET", "/identity/profile", token=last), 200)
    expect(api("POST", "/identity/logout", token=last), 200)
    expect_gateway(api("GET", "/identity/profile", token=last), 403)
    left = {"refresh_token": changed.body["refresh_token"]}
    expect(api("POST", "/identity/token/refresh", left), 401, "session_ended")
    return [
        "refused without a token, with a forged one, without the scope",
        "refreshed, and a repeat got the same successor; a browser by cookie",
        "a new password ended all sessions",
        "logged out, and refused at once",
    ]


if __name__ == "__main__":
    for line in drive(sys.argv[1]):
        print(f"ok  {line}")  # noqa: T201
