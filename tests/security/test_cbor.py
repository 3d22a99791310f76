"""Tokens that end the process of a reader, and what errors and the library leave unchecked."""

from __future__ import annotations

import subprocess
import sys

import cbor2
import pytest

from lukhas_common.crypto.ring_keys import CachedKeys
from lukhas_common.identity.errors import Reason, TokenInvalidError
from lukhas_common.qrg import cose
from tests.security.forge import KINDS, NOW, Target, long_form

DECODE = """
import resource, sys
from lukhas_common.qrg import cose
resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
try:
    cose.decode(bytes.fromhex(sys.argv[1]))
except ValueError:
    print("refused")
"""


def shared_references(levels: int, width: int) -> bytes:
    """A few hundred bytes of CBOR that stand for ``width ** levels`` items: each level refers to the one below."""
    data = bytes([0x98, levels + 1]) + bytes.fromhex("d81c8100")
    for level in range(levels):
        data += bytes([0xD8, 0x1C, 0x98, width]) + bytes([0xD8, 0x1D, level]) * width
    return data


@pytest.mark.parametrize(
    "data",
    [bytes.fromhex("d81cd81ad81d00"), bytes.fromhex("d81cd2d81d00") + bytes(19), shared_references(6, 40)],
    ids=["a tag within itself", "COSE_Sign1 within itself", "a billion laughs"],
)
def test_class_17_cbor_that_refers_to_itself_is_refused(data: bytes) -> None:
    """Value sharing (tags 28 and 29); in a process of its own, which it may not kill."""
    run = subprocess.run(
        [sys.executable, "-c", DECODE, data.hex()],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert (run.returncode, run.stdout) == (0, "refused\n")


@pytest.mark.parametrize(
    "tag", [0, 1, 2, 3, 4, 5, 18, 24, 25, 28, 30, 35, 36, 37, 52, 54, 61, 100, 256, 258, 260, 1004, 43000]
)
def test_class_17_no_tag_but_the_first_is_read(tag: int) -> None:
    for value in (1, "x", b"x", [1, 2], [0, 1]):
        data = cbor2.dumps(cbor2.CBORTag(tag, value))
        with pytest.raises(ValueError, match="CBOR"):
            cose.decode(data)


def test_class_5_a_read_of_the_keys_that_failed_is_tried_again() -> None:
    """A cold start in a moment without storage must not refuse good tokens for the ten seconds after it."""
    target = Target("ES256")
    world, load = target.world, target.world.rings.load
    object.__setattr__(world.verifier, "keys", CachedKeys("access", world.rings, world.clock))
    world.rings.load = lambda name: (_ for _ in ()).throw(OSError("throttled"))  # type: ignore[method-assign]
    assert world.ask(target.token).reason is Reason.UNAVAILABLE
    world.rings.load = load  # type: ignore[method-assign]
    world.clock.advance(1)
    assert world.ask(target.token).allowed


@pytest.mark.parametrize("kind", KINDS)
def test_class_26_no_error_carries_the_token_in_its_context(kind: str) -> None:
    """json.JSONDecodeError.doc and UnicodeDecodeError.object hold what was decoded."""
    target = Target(kind)
    tokens = [target.token[:-1], "QRG_" + "A" * 40]
    if kind != "handle":
        tokens += [
            target.forged(b"{" + b"x" * 40),
            target.forged(b"", b'{"sub":"secret"'),
            target.forged(b"", b"\xff" * 40),
        ]
    for token in tokens:
        with pytest.raises(TokenInvalidError) as refused:
            target.world.bearer.verify(token, NOW)
        assert refused.value.__context__ is None
        assert refused.value.__cause__ is None


def test_class_20_verify_token_checks_whose_token_it_is() -> None:
    target = Target("QRG")
    target.of_another()
    token = target.forged(claims={"sub": list(target.world.users.users)[1]})
    assert target.world.ask(token).reason is Reason.TOKEN_REVOKED
    assert not target.world.qrg.verify_token(token)
    with pytest.raises(TokenInvalidError):
        target.world.qrg.rotate_token(token)


def test_class_17_an_anonymous_token_ends_no_process() -> None:
    token = long_form(bytes.fromhex("d81cd81ad81d00") + bytes(18))
    code = f"""
from tests.world import World
print(World().ask({token!r}).reason)
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert (run.returncode, run.stdout) == (0, "token_invalid\n")
