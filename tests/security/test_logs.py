"""Logs and errors under attack: nothing of a token gets into them, and no claim writes a line."""

from __future__ import annotations

import json
import traceback

import pytest

from lukhas_common.crypto.base64url import b64url
from lukhas_common.crypto.keys import PublicKey
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.identity.errors import IdentityError, TokenInvalidError
from tests.security.forge import KINDS, NOW, Target

TOO_LONG = 13


def leaked(text: str, token: str) -> list[str]:
    """The parts of a token in a text that are longer than twelve characters."""
    return [token[at : at + TOO_LONG] for at in range(len(token) - TOO_LONG + 1) if token[at : at + TOO_LONG] in text]


def told(target: Target, *things: object) -> str:
    """All that things show, but for ids of families: these are told on purpose, and are half of a handle."""
    text = "".join(map(repr, things))
    for family in target.world.families.families:
        text = text.replace(family, "a family")
    return text


def broken(target: Target) -> list[str]:
    """Tokens that are refused for reasons of every kind."""
    token, other = target.token, Target(target.kind).token
    made = [
        token[:-1],
        token + "A",
        token[: len(token) // 2] + other[len(token) // 2 :],
        token.swapcase(),
        other,
        f"{token}.{token}",
        f"QRG_{token}",
    ]
    if target.kind == "handle":
        return [*made, token[:20] + other[20:], other[:20] + token[20:]]
    late = {"iat": NOW - 7200, "exp": NOW - 3600}
    changes = [
        late,
        {"iss": "x"},
        {"aud": "x"},
        {"exp": "soon"},
        {"jti": "\r\nx"},
        {"sub": "x" * 500},
        {"scope": "x y"},
    ]
    return [
        *made,
        *(target.forged(claims=each) for each in changes),
        target.forged({"kid": "k" * 50}),
        target.forged(b"{"),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_class_26_no_refusal_repeats_the_token(kind: str) -> None:
    """Neither the decision nor an audit event holds more than twelve characters of it."""
    target = Target(kind)
    world = target.world
    asked = broken(target)
    decisions = [world.ask(token) for token in asked]
    decisions += [world.ask(token, "PUT /identity/password") for token in asked]
    assert not any(decision.allowed and decision.reason is None for decision in decisions[: len(asked)])
    text = told(target, decisions, world.audit.events, world.key_audit.events)
    assert "auth.refused" in text
    for token in (*asked, target.token):
        assert not leaked(text, token)


@pytest.mark.parametrize("kind", KINDS)
def test_class_26_no_error_repeats_the_token(kind: str) -> None:
    """Nor does the text of an exception, or the trace that a log would show."""
    target = Target(kind)
    world, refused = target.world, 0
    for token in broken(target):
        for read in (world.bearer.verify, world.verifier.verify, world.qrg_reader.authentic):
            try:
                read(token, NOW)
            except TokenInvalidError as error:
                refused += 1
                trace = "".join(traceback.format_exception(error))
                shown = f"{error}{error!r}{error.detail}{error.args}{trace}"
                assert not leaked(shown, token)
                assert str(error) == error.reason.value
    assert refused > 20


@pytest.mark.parametrize("kind", KINDS)
def test_class_26_what_happens_to_a_good_token_is_told_without_it(kind: str) -> None:
    """Asked with, introspected, refused for its scope, rotated, revoked: the log names it and cannot use it."""
    target = Target(kind)
    world, tokens = target.world, [target.token]
    world.ask(target.token)
    world.ask(target.token, "DELETE /identity")
    world.introspection.facts(target.token)
    if target.ring == "qrg":
        made = world.qrg.issuer.rotate(target.token)
        tokens += [made.token, made.handle]
        with pytest.raises(IdentityError):
            world.qrg.issuer.rotate(target.token)
    for token in tokens:
        world.revocation.revoke(token)
    refreshed = world.login.refresh(target.session.refresh_token)
    text = told(target, world.audit.events)
    assert text.count("auth.allowed") == 1
    for token in (*tokens, target.session.refresh_token, refreshed.refresh_token, refreshed.access_token):
        assert not leaked(text, token)
    names = [
        details[name] for _, details in world.audit.events for name in ("token_id", "family_id") if details.get(name)
    ]
    assert names
    for name in names:
        assert not world.ask(f"QRG_{name}").allowed
        assert not world.ask(str(name)).allowed


BAD = ['x"}\r\n{"level":"INFO"}', "\x1b[2J\x1b[31m", "\x00", "\u2028{", "\u202egnp", "\x7f", "\x9b31m", "%0d%0a\n"]


@pytest.mark.parametrize("name", ["sub", "sid", "jti", "client_id", "scope", "iss", "aud"])
@pytest.mark.parametrize("text", BAD, ids=ascii)
def test_class_26_no_claim_writes_a_log_line(signed: Target, name: str, text: str) -> None:
    decision = signed.world.ask(signed.forged(claims={name: text}))
    assert not decision.allowed
    assert decision.user is None
    for value in signed.world.audit.events[-1][1].values():
        assert text not in str(value)
        assert str(value).isprintable()


def test_class_26_no_error_repeats_a_private_key() -> None:
    """PyJWT's own error prints the whole JWK, d and priv included."""
    secret = b64url(b"\xab" * 32)
    es256 = {**LocalSigner.generate("ES256").public_key.jwk, "d": secret}
    ml_dsa = {**LocalSigner.generate("ML-DSA-44").public_key.jwk, "priv": secret}
    for jwk in (
        {**es256, "y": es256["x"]},
        {**es256, "crv": "P-384"},
        {**es256, "x": secret},
        {**es256, "kty": secret},
        {**ml_dsa, "pub": secret},
        {**ml_dsa, "alg": secret},
        {"kty": "oct", "k": secret},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": secret},
    ):
        with pytest.raises(ValueError, match=r"key|curve") as refused:
            PublicKey.from_jwk(jwk)
        error: BaseException | None = refused.value
        while error is not None:
            assert not leaked(f"{error}{error!r}", secret)
            error = error.__context__
        assert not leaked("".join(traceback.format_exception(refused.value)), secret)
    kept = PublicKey.from_jwk(es256)
    assert secret not in json.dumps(kept.as_jwk()) + repr(kept)


def test_class_26_a_signer_shows_no_private_key() -> None:
    for algorithm in ("ES256", "Ed25519", "ML-DSA-44"):
        secret = b"\x11" * 32
        signer = LocalSigner(algorithm, secret)
        assert not leaked(repr(signer) + str(signer), b64url(secret))
        assert not leaked(repr(signer) + str(signer), secret.hex())
