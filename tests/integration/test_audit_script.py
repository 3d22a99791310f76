"""The audit of a ledger that the product itself wrote, on the embedded AWS: clean as it is, and whatever is damaged
with the rights of an administrator is named. Everything is put back, because the stack is shared."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.tick import tick
from lukhas_common import times
from lukhas_common.aws import dynamodb
from lukhas_common.aws.ledger_audit_reads import DynamoTable, S3Archive
from lukhas_common.aws.ledger_log import DynamoLogState
from lukhas_common.ledger.auditing.audit import Audited, Finding, Report, audit
from lukhas_common.ledger.auditing.ports import Row, Unreadable
from lukhas_common.tlog.verifiers import Verifier
from tests.stack import ROOT, Stack
from tests.world import PASSWORD

NOTICE = {"id": "privacy-notice", "version": "2026-11", "sha256": "9f86d081884c7d659a2feaa0c55ad015" * 2}
Damage = Callable[[], Any]


class Ledger:
    """The ledger of the stack, with all rights to damage it.

    The log is copied, batch by batch, into a bucket that keeps versions, as template.yaml has it and the embedded AWS
    has not; what is damaged in the bucket is the copy.
    """

    def __init__(self, stack: Stack, aws: Callable[[str], Any], folder: Path) -> None:
        self.stack, self.folder = stack, folder
        self.s3, self.dynamodb = aws("s3"), aws("dynamodb")
        names = stack.ready["functions"]["SequenceLedgerFunction"]
        self.original, self.table, self.locks = (
            names[name] for name in ("LOG_BUCKET", "LEDGER_TABLE", "CHECKPOINTS_TABLE")
        )
        self.bucket = f"copy-{os.urandom(6).hex()}"
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        self._copied: dict[str, str] = {}
        self.keys = json.loads(stack.request("GET", "/ledger/keys").body)
        verifiers = [Verifier.parse(key) for key in self.keys["keys"]]
        self.origin = self.keys["origin"]
        state = DynamoLogState(self.dynamodb, self.locks, self.origin)
        self.audited = Audited(
            self.origin,
            verifiers,
            S3Archive(self.s3, self.bucket),
            state,
            DynamoTable(self.dynamodb, self.table, with_contents=False),
        )
        ready = json.loads(json.dumps(stack.ready))
        ready["functions"]["SequenceLedgerFunction"]["LOG_BUCKET"] = self.bucket
        (folder / "stack.json").write_text(json.dumps(ready))

    def report(self) -> Report:
        return audit(self.audited, times.now())

    def found(self) -> list[Finding]:
        return self.report().findings

    def script(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script as an operator does."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        if "--bucket" in arguments:
            environment |= self.stack.ready["admin"]
        return subprocess.run(
            [sys.executable, "scripts/audit_ledger.py", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )

    def local(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.script("--local", "--state-dir", str(self.folder), *arguments)

    def consent(self, username: str) -> None:
        """Leave some entries: an account, a login, a consent and its withdrawal; and have them sequenced."""
        credentials = {"username": username, "password": PASSWORD}
        assert self.stack.post("/identity/register", credentials).status == 201
        token = self.stack.post("/identity/auth", credentials).json()["access_token"]
        given = {"scope": "elr.interests", "notice": NOTICE}
        signed = {"authorization": f"Bearer {token}"}
        assert self.stack.post("/consent", given, **signed).status == 201
        assert self.stack.post("/consent/elr.interests/withdraw", {}, **signed).status == 200
        code, said = tick("SequenceLedgerFunction", self.stack.port)
        assert code == 0, said
        self.copy()

    def copy(self) -> None:
        """Copy what is new."""
        for found in self.s3.list_objects_v2(Bucket=self.original)["Contents"]:
            if self._copied.get(found["Key"]) != found["ETag"]:
                data = self.s3.get_object(Bucket=self.original, Key=found["Key"])["Body"].read()
                self.s3.put_object(Bucket=self.bucket, Key=found["Key"], Body=data)
                self._copied[found["Key"]] = found["ETag"]

    def original_report(self) -> Report:
        """What an audit finds of the bucket that the product wrote to."""
        return audit(replace(self.audited, archive=S3Archive(self.s3, self.original)), times.now())

    def rows(self) -> list[Row]:
        """The entries in the order of the log."""
        rows = list(DynamoTable(self.dynamodb, self.table, with_contents=True).scan())
        assert not any(isinstance(row, Unreadable) for row in rows)
        known = [row for row in rows if isinstance(row, Row) and row.entry.leaf_index is not None]
        return sorted(known, key=lambda row: row.entry.leaf_index or 0)

    @contextmanager
    def replaced(self, path: str, data: bytes | None) -> Iterator[None]:
        """An object that was written over, or deleted."""
        if data is None:
            made = self.s3.delete_object(Bucket=self.bucket, Key=path)["VersionId"]
        else:
            made = self.s3.put_object(Bucket=self.bucket, Key=path, Body=data)["VersionId"]
        try:
            yield
        finally:
            self.s3.delete_object(Bucket=self.bucket, Key=path, VersionId=made)

    @contextmanager
    def forged(self, path: str, data: bytes | None) -> Iterator[None]:
        """The same by somebody who removes what was there without a trace."""
        before = self.s3.get_object(Bucket=self.bucket, Key=path)
        whole = before["Body"].read()
        self.s3.delete_object(Bucket=self.bucket, Key=path, VersionId=before["VersionId"])
        if data is not None:
            made = self.s3.put_object(Bucket=self.bucket, Key=path, Body=data)["VersionId"]
        try:
            yield
        finally:
            if data is not None:
                self.s3.delete_object(Bucket=self.bucket, Key=path, VersionId=made)
            self.s3.put_object(Bucket=self.bucket, Key=path, Body=whole)

    @contextmanager
    def item(self, table: str, key: dict[str, Any], **changes: Any) -> Iterator[None]:
        """An item with other values; None removes one, and no value at all the whole item."""
        packed = dynamodb.to_item(key)
        before = self.dynamodb.get_item(TableName=table, Key=packed, ConsistentRead=True)["Item"]
        if changes:
            kept = {name: value for name, value in before.items() if name not in changes}
            self.dynamodb.put_item(TableName=table, Item={**kept, **dynamodb.to_item(changes)})
        else:
            self.dynamodb.delete_item(TableName=table, Key=packed)
        try:
            yield
        finally:
            self.dynamodb.put_item(TableName=table, Item=before)


@pytest.fixture(scope="module")
def ledger(stack: Stack, aws: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Two batches at least are in the log."""
    made = Ledger(stack, aws, tmp_path_factory.mktemp("audit"))
    for number in range(2):
        made.consent(f"audited-{os.urandom(6).hex()}-{number}")
    return made


