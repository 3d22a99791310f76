"""The script that makes keys for sealed exports, and opens these."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lukhas_common.crypto.hpke import RecipientKey
from lukhas_common.crypto.sealed_files import SEGMENT, seal_file
from scripts import open_export

CONTENT = b"x" * (3 * SEGMENT)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["open_export.py", *arguments])
    return open_export.main()


def test_what_is_sealed_to_a_new_key_is_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "new", "a.key") == 0
    assert stat.S_IMODE((folder / "a.key").stat().st_mode) == 0o600
    public = capsys.readouterr().out.strip()
    assert run(monkeypatch, "public", "a.key") == 0
    assert capsys.readouterr().out.strip() == public
    (folder / "sealed").write_bytes(b"".join(seal_file(RecipientKey.from_text(public), [CONTENT])))
    assert run(monkeypatch, "open", "a.key", "sealed", "plain") == 0
    assert (folder / "plain").read_bytes() == CONTENT
    assert "196608 bytes" in capsys.readouterr().out


def test_nothing_is_left_of_what_does_not_open_and_nothing_is_overwritten(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "new", "a.key") == run(monkeypatch, "new", "b.key") == 0
    public = capsys.readouterr().out.split()[0]
    whole = b"".join(seal_file(RecipientKey.from_text(public), [CONTENT]))
    (folder / "sealed").write_bytes(whole)
    (folder / "short").write_bytes(whole[:-1])
    before = sorted(folder.iterdir())
    assert run(monkeypatch, "open", "b.key", "sealed", "plain") == 1
    assert run(monkeypatch, "open", "a.key", "short", "plain") == 1
    assert run(monkeypatch, "open", "a.key", "none", "plain") == 1
    assert run(monkeypatch, "open", "a.key", "sealed", "b.key") == 1
    assert run(monkeypatch, "new", "a.key") == 1
    with pytest.raises(SystemExit):
        run(monkeypatch, "open", "sealed", "sealed", "plain")
    said = capsys.readouterr().err
    assert said.count("Refused: ") == 6
    assert "opening-key" not in said
    assert sorted(folder.iterdir()) == before
