"""Private keys in files: one contract with every vault, nothing in clear, nothing altered, nothing half written."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lukhas_common.crypto import local_keys
from lukhas_common.crypto.keys import ALGORITHMS
from lukhas_common.crypto.local_keys import LocalKeyError, LocalKeys, LocalSigner
from lukhas_common.crypto.ring_ports import Vault
from lukhas_common.crypto.sealing import OVERHEAD, derive, seal, unseal
from tests.fakes import MemoryVault

NONE: frozenset[str] = frozenset()


def local(tmp_path: Path) -> LocalKeys:
    return LocalKeys.at(tmp_path / "keys", tmp_path / "elsewhere" / "secret")


@pytest.fixture
def keys(tmp_path: Path) -> LocalKeys:
    return local(tmp_path)


@pytest.fixture(params=[MemoryVault, local])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    return request.param(tmp_path) if request.param is local else request.param()


def file_of(keys: LocalKeys, kid: str) -> Path:
    return keys.folder / f"{kid}.key"


def secret_of(signer: LocalSigner) -> bytes:
    private: Any = signer._private
    if signer.public_key.algorithm == "ES256":
        return int(private.private_numbers().private_value).to_bytes(32, "big")
    return bytes(private.private_bytes_raw())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_signs_what_its_public_half_verifies(vault: Vault, algorithm: str) -> None:
    reference = vault.create("ring", algorithm)
    key = vault.public_key(reference)
    signer = vault.signer(reference, key)
    assert (key.algorithm, signer.public_key) == (algorithm, key)
    assert key.verifies(b"message", signer.sign(b"message"))
    assert not key.verifies(b"another", signer.sign(b"message"))
    assert vault.public_key(reference) == key


def test_keys_that_no_ring_lists_are_found_by_ring_and_algorithm(vault: Vault) -> None:
    first, second = vault.create("ring", "ES256"), vault.create("ring", "ES256")
    other, longer = vault.create("other", "ES256"), vault.create("ring", "ML-DSA-44")
    assert len({first, second, other, longer}) == 4
    assert set(vault.unlisted("ring", "ES256", NONE)) == {first, second}
    assert vault.unlisted("ring", "ES256", frozenset({first, "unknown"})) == [second]
    assert vault.unlisted("ring", "ML-DSA-44", frozenset({first})) == [longer]
    assert vault.unlisted("ring", "Ed25519", NONE) == []


def test_a_destroyed_key_is_not_found_again_and_may_be_destroyed_twice(vault: Vault) -> None:
    first, second = vault.create("ring", "ES256"), vault.create("ring", "ES256")
    key = vault.public_key(first)
    for _ in range(2):
        vault.destroy(first)
        assert vault.unlisted("ring", "ES256", NONE) == [second]
    with pytest.raises((AssertionError, LocalKeyError)):
        vault.signer(first, key)


def test_an_unknown_algorithm_makes_no_key(vault: Vault) -> None:
    with pytest.raises(ValueError, match="no such algorithm"):
        vault.create("ring", "RS256")
    assert vault.unlisted("ring", "RS256", NONE) == []


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_keys_are_there_after_a_restart(keys: LocalKeys, tmp_path: Path, algorithm: str) -> None:
    kid = keys.create("ring", algorithm)
    again = local(tmp_path)
    key = again.public_key(kid)
    assert key.kid == kid
    assert key.verifies(b"message", again.signer(kid, key).sign(b"message"))
    assert again.unlisted("ring", algorithm, NONE) == [kid]


def test_a_key_is_kept_from_the_first_start_on(keys: LocalKeys, tmp_path: Path) -> None:
    first = keys.kept("ring", "ES256").public_key
    assert local(tmp_path).kept("ring", "ES256").public_key == first
    others = {keys.kept("ring", "Ed25519").public_key.kid, keys.kept("other", "ES256").public_key.kid}
    assert len(others | {first.kid}) == 3


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_files_are_their_owners_and_hold_nothing_in_clear(keys: LocalKeys, tmp_path: Path, algorithm: str) -> None:
    kid = keys.create("ring", algorithm)
    signer = keys.signer(kid, keys.public_key(kid))
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.name for file in files} == {f"{kid}.key", "secret"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert {folder.stat().st_mode & 0o777 for folder in (keys.folder, tmp_path / "elsewhere")} == {0o700}
    stored, shown = file_of(keys, kid).read_bytes(), f"{keys!r} {keys} {signer!r} {signer}".encode()
    for hidden in (secret_of(signer), keys.secret):
        coded = [base64.b64encode(hidden)[:43], base64.urlsafe_b64encode(hidden)[:43], hidden.hex().encode()]
        for form in (hidden, *coded, hidden.hex().upper().encode(), repr(hidden)[2:-1].encode()):
            assert form not in stored
            assert form not in shown
    assert kid in repr(signer)


def test_a_file_is_aes_gcm_bound_to_ring_algorithm_and_kid(keys: LocalKeys) -> None:
    kid = keys.create("ring", "Ed25519")
    content = json.loads(file_of(keys, kid).read_text())
    sealing_key = derive(keys.secret, b"lukhas local keys v1")
    assert sealing_key != keys.secret
    bound = json.dumps(["ring", "Ed25519", kid]).encode()
    opened = unseal(sealing_key, bytes.fromhex(content["sealed"]), bound)
    assert LocalSigner("Ed25519", opened).public_key.kid == kid
    assert len(bytes.fromhex(content["sealed"])) == 32 + OVERHEAD


def test_an_altered_byte_is_refused_and_the_refusal_tells_no_secret(keys: LocalKeys) -> None:
    kid = keys.create("ring", "Ed25519")
    file, hidden = file_of(keys, kid), secret_of(keys.signer(kid, keys.public_key(kid)))
    whole = file.read_bytes()
    for place in range(len(whole)):
        for bit in (0x01, 0x02, 0x80):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            with pytest.raises(LocalKeyError, match=kid) as caught:
                keys.public_key(kid)
            assert hidden.hex() not in str(caught.value)
            assert caught.value.__cause__ is None
            assert caught.value.__suppress_context__
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(LocalKeyError):
            keys.signer(kid, LocalSigner.generate("Ed25519").public_key)


@pytest.mark.parametrize(
    "change",
    [
        {"ring": "other"},
        {"algorithm": "ML-DSA-44"},
        {"algorithm": "none"},
        {"sealed": ""},
        {"sealed": "00" * 60},
        {"sealed": "not hex"},
        {"sealed": None},
        {"ring": None},
        {"ring": ["ring"]},
    ],
)
def test_an_altered_member_is_refused(keys: LocalKeys, change: dict[str, Any]) -> None:
    kid = keys.create("ring", "Ed25519")
    content = json.loads(file_of(keys, kid).read_text())
    file_of(keys, kid).write_text(json.dumps({**content, **change}))
    with pytest.raises(LocalKeyError, match="altered"):
        keys.public_key(kid)


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b'"text"', b"7", b"{}", b'{"ring": "ring"}', b"\xff\xfe"])
def test_another_file_in_its_place_is_refused(keys: LocalKeys, content: bytes) -> None:
    kid = keys.create("ring", "ES256")
    file_of(keys, kid).write_bytes(content)
    with pytest.raises(LocalKeyError, match=f"{kid} cannot be read"):
        keys.public_key(kid)


def test_files_that_were_swapped_are_refused(keys: LocalKeys) -> None:
    first, second = keys.create("ring", "ES256"), keys.create("ring", "ES256")
    one, other = file_of(keys, first).read_bytes(), file_of(keys, second).read_bytes()
    file_of(keys, first).write_bytes(other)
    file_of(keys, second).write_bytes(one)
    for kid in (first, second):
        with pytest.raises(LocalKeyError, match=f"{kid} was altered"):
            keys.public_key(kid)


def test_another_secret_and_a_secret_of_another_length_are_refused(keys: LocalKeys, tmp_path: Path) -> None:
    kid = keys.create("ring", "ES256")
    with pytest.raises(LocalKeyError, match="sealed under another secret"):
        LocalKeys(keys.folder, bytes(32)).public_key(kid)
    for wrong in (b"", keys.secret[:31], keys.secret + b"\n"):
        (tmp_path / "elsewhere" / "secret").write_bytes(wrong)
        with pytest.raises(LocalKeyError, match="does not hold 32 bytes"):
            local(tmp_path)


def test_a_seal_for_something_else_is_no_key(keys: LocalKeys) -> None:
    """Bytes that this secret sealed for another purpose, or under itself, do not open."""
    kid = keys.create("ring", "Ed25519")
    bound = json.dumps(["ring", "Ed25519", kid]).encode()
    for sealing_key in (keys.secret, derive(keys.secret, b"another purpose")):
        sealed = seal(sealing_key, bytes(32), bound).hex()
        file_of(keys, kid).write_text(json.dumps({"ring": "ring", "algorithm": "Ed25519", "sealed": sealed}))
        with pytest.raises(LocalKeyError, match="altered"):
            keys.public_key(kid)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("call", ["open", "fdopen", "fsync", "link"])
def test_a_write_that_was_killed_leaves_no_key(keys: LocalKeys, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(local_keys.os, call, dies)
        patched.setattr(Path, "unlink", dies)
        with pytest.raises(Killed):
            keys.create("ring", "ES256")
    assert keys.unlisted("ring", "ES256", NONE) == []
    kid = keys.create("ring", "ES256")
    assert keys.unlisted("ring", "ES256", NONE) == [kid]


def test_a_secret_that_was_half_written_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(local_keys.os, "fsync", dies)
        with pytest.raises(Killed):
            local(tmp_path)
    assert len(local(tmp_path).secret) == 32
    assert local(tmp_path) == local(tmp_path)


def test_processes_that_start_first_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from lukhas_common.crypto.local_keys import LocalKeys\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for home in map(Path, sys.argv[1:]):\n"
        "    print(LocalKeys.at(home / 'keys', home / 'secrets' / 'secret').create('ring', 'Ed25519'))"
    )
    homes = [tmp_path / str(number) for number in range(100)]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, *homes],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            text=True,
        )
        for _ in range(4)
    ]
    assert [process.stdout.readline() for process in running if process.stdout] == ["ready\n"] * 4
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    made = [process.communicate(timeout=60)[0].split() for process in running]
    assert [process.returncode for process in running] == [0] * 4
    for home, kids in zip(homes, zip(*made, strict=True), strict=True):
        keys = LocalKeys.at(home / "keys", home / "secrets" / "secret")
        assert sorted(kids) == keys.unlisted("ring", "Ed25519", NONE)
        assert [keys.public_key(kid).kid for kid in kids] == list(kids)
        assert len(list((home / "secrets").iterdir())) == 1
