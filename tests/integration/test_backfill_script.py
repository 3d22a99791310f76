"""The script that imports old consents, as an operator runs it on the one-machine stack."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from lukhas_common import times
from lukhas_common.aws.data_keys import DynamoDataKeys, KmsWrapper
from lukhas_common.aws.ledger_entries import DynamoEntries
from lukhas_common.consent.backfill_rows import Row, read_rows
from lukhas_common.consent.models import stream_of
from lukhas_common.ledger.data_keys import DataKeys
from lukhas_common.ledger.ledger import Ledger
from scripts import backfill_consent
from tests.http_client import Api
from tests.stack import ROOT, Stack, start
from tests.unit.consent.backfilling import Said, a_grant, an_end, csv_file, jsonl
from tests.world import PASSWORD

Run = Callable[..., subprocess.CompletedProcess[str]]
SOURCE = "crm"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, Path]]:
    """A stack that keeps its state, so that a script finds it."""
    folder = tmp_path_factory.mktemp("kept")
    running = start(folder, ROOT / "template.yaml", "--no-schedules", "--state-dir", str(folder / "state"))
    yield running, folder / "state"
    assert running.stop() == 0


@pytest.fixture(scope="module")
def ledger(kept: tuple[Stack, Path]) -> Ledger:
    """The ledger of that stack, with the rights of its admin."""
    ready = kept[0].ready
    named = {name: value for each in ready["functions"].values() for name, value in each.items()}
    admin = {name.lower(): ready["admin"][name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    session = boto3.Session(region_name=ready["admin"]["AWS_DEFAULT_REGION"], **admin)
    dynamodb, kms = (session.client(name, endpoint_url=ready["standin_url"]) for name in ("dynamodb", "kms"))
    wrapper = KmsWrapper(lambda: kms, named["DATA_KEY_ID"], named["STACK_NAME"])
    keys = DataKeys(DynamoDataKeys(dynamodb, named["DATA_KEYS_TABLE"]), wrapper, times.now)
    return Ledger(DynamoEntries(dynamodb, named["LEDGER_TABLE"]), keys, times.now)


@pytest.fixture
def command(kept: tuple[Stack, Path]) -> list[str]:
    return [sys.executable, "scripts/backfill_consent.py", "--local", "--state-dir", str(kept[1]), "--source", SOURCE]


@pytest.fixture
def run(command: list[str]) -> Run:
    def script(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False, env=environment()
        )

    return script


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def people(name: str, many: int, each: int) -> list[Said]:
    """Rows of several people, the newest first."""
    said = []
    for number in range(many * each):
        at = times.rfc3339(1_700_000_000.0 - number)
        user = f"{name}-{number % many}"
        said.append((an_end if number % 5 == 0 else a_grant)(user_id=user, indicated_at=at))
    return said


def imported(ledger: Ledger, said: list[Said]) -> Counter[str]:
    """How often the ledger holds each row of these people."""
    users = dict.fromkeys(row["user_id"] for row in said)
    events = [opened.body["event"] for user in users for opened in ledger.read(stream_of(user))]
    return Counter(event["provenance"]["row"] for event in events)


def once(said: list[Said]) -> Counter[str]:
    return Counter(row.row_id for row in read_rows(jsonl(said), "jsonl", SOURCE, times.now()) if isinstance(row, Row))


def test_a_person_finds_what_was_imported_in_their_history(kept: tuple[Stack, Path], run: Run, tmp_path: Path) -> None:
    api, credentials = Api(kept[0].url), {"username": "ada", "password": PASSWORD}
    user_id = api("POST", "/identity/register", credentials).body["user_id"]
    file = tmp_path / "old.csv"
    file.write_bytes(
        csv_file(
            [an_end(user_id=user_id, indicated_at="2024-03-01T00:00:00Z"), a_grant(user_id=user_id)], separator=";"
        )
    )
    done = run(file)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "imported: 2 (granted 1, withdrawn 1, revoked 0)",
        "already there: 0",
        "rejected: 0",
        "failed: 0",
    ]
    assert "2/2 rows (100 %)" in done.stderr
    access = api("POST", "/identity/auth", credentials).body["access_token"]
    entries = api("GET", "/consent/history", token=access).body["entries"]
    assert [entry["kind"] for entry in entries] == ["consent.granted", "consent.withdrawn"]
    for entry in entries:
        assert entry["body"]["event"]["provenance"]["source"] == SOURCE
        assert entry["body"]["record"]["lukhas:imported"] is True
    assert entries[0]["body"]["event"]["indicated_at"] == "2024-01-01T00:00:00.000Z"
    asked = {"requester_role": "agent", "scopes": ["elr.interests"], "purpose": "dpv:DirectMarketing"}
    assert api("POST", "/consent/check", asked, token=access).body["allowed"] is False


def test_a_run_that_is_killed_goes_on_and_imports_each_row_once(
    ledger: Ledger, command: list[str], run: Run, tmp_path: Path
) -> None:
    said = people("killed", 6, 10)
    file, progress = tmp_path / "old.jsonl", tmp_path / "progress"
    file.write_bytes(jsonl(said))
    arguments = [*command, str(file), "--progress-file", str(progress)]
    running = subprocess.Popen(
        arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
    )
    until = time.monotonic() + 30
    while running.poll() is None and time.monotonic() < until:
        if sum(ledger.store.newest(stream_of(f"killed-{number}")) is not None for number in range(6)) > 3:
            break
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL, "it was killed in the middle"
    before = imported(ledger, said).total()
    assert 0 < before < len(said)
    done = run(file, "--progress-file", progress)
    assert done.returncode == 0, done.stderr
    assert f"already there: {before}" in done.stdout
    assert imported(ledger, said) == once(said)
    for number in range(6):
        times_of = [opened.body["event"]["indicated_at"] for opened in ledger.read(stream_of(f"killed-{number}"))]
        assert times_of == sorted(times_of)
    assert len(progress.read_text().splitlines()) == 1 + len(said)
    progress.unlink()
    assert f"already there: {len(said)}" in run(file).stdout
    assert imported(ledger, said) == once(said)


def test_runs_at_once_import_each_row_once(ledger: Ledger, command: list[str], tmp_path: Path) -> None:
    said = people("both", 3, 6)
    file = tmp_path / "old.jsonl"
    file.write_bytes(jsonl(said))
    running = [
        subprocess.Popen([*command, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment())
        for _ in range(2)
    ]
    for each in running:
        each.communicate()
    assert [each.returncode for each in running] == [0, 0]
    assert imported(ledger, said) == once(said)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(ledger: Ledger, run: Run, tmp_path: Path) -> None:
    said = [*people("dry", 2, 5), a_grant(user_id="dry-0", scope="nothing")]
    file = tmp_path / "old.jsonl"
    file.write_bytes(jsonl(said))
    done = run(file, "--dry-run")
    assert done.returncode == 1
    rejected, *summary = done.stdout.splitlines()
    assert json.loads(rejected) | {"row": ""} == {
        "line": 11,
        "row": "",
        "reason": "unknown_scope",
        "detail": "scope is not one that is known here",
    }
    assert summary[0] == "would be imported: 10 (granted 8, withdrawn 2, revoked 0)"
    assert imported(ledger, said).total() == 0
    assert ledger.keys.store.load("dry-0").key_id is None
    assert os.listdir(tmp_path) == ["old.jsonl"]


def test_rejected_rows_are_reported_and_the_others_imported(ledger: Ledger, run: Run, tmp_path: Path) -> None:
    said = people("some", 2, 3)
    file, report = tmp_path / "old", tmp_path / "rejected.jsonl"
    file.write_bytes(b"\xff\n" + jsonl(said) + b"{\n" + jsonl([a_grant(user_id="Anna Meier", retention="x")]))
    done = run(file, "--format", "jsonl", "--rejected", report)
    assert done.returncode == 1
    assert "rejected: 3" in done.stdout
    lines: list[dict[str, Any]] = [json.loads(line) for line in report.read_text().splitlines()]
    assert [(line["line"], line["reason"]) for line in lines] == [(1, "not_utf8"), (8, "not_json"), (9, "invalid")]
    assert "retention" in lines[2]["detail"]
    assert "Anna" not in report.read_text() + done.stdout + done.stderr
    assert imported(ledger, said) == once(said)


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("old.csv", (), "'users' is no column"),
        ("old.txt", (), "--format"),
        ("missing.csv", (), "No such file"),
        ("old.csv", ("--workers", "0"), "--workers"),
        ("old.csv", ("--source", ""), "--source"),
        ("old.csv", ("--dry-run", "--rejected", "x"), "writes nothing"),
        ("old.csv", ("--dry-run", "--progress-file", "x"), "writes nothing"),
        ("old.csv", ("--rejected", "old.csv"), "three files"),
        ("old.csv", ("--progress-file", "x", "--rejected", "x"), "three files"),
        ("good.jsonl", (), "make run"),
    ],
)
def test_what_cannot_start_says_why(
    name: str,
    arguments: tuple[str, ...],
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = prepared(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["backfill_consent.py", "--local", "--state-dir", ".", name, *arguments])
    try:
        code: object = backfill_consent.main()
    except SystemExit as stopped:  # how argparse refuses options
        code = stopped.code
    assert code == 2
    assert text in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "text"),
    [(("--rejected", "none/x"), "No such file"), (("--progress-file", "old.csv"), "no progress file")],
)
def test_files_that_cannot_be_written_keep_it_from_starting(
    run: Run, ledger: Ledger, arguments: tuple[str, str], text: str, tmp_path: Path
) -> None:
    before = prepared(tmp_path)
    done = run(tmp_path / "good.jsonl", arguments[0], tmp_path / arguments[1])
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert ledger.newest(stream_of("unstarted")) is None


def prepared(folder: Path) -> dict[str, bytes]:
    files = {"old.csv": b"users,event\n", "old.txt": b"", "good.jsonl": jsonl([a_grant(user_id="unstarted")])}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return files