@pytest.fixture(autouse=True)
def put_back(ledger: Ledger) -> Iterator[None]:
    """Nothing is left damaged."""
    yield
    assert ledger.found() == []


def test_what_the_product_wrote_is_clean(ledger: Ledger) -> None:
    report = ledger.report()
    assert report.findings == []
    assert report.size == len(ledger.rows())
    assert report.checkpoints >= 2
    assert replace(ledger.original_report(), checkpoints=0) == replace(report, checkpoints=0)
    assert report.entries == report.size + report.pending

    done = ledger.local("--open")
    assert done.returncode == 0
    assert re.fullmatch(r"(entries: \d+\n)*", done.stderr)  # how far it is, where that takes a while
    lines = done.stdout.splitlines()
    assert lines[0] == f"Log {ledger.origin}: {report.size:,} leaves, root {report.root}"
    assert lines[-1] == "All is well."
    contents = re.fullmatch(r"Contents: ([\d,]+) are what was appended, ([\d,]+) are erased", lines[2])
    assert contents is not None, lines[2]
    appended, erased = (int(number.replace(",", "")) for number in contents.groups())
    assert appended + erased == report.entries  # other tests on the same stack may have erased theirs
    assert appended > 0


def test_a_copy_of_the_bucket_is_audited_with_the_keys_alone(ledger: Ledger, tmp_path: Path) -> None:
    keys = [part for key in ledger.keys["keys"] for part in ("--key", key)]
    kept = tmp_path / "checkpoint"
    kept.write_bytes(ledger.stack.request("GET", "/ledger/checkpoint").body)
    done = ledger.script("--bucket", ledger.bucket, *keys, "--known", str(kept), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["clean"], told["origin"], told["entries"]) == (True, ledger.origin, None)
    other = Verifier.parse(ledger.keys["keys"][0])
    forger = f"{other.name}+00000000+{other.vkey.rpartition('+')[2]}"
    assert ledger.script("--bucket", ledger.bucket, "--key", forger).returncode == 2


