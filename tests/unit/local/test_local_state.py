"""States that cannot be used; that a usable one is, test_local_standin.py shows."""

import pickle
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from local.sealing import HEADER, Unreadable, seal, unseal
from local.state import FORMAT, Saver, restore, take_up

KEY, OTHER = bytes(32), bytes([1] * 32)
EMPTY = pickle.dumps(FORMAT) + pickle.dumps(({}, {}, {}))
SEALED = seal(KEY, EMPTY)


class Bomb:
    """What must never be unpickled: it would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "state.key").write_bytes(KEY)
    return tmp_path / "state.pickle"


def aside(path: Path) -> list[bytes]:
    """What was moved aside in place of a file."""
    return [file.read_bytes() for file in path.parent.glob(f"{path.name}.unreadable-*")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is of another version, or damaged"),
        (b"garbage", "is of another version, or damaged"),
        (EMPTY, "is not encrypted"),
        (HEADER, "was altered"),
        (seal(KEY, b""), "is damaged (EOFError"),
        (seal(KEY, b"garbage"), "is damaged (UnpicklingError"),
        (seal(KEY, pickle.dumps(FORMAT)), "is damaged (EOFError"),
        (seal(KEY, pickle.dumps(FORMAT) + pickle.dumps("else")), "is damaged (ValueError"),
        (seal(KEY, pickle.dumps({**FORMAT, "moto": "4.0.0"}) + pickle.dumps(({}, {}, {}))), "was written by"),
        (seal(KEY, pickle.dumps({**FORMAT, "python": [2, 7]}) + pickle.dumps(({}, {}, {}))), "was written by"),
        (seal(OTHER, EMPTY), "was altered, or its key is another"),
        (SEALED[:-1], "was altered"),
        (SEALED[:-1] + bytes([SEALED[-1] ^ 1]), "was altered"),
        (HEADER.replace(b"2", b"3") + SEALED[len(HEADER) :], "is of another version"),
    ],
    ids=lambda value: value if isinstance(value, str) else "state",
)
def test_a_state_that_cannot_be_used_is_moved_aside_and_said_so(
    state: Path, capsys: pytest.CaptureFixture[str], content: bytes, reason: str
) -> None:
    state.write_bytes(content)
    assert take_up(state, fresh=False) == ({}, KEY)
    assert aside(state) == [content]
    said = capsys.readouterr().err
    assert f"it {reason}" in said
    assert f"Moved to {state}.unreadable-" in said


def test_the_version_is_part_of_what_is_authenticated(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal(KEY, EMPTY)
    assert unseal(KEY, sealed) == EMPTY
    later = HEADER.replace(b"2", b"3")
    monkeypatch.setattr("local.sealing.HEADER", later)
    with pytest.raises(Unreadable, match="altered"):
        unseal(KEY, later + sealed[len(HEADER) :])


@pytest.mark.parametrize("key", [None, b"", bytes(31), bytes(33)])
def test_a_state_without_its_key_is_moved_aside_and_a_new_key_is_made(
    state: Path, capsys: pytest.CaptureFixture[str], key: bytes | None
) -> None:
    sealed, file = seal(KEY, EMPTY), state.with_suffix(".key")
    state.write_bytes(sealed)
    file.unlink() if key is None else file.write_bytes(key)
    kept, new = take_up(state, fresh=False)
    assert (kept, len(new), new == KEY) == ({}, 32, False)
    assert file.read_bytes() == new
    assert file.stat().st_mode & 0o777 == 0o600
    assert (aside(state), aside(file)) == ([sealed], [] if key is None else [key])
    assert f"its key {file} " in capsys.readouterr().err


@pytest.mark.parametrize("key", [None, OTHER])
def test_nothing_is_unpickled_that_was_not_sealed_with_the_key(state: Path, key: bytes | None) -> None:
    crater = state.with_name("crater")
    bomb = pickle.dumps(Bomb(crater))
    state.write_bytes(seal(key, bomb) if key else bomb)
    take_up(state, fresh=False)
    assert not crater.exists()
    with pytest.raises(Unreadable):
        restore(bomb)
    assert crater.exists()  # so it would have gone off


def test_a_last_state_is_saved_even_if_no_request_wrote_anything(state: Path) -> None:
    Saver(state, KEY, lambda: b"last", threading.Event(), every=60).close()
    assert unseal(KEY, state.read_bytes()) == b"last"


def test_a_state_that_cannot_even_be_opened_is_moved_aside(state: Path) -> None:
    state.mkdir()
    assert take_up(state, fresh=False) == ({}, KEY)
    (moved,) = state.parent.glob("state.pickle.unreadable-*")
    shutil.rmtree(moved)
