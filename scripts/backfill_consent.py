"""Import old consents into the ledger, each once and marked as imported. docs/backfill.md has the format of the rows.

    python scripts/backfill_consent.py --stack lukhas-prod consents.csv --source crm --dry-run
    python scripts/backfill_consent.py --stack lukhas-prod consents.csv --source crm --rejected rejected.jsonl

Run it again after whatever went wrong: it goes on where it was, and imports no row twice.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from botocore.exceptions import BotoCoreError, ClientError

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "lukhas_common")]

if TYPE_CHECKING:
    from lukhas_common.consent.history import ConsentHistoryManager

from lukhas_common import times  # noqa: E402 - found by the line above
from lukhas_common.consent import checks  # noqa: E402
from lukhas_common.consent.backfill import Backfill, Done, Outcome  # noqa: E402
from lukhas_common.consent.backfill_files import LAYOUTS, FileError  # noqa: E402
from lukhas_common.consent.backfill_rows import EVENTS, Rejection, Row, read_rows  # noqa: E402
from lukhas_common.consent.errors import ConsentError  # noqa: E402
from scripts.place import add_place, take_environment  # noqa: E402
from scripts.progress import Bar, Progress, ProgressError  # noqa: E402

SHOWN = 20
"""Rejected rows that are shown where no file takes them."""


def main() -> int:
    """Import the file; 0 if all of it is in the ledger, 1 if some rows are not, 2 if it could not start."""
    options = _options()
    try:
        checks.text(options.source, "--source", 128)
        rows, rejections = _read(options)
        manager, ledger = _connect(options)
        progress = Progress(options.progress_file, {"ledger": ledger, "source": options.source})
        report = Report(options.rejected, sys.stdout if options.dry_run else sys.stderr, options.dry_run)
    except (FileError, ProgressError, ConsentError, OSError, ClientError, BotoCoreError) as error:
        print(f"Could not start: {error}", file=sys.stderr)
        return 2
    with closing(progress), closing(report):
        return _import(options, manager, rows, rejections, report, progress)


def _import(
    options: argparse.Namespace,
    manager: ConsentHistoryManager,
    rows: list[Row],
    rejections: list[Rejection],
    report: Report,
    progress: Progress,
) -> int:
    for rejection in rejections:
        report.add(rejection)
    bar, summary = Bar(len(rows) + len(rejections), sys.stderr), Summary(options.dry_run)
    summary.count[Outcome.REJECTED] = len(rejections)
    left = [row for row in rows if row.row_id not in progress.known]
    summary.count[Outcome.PRESENT] = len(rows) - len(left)
    backfill = Backfill(manager, options.source, dry_run=options.dry_run)
    bar.show(summary.done, report.rejected, last=False)
    try:
        with closing(backfill.run(left, options.workers)) as outcomes:
            for done in outcomes:
                summary.add(done)
                if done.rejection is None:
                    progress.add(done.row.row_id)
                else:
                    report.add(done.rejection)
                bar.show(summary.done, report.rejected, last=False)
    except KeyboardInterrupt:
        summary.interrupted = True
    bar.show(summary.done, report.rejected, last=True)
    print("\n".join(summary.lines()))
    return 1 if report.rejected or summary.interrupted else 0


class Summary:
    """What became of the rows of this run."""

    def __init__(self, dry_run: bool) -> None:
        self.dry_run, self.interrupted = dry_run, False
        self.count: Counter[Outcome] = Counter()
        self.events: Counter[str] = Counter()
        self.without_effect = 0

    @property
    def done(self) -> int:
        return self.count.total()

    def add(self, done: Done) -> None:
        self.count[done.outcome] += 1
        if done.outcome is Outcome.IMPORTED:
            self.events[done.row.event] += 1
            self.without_effect += not done.effective

    def lines(self) -> list[str]:
        events = ", ".join(f"{event.value} {self.events[event]}" for event in EVENTS)
        imported = "would be imported" if self.dry_run else "imported"
        lines = [f"{imported}: {self.count[Outcome.IMPORTED]} ({events})"]
        if self.without_effect:
            lines.append(f"  of these without effect, because later choices stand: {self.without_effect}")
        lines += [
            f"{outcome}: {self.count[outcome]}" for outcome in (Outcome.PRESENT, Outcome.REJECTED, Outcome.FAILED)
        ]
        if self.interrupted:
            lines.append("interrupted: run it again to go on")
        return lines


class Report:
    """The rows that are not imported: in a file, or the first of them shown (all of them in a dry run)."""

    def __init__(self, path: Path | None, shown: TextIO, dry_run: bool) -> None:
        self._shown, self._dry_run, self.rejected = shown, dry_run, 0
        self._file = None if path is None else path.open("w", encoding="utf-8")

    def add(self, rejection: Rejection) -> None:
        self.rejected += 1
        line = json.dumps(rejection.to_json())
        if self._file is not None:
            print(line, file=self._file)
        elif self._dry_run or self.rejected <= SHOWN:
            print(line, file=self._shown)
        elif self.rejected == SHOWN + 1:
            print("More rows are rejected: --rejected FILE takes them all.", file=self._shown)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _read(options: argparse.Namespace) -> tuple[list[Row], list[Rejection]]:
    layout = options.format or {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}.get(options.file.suffix.lower())
    if layout is None:
        raise FileError("say which format it is: --format csv or --format jsonl")
    found = list(read_rows(options.file.read_bytes(), layout, options.source, times.now()))
    return [row for row in found if isinstance(row, Row)], [row for row in found if isinstance(row, Rejection)]


def _connect(options: argparse.Namespace) -> tuple[ConsentHistoryManager, str]:
    """What records consent there, and what tells that ledger from others; it is asked once, so that it is there."""
    try:
        take_environment(options, "GrantConsentFunction")
    except SystemExit as nowhere:
        raise FileError(str(nowhere)) from None
    os.environ["POWERTOOLS_LOG_LEVEL"] = "WARNING"  # the entries say what was done; a line for each would hide the rest
    from lukhas_common.aws.consent import consent_history
    from lukhas_common.settings import settings

    manager = consent_history()
    manager.ledger.store.newest("consent/")
    return manager, f"{settings().ledger_table} {settings().data_key_id}"


def _workers(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 10:
        raise argparse.ArgumentTypeError("1 to 10, as many as there are connections")
    return number


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="backfill_consent.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_place(parser)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--format", choices=LAYOUTS, help="what the file is, if its name does not say so")
    parser.add_argument("--source", default="backfill", help="the system that the rows come from, the same in all runs")
    parser.add_argument("--dry-run", action="store_true", help="write nothing: show what would be imported or rejected")
    parser.add_argument("--rejected", type=Path, metavar="FILE", help="takes the rows that are not imported, and why")
    parser.add_argument("--progress-file", type=Path, metavar="FILE", help="speeds up the next run of the same file")
    parser.add_argument("--workers", type=_workers, default=4, help="people whose rows are imported at once")
    options = parser.parse_args()
    if options.dry_run and (options.rejected or options.progress_file):
        parser.error("--dry-run writes nothing: leave out --rejected and --progress-file")
    written = [path.resolve() for path in (options.rejected, options.progress_file) if path]
    if len({options.file.resolve(), *written}) <= len(written):
        parser.error("FILE, --rejected and --progress-file must be three files")
    return options


if __name__ == "__main__":
    sys.exit(main())
