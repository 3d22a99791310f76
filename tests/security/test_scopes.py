"""Scopes under attack: they are words, compared whole."""

from __future__ import annotations

import pytest

from lukhas_common.identity.errors import Reason
from tests.security.forge import Target, refusal

SCOPES = [
    "identity:readwrite",
    "identity",
    "identity:",
    "identity:rea",
    "IDENTITY:READ",
    "Identity:Read",
    "*",
    "identity:*",
    "identity:read,identity:write",
    "identity:read;x",
    "identity:read+x",
    "identity:read%20x",
    "identity/read",
    "identity:write",
    " ",
    "",
]


@pytest.mark.parametrize("scope", SCOPES, ids=ascii)
def test_class_21_scopes_are_compared_whole(signed: Target, scope: str) -> None:
    signed.grant(scope)
    assert signed.world.ask(signed.forged(claims={"scope": scope})).reason is Reason.SCOPE_MISSING


def test_class_21_no_scope_beyond_those_of_the_session_or_family(signed: Target) -> None:
    token = signed.forged(claims={"scope": "identity:read other:scope"})
    assert refusal(signed.world, token) is Reason.TOKEN_REVOKED
    signed.grant("other:scope")
    assert signed.world.ask(token).allowed


@pytest.mark.parametrize("space", ["\t", "\n", "\r\n", "\u00a0", "\u2003", "\u3000", "\0", "\v", "\u2028"])
def test_class_21_only_a_space_separates_scopes(signed: Target, space: str) -> None:
    token = signed.forged(claims={"scope": f"identity:read{space}x"})
    assert refusal(signed.world, token) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("scope", [["identity:read"], {"identity:read": 1}, None, True])
def test_class_21_scopes_are_one_text(signed: Target, scope: object) -> None:
    assert refusal(signed.world, signed.forged(claims={"scope": scope})) is Reason.TOKEN_INVALID


def test_class_21_a_scope_twice_is_the_scope_once(signed: Target) -> None:
    signed.grant("")
    decision = signed.world.ask(signed.forged(claims={"scope": "identity:read  identity:read "}))
    assert decision.user is not None
    assert decision.user.scopes - {""} == {"identity:read"}
    for route in ("PUT /identity/password", "POST /identity/qrg"):
        assert not signed.world.ask(signed.forged(claims={"scope": "identity:read identity:read"}), route).allowed