def test_damage_is_named_in_the_bucket(ledger: Ledger) -> None:
    size = ledger.report().size
    last, width = divmod(size, 256)
    bundle, tile = f"tile/entries/{last:03}.p/{width}", f"tile/0/{last:03}.p/{width}"
    s3 = {path: ledger.s3.get_object(Bucket=ledger.bucket, Key=path)["Body"].read() for path in (bundle, tile)}
    for path, entry in ((bundle, 34), (tile, 32)):
        bad = s3[path][: 2 * entry - 1] + bytes([s3[path][2 * entry - 1] ^ 1]) + s3[path][2 * entry :]
        for damaged, findings in ((ledger.replaced, 2), (ledger.forged, 1)):
            with damaged(path, bad):
                found = ledger.found()
            assert (found[0].path, found[0].leaf_index, len(found)) == (path, last * 256 + 1, findings)
            with damaged(path, None):
                found = ledger.found()
            assert {(each.path, each.fault) for each in found} >= {(path, "missing")}
    with ledger.replaced("tile/entries/900.p/1", b"\0\1x"):
        assert [each.path for each in ledger.found()] == ["tile/entries/900.p/1"]
    with ledger.replaced("tile/0/000.p/1", b"\0" * 32):
        assert [each.path for each in ledger.found()] == ["tile/0/000.p/1"]
    older = list(S3Archive(ledger.s3, ledger.bucket).notes())[1][1]
    assert older is not None
    for note in (older, b"no note", None):
        with ledger.replaced("checkpoint", note):
            found = ledger.found()
        assert (found[0].path, found[0].stream) == ("checkpoint", None)


def test_damage_is_named_in_the_table(ledger: Ledger) -> None:
    rows = ledger.rows()
    by_place = {(row.entry.stream, row.entry.seq): row.entry for row in rows}
    entry = next(row.entry for row in rows if row.entry.seq and (row.entry.stream, row.entry.seq + 1) in by_place)
    key = {"stream": entry.stream, "seq": entry.seq}
    for changes in ({"commitment": bytes(32)}, {"previous": bytes(32)}, {"leaf_index": 10**6}, {"leaf_index": 0}):
        with ledger.item(ledger.table, key, **changes):
            found = ledger.found()
        assert (found[0].stream, found[0].seq) == (entry.stream, entry.seq), changes
    for changes in ({"commitment": b"short"}, {"commitment": "text"}, {"previous": None}, {"leaf_index": 1.5}):
        with ledger.item(ledger.table, key, **changes):
            found = ledger.found()
        assert (entry.stream, entry.seq) in [(each.stream, each.seq) for each in found], changes
        assert entry.leaf_index in [each.leaf_index for each in found] or "previous" not in changes
    last = max((entry for place, entry in by_place.items() if place[0] == key["stream"]), key=lambda each: each.seq)
    cut = {"commitment": last.commitment[:-1], "leaf_index": None, "pending": "0"}
    with ledger.item(ledger.table, {**key, "seq": last.seq}, **cut):
        assert (last.stream, last.seq) in [(each.stream, each.seq) for each in ledger.found()]
    with ledger.item(ledger.table, key, pending="0"):
        assert "inbox" in ledger.found()[0].text
    with ledger.item(ledger.table, key, leaf_index=None):
        assert {(each.stream, each.leaf_index) for each in ledger.found()} == {
            (entry.stream, None),
            (None, entry.leaf_index),
        }
    with ledger.item(ledger.table, key):
        found = ledger.found()
    assert [(each.stream, each.seq) for each in found if each.stream] == [(entry.stream, entry.seq)]
    assert [each.leaf_index for each in found if not each.stream] == [entry.leaf_index]


