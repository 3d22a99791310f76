"""The script around an import: what is shown, what its files keep, and with which code it ends."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lukhas_common.consent.backfill_rows import Rejection
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from scripts import backfill_consent
from scripts import progress as module
from scripts.backfill_consent import SHOWN, Report
from scripts.progress import Bar, Progress, ProgressError
from tests.fakes import Clock
from tests.unit.consent.backfilling import (
    Broken,
    a_grant,
    an_end,
    imported,
    jsonl,
    on,
    rows_of,
)
from tests.unit.consent.desk import grant_of

OURS = {"ledger": "table key", "source": "crm"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_progress_file_keeps_what_was_done_for_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    names = {f"{number:064x}" for number in range(module.BATCH + 5)}
    first = Progress(path, OURS)
    assert first.known == set()
    for name in names:
        first.add(name)
    first.close()
    assert path.stat().st_mode & 0o777 == 0o600
    second = Progress(path, OURS)
    assert second.known == names
    second.add("x")
    second.close()
    third = Progress(path, OURS)
    assert third.known == names | {"x"}
    third.close()
    assert len(path.read_text().splitlines()) == 1 + len(names) + 1


def test_a_batch_is_on_disk_before_the_file_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(module.os, "fsync", synced.append)
    path = tmp_path / "progress"
    kept = Progress(path, OURS)
    monkeypatch.setattr(module, "SECONDS", 1e9)
    before = len(synced)
    for number in range(module.BATCH - 1):
        kept.add(str(number))
    assert (len(path.read_text().splitlines()), len(synced)) == (1, before)
    kept.add("last")
    assert (len(path.read_text().splitlines()), len(synced)) == (1 + module.BATCH, before + 1)
    monkeypatch.setattr(module, "SECONDS", 0.0)
    kept.add("late")
    assert len(path.read_text().splitlines()) == 2 + module.BATCH
    kept.close()


def test_half_a_line_of_a_killed_run_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    Progress(path, OURS).close()
    header = path.read_bytes()
    for left in range(len(header)):
        path.write_bytes(header[:left])
        kept = Progress(path, OURS)
        kept.add("a")
        kept.close()
        assert path.read_bytes() == header + b'{"row": "a"}\n'
    path.write_bytes(header + b'{"row": "a"}\n{"row": "b')
    kept = Progress(path, OURS)
    assert kept.known == {"a"}
    kept.add("c")
    kept.close()
    assert path.read_bytes() == header + b'{"row": "a"}\n{"row": "c"}\n'


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (json.dumps({**OURS, "source": "other"}) + "\n", "another ledger or source"),
        (json.dumps({**OURS, "ledger": "other"}) + "\n", "another ledger or source"),
        ("user_id,event\n", "no progress file"),
        ('{"user_id": "a"}\n{"user_id": "b"}\n', "no progress file"),
        ("[]\n[]\n", "no progress file"),
        ("something", "no progress file"),
    ],
)
def test_a_file_that_belongs_elsewhere_is_refused_and_left_as_it_is(tmp_path: Path, content: str, text: str) -> None:
    path = tmp_path / "progress"
    path.write_text(content)
    with pytest.raises(ProgressError, match=text):
        Progress(path, OURS)
    assert path.read_text() == content


def test_two_runs_do_not_share_a_progress_file(tmp_path: Path) -> None:
    first = Progress(tmp_path / "progress", OURS)
    with pytest.raises(ProgressError, match="in use"):
        Progress(tmp_path / "progress", OURS)
    first.close()
    Progress(tmp_path / "progress", OURS).close()


def test_without_a_file_nothing_is_kept() -> None:
    kept = Progress(None, OURS)
    kept.add("a")
    kept.close()
    assert kept.known == set()


def test_a_terminal_sees_one_line_that_moves() -> None:
    clock, shown = Clock(0.0), Terminal()
    bar = Bar(200, shown, clock)
    bar.show(0, 0, last=False)
    clock.advance(0.05)
    bar.show(1, 0, last=False)
    clock.advance(1.95)
    bar.show(100, 3, last=False)
    clock.advance(0.05)
    bar.show(200, 3, last=True)
    first, second, third = shown.getvalue().removeprefix("\r").split("\r")
    assert first.startswith("[" + "." * 30 + "] 0/200 rows (0 %), 0 rows/s, ETA -, 0 rejected")
    assert second.startswith("[" + "#" * 15 + "." * 15 + "] 100/200 rows (50 %), 50 rows/s, ETA 0:00:02, 3 rejected")
    assert third.startswith("[" + "#" * 30 + "] 200/200 rows (100 %)")
    assert shown.getvalue().count("\n") == 1
    assert shown.getvalue().endswith("\n")


def test_what_is_no_terminal_gets_plain_lines_now_and_then() -> None:
    clock, shown = Clock(0.0), io.StringIO()
    bar = Bar(1000, shown, clock)
    for done in range(500, 1000):
        bar.show(done, 0, last=False)
        clock.advance(1 / 64)
    bar.show(1000, 0, last=True)
    assert shown.getvalue().splitlines() == [
        "500/1000 rows (50 %), 0 rows/s, ETA -, 0 rejected",
        "820/1000 rows (82 %), 64 rows/s, ETA 0:00:03, 0 rejected",
        "1000/1000 rows (100 %), 64 rows/s, ETA 0:00:00, 0 rejected",
    ]


def test_a_file_without_rows_has_a_bar_too() -> None:
    for shown in (io.StringIO(), Terminal()):
        Bar(0, shown, Clock(0.0)).show(0, 0, last=True)
        assert "0/0 rows (0 %)" in shown.getvalue()


@pytest.mark.parametrize(("dry_run", "lines"), [(False, SHOWN + 1), (True, SHOWN + 5)])
def test_the_first_rejected_rows_are_shown_and_all_of_them_in_a_dry_run(dry_run: bool, lines: int) -> None:
    shown = io.StringIO()
    report = Report(None, shown, dry_run)
    for line in range(SHOWN + 5):
        report.add(Rejection(line, "invalid", "scope"))
    report.close()
    assert report.rejected == SHOWN + 5
    assert len(shown.getvalue().splitlines()) == lines
    assert ("--rejected FILE" in shown.getvalue()) is not dry_run


def test_the_report_holds_every_rejected_row_of_this_run_only(tmp_path: Path) -> None:
    shown, path = io.StringIO(), tmp_path / "rejected"
    path.write_text("of the run before\n")
    report = Report(path, shown, False)
    rejections = [Rejection(line, "invalid", "scope \u00e9", "id" * 32) for line in range(SHOWN + 5)]
    for rejection in rejections:
        report.add(rejection)
    report.close()
    assert [json.loads(line) for line in path.read_text().splitlines()] == [each.to_json() for each in rejections]
    assert shown.getvalue() == ""
    assert os.listdir(tmp_path) == ["rejected"]


GOOD = [a_grant(user_id="ada"), a_grant(user_id="bob"), an_end(user_id="bob", event="revoked")]
Script = Callable[..., int]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Runs the script on stores in memory, with a file of three good rows unless there is one already."""
    monkeypatch.chdir(tmp_path)
    Path("old.jsonl").write_bytes(jsonl(GOOD))

    def run(entries: MemoryEntries, keys: MemoryDataKeys, *arguments: str) -> int:
        manager = on(entries, keys, patience=-1.0)
        monkeypatch.setattr(backfill_consent, "_connect", lambda _options: (manager, "ledger"))
        monkeypatch.setattr(sys, "argv", ["x", "--local", "old.jsonl", "--source", "crm", *arguments])
        return backfill_consent.main()

    return run


