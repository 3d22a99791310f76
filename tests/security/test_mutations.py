"""Good tokens, altered in every way that hypothesis finds: none is accepted, and none breaks a reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.identity.errors import Reason
from tests.security.forge import ACCESS, KINDS, Target, long_form, refusal

REASONS = {
    Reason.AUTHORIZATION_MISSING,
    Reason.AUTHORIZATION_MALFORMED,
    Reason.TOKEN_INVALID,
    Reason.SIGNATURE_INVALID,
}
TARGETS = {kind: Target(kind) for kind in KINDS}
OTHERS = {kind: target.of_another() for kind, target in TARGETS.items()}
CHARS = st.sampled_from("ABCQRGefxyz019-_.+/=,~ \t\n\0\u00e9\uff21\ud800")


def is_refused(target: Target, token: str) -> bool:
    return refusal(target.world, token) in REASONS


def decoded(target: Target, token: str) -> list[bytes]:
    """The bytes that a token is made of: three segments, one CBOR, or one id."""
    if target.kind in ACCESS:
        return [unb64url(part) for part in token.split(".")]
    text = token.removeprefix("QRG_")
    return [unb64url(text) if target.kind == "QRG" else bytes.fromhex(text)]


def encoded(target: Target, parts: list[bytes]) -> str:
    """The token of such bytes."""
    if target.kind in ACCESS:
        return ".".join(map(b64url, parts))
    return long_form(parts[0]) if target.kind == "QRG" else f"QRG_{parts[0].hex()}"


@pytest.mark.parametrize("kind", KINDS)
def test_class_18_what_is_altered_here_is_good(kind: str) -> None:
    target = TARGETS[kind]
    for token in (target.token, OTHERS[kind]):
        assert target.world.ask(token).allowed
        assert encoded(target, decoded(target, token)) == token


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_class_18_no_flipped_bit(kind: str, data: st.DataObject) -> None:
    target = TARGETS[kind]
    parts = [bytearray(part) for part in decoded(target, target.token)]
    part = parts[data.draw(st.integers(0, len(parts) - 1))]
    bits = data.draw(st.sets(st.integers(0, 8 * len(part) - 1), min_size=1, max_size=4))
    for bit in bits:
        part[bit // 8] ^= 1 << bit % 8
    assert is_refused(target, encoded(target, [bytes(part) for part in parts]))


@pytest.mark.parametrize("kind", KINDS)
def test_class_18_no_flipped_bit_before_the_signature(kind: str) -> None:
    """Every bit, one after the other, of what is signed and of all around it; of the signature every tenth."""
    target = TARGETS[kind]
    whole = decoded(target, target.token)
    for at, part in enumerate(whole):
        signature = 2420 if target.kind == "QRG" else len(part) if at == 2 else 0
        for bit in [*range(8 * (len(part) - signature)), *range(8 * (len(part) - signature), 8 * len(part), 83)]:
            changed = bytearray(part)
            changed[bit // 8] ^= 1 << bit % 8
            token = encoded(target, [*whole[:at], bytes(changed), *whole[at + 1 :]])
            decision = target.world.ask(token)
            assert not decision.allowed
            assert decision.reason in REASONS


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_class_18_no_text_but_the_token(kind: str, data: st.DataObject) -> None:
    """Characters are cut away, put in, put in another's place, doubled, or swapped."""
    target = TARGETS[kind]
    token = target.token
    at, to = sorted(data.draw(st.tuples(st.integers(0, len(token)), st.integers(0, len(token)))))
    text = data.draw(st.text(CHARS, min_size=1, max_size=5))
    altered = data.draw(
        st.sampled_from(
            [
                token[:at],
                token[to:],
                token[:at] + token[to:],
                token[:at] + text + token[at:],
                token[:at] + text + token[to:],
                token[:to] + token[at:],
                token[:at] + token[at:to] * 2 + token[to:],
                token[:at] + token[at:to][::-1] + token[to:],
                token[:at] + token[at:to].swapcase() + token[to:],
                token[to:] + token[:to],
                text,
            ]
        )
    )
    assert altered == token or is_refused(target, altered)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_class_18_no_splice_of_two_good_tokens(kind: str, data: st.DataObject) -> None:
    """At any character, at any byte of any segment, or whole segments of one in the other."""
    target = TARGETS[kind]
    mine, other = data.draw(st.permutations([target.token, OTHERS[kind]]))
    here, there = decoded(target, mine), decoded(target, other)
    at = data.draw(st.integers(0, len(here) - 1))
    cut = data.draw(st.integers(0, len(here[at])))
    chosen = [data.draw(st.sampled_from(pair)) for pair in zip(here, there, strict=True)]
    place, place_there = (data.draw(st.integers(0, len(token))) for token in (mine, other))
    for altered in (
        mine[:place] + other[place:],
        mine[:place] + other[place_there:],
        encoded(target, [*here[:at], here[at][:cut] + there[at][cut:], *here[at + 1 :]]),
        encoded(target, [*here[:at], here[at] + there[at], *here[at + 1 :]]),
        encoded(target, chosen),
    ):
        assert altered in (mine, other) or is_refused(target, altered)