def test_damage_is_named_in_the_lock(ledger: Ledger) -> None:
    key = {"origin": ledger.origin}
    for changes in ({}, {"size": 1}, {"root": bytes(32)}, {"note": b"no note"}, {"note": None}, {"size": "many"}):
        with ledger.item(ledger.locks, key, **changes):
            found = ledger.found()
        assert found[0].place == "the lock", changes


def test_the_script_names_the_first_damage_and_lists_the_others(ledger: Ledger) -> None:
    row = next(row for row in ledger.rows() if row.entry.subject is not None)
    key = {"stream": row.entry.stream, "seq": row.entry.seq}
    altered = row.entry.content[:-1] + bytes([row.entry.content[-1] ^ 1])
    with ledger.item(ledger.table, key, content=altered):
        assert ledger.local().returncode == 0, "contents are not read unless that is asked for"
        done = ledger.local("--open")
    assert done.returncode == 1
    assert f"FIRST: altered: {row.entry.stream} {row.entry.seq}, leaf {row.entry.leaf_index}: " in done.stdout
    with ledger.replaced("extra", b""), ledger.replaced("tile/0/000.p/1", b""):
        first, everything, machine = ledger.local(), ledger.local("--all"), ledger.local("--all", "1", "--json")
    assert [done.returncode for done in (first, everything, machine)] == [1, 1, 1]
    assert first.stdout.splitlines()[2:] == [
        "FIRST: altered: tile/0/000.p/1, leaf 0: it is not what the log has there",
        "1 further: list them with --all N",
    ]
    assert everything.stdout.splitlines()[-1] == "       extra: extra: it is no part of a log"
    told = json.loads(machine.stdout)
    assert (told["clean"], told["total"], len(told["findings"])) == (False, 2, 1)
    assert told["findings"][0]["path"] == "tile/0/000.p/1"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--bucket", "x"], "nothing else says who may sign"),
        (["--bucket", "x", "--key", "y", "--open"], "a bucket has none"),
        (["--bucket", "x", "--key", "y"], "not a verifier key"),
        (["--local", "--state-dir", "nowhere"], "make run"),
        (["--local", "--all", "0"], "from 1 on"),
        (["--local", "--stack", "x"], "not allowed"),
        ([], "required"),
    ],
)
def test_without_anything_to_read_there_is_no_verdict(ledger: Ledger, arguments: list[str], text: str) -> None:
    done = ledger.script(*arguments)
    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (2, "", False)
    assert text in done.stderr


def test_what_cannot_be_read_is_no_verdict(ledger: Ledger, tmp_path: Path) -> None:
    kept = tmp_path / "checkpoint"
    kept.write_text("no checkpoint")
    assert ledger.local("--known", str(kept)).returncode == 2
    other = replace(Verifier.parse(ledger.keys["keys"][0]), name="else/where").vkey
    assert "not of lukhas.id/ledger" in ledger.local("--key", other).stderr
    ready = json.loads((ledger.folder / "stack.json").read_text())
    ready["functions"]["SequenceLedgerFunction"]["LEDGER_TABLE"] = "no-such-table"
    (tmp_path / "stack.json").write_text(json.dumps(ready))
    done = ledger.script("--local", "--state-dir", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "ResourceNotFound" in done.stderr


def test_pages_of_any_length_are_read(ledger: Ledger) -> None:
    whole = ledger.report()
    limits = {"Scan": 2, "Query": 1}

    def shorten(params: dict[str, Any], model: Any, **_: Any) -> None:
        params["Limit"] = limits[model.name]

    for name in limits:
        ledger.dynamodb.meta.events.register(f"provide-client-params.dynamodb.{name}", shorten)
    ledger.s3.meta.events.register(
        "provide-client-params.s3.ListObjectVersions", lambda params, **_: params.update(MaxKeys=2)
    )
    row = next(row for row in ledger.rows() if row.entry.seq)
    try:
        assert ledger.report() == whole
        key = {"stream": row.entry.stream, "seq": row.entry.seq}
        with ledger.item(ledger.table, key, previous=bytes(32)):
            assert [(each.stream, each.seq) for each in ledger.found()] == [(row.entry.stream, row.entry.seq)]
    finally:
        for name in limits:
            ledger.dynamodb.meta.events.unregister(f"provide-client-params.dynamodb.{name}", shorten)