def test_the_script_ends_with_0_when_everything_is_there(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    entries, keys = MemoryEntries(), MemoryDataKeys()
    on(entries, keys).grant("ada", grant_of("elr"))
    assert script(entries, keys) == 0
    assert capsys.readouterr().out.splitlines() == [
        "imported: 3 (granted 2, withdrawn 0, revoked 1)",
        "  of these without effect, because later choices stand: 1",
        "already there: 0",
        "rejected: 0",
        "failed: 0",
    ]
    newest = on(entries, keys).ledger.newest("consent/bob")
    assert newest is not None
    assert newest.body["event"]["provenance"]["source"] == "crm"
    assert script(entries, keys) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "imported: 0 (granted 0, withdrawn 0, revoked 0)",
        "already there: 3",
    ]


def test_failed_rows_are_reported_are_not_kept_as_done_and_end_it_with_1(
    script: Script, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    entries, keys = Broken(), MemoryDataKeys()
    files = ("--rejected", "rejected", "--progress-file", "progress")
    Path("old.jsonl").write_bytes(b"{}\n" + jsonl(GOOD))
    assert script(entries, keys, *files) == 1
    assert "failed: 1" in capsys.readouterr().out
    lines = [json.loads(line) for line in Path("rejected").read_text().splitlines()]
    assert [(line["line"], line["reason"]) for line in lines] == [(1, "missing"), (2, "failed")]
    assert len(Path("progress").read_text().splitlines()) == 1 + 2
    entries.broken = False
    assert script(entries, keys, *files) == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines()[:3] == [
        "imported: 1 (granted 1, withdrawn 0, revoked 0)",
        "already there: 2",
        "rejected: 1",
    ]
    assert shown.err.splitlines()[0].startswith("3/4 rows (75 %)")
    assert len(Path("rejected").read_text().splitlines()) == 1


def test_rows_that_the_progress_file_knows_are_not_looked_up(script: Script) -> None:
    entries, keys = MemoryEntries(), MemoryDataKeys()
    ada, *bob = rows_of(GOOD)
    kept = Progress(Path("progress"), {"ledger": "ledger", "source": "crm"})
    kept.add(ada.row_id)
    kept.close()
    assert script(entries, keys, "--progress-file", "progress") == 0
    assert set(imported(entries, keys)) == {row.row_id for row in bob}


def test_a_run_that_is_interrupted_says_so_and_keeps_what_was_done(
    script: Script, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    entries, keys = MemoryEntries(), MemoryDataKeys()
    add = Progress.add

    def interrupted(kept: Progress, row_id: str) -> None:
        add(kept, row_id)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Progress, "add", interrupted)
        assert script(entries, keys, "--progress-file", "progress", "--workers", "1") == 1
    assert "interrupted: run it again to go on" in capsys.readouterr().out
    assert len(Path("progress").read_text().splitlines()) == 2
    assert script(entries, keys, "--progress-file", "progress") == 0
    assert imported(entries, keys).total() == len(GOOD)
