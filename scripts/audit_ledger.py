"""Audit the ledger: that nothing in its public log or its table was altered, left out, put in or moved.

    python scripts/audit_ledger.py --stack lukhas-prod
    python scripts/audit_ledger.py --local --all --json
    python scripts/audit_ledger.py --bucket copy-of-the-log --key example.org/ledger+1a2b3c4d+AQ...

The whole tree is rebuilt from the bucket, and held against every tile, every checkpoint that was ever published, the
lock and every entry. It says what is wrong first, and where exactly; --all lists more. It writes nothing, and may run
while the log grows. The exit code is 0 if all is well, 1 if not, and 2 if something could not be read: then there is
no verdict.

Who has only a copy of the bucket can audit that: the keys of the log are at GET /ledger/keys; keep your own copy. An
old checkpoint that you kept shows whether the log was cut back since: --known. What people said stays unread unless
--open asks for it, which takes the right to decrypt their data keys.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "lukhas_common")]

if TYPE_CHECKING:
    from lukhas_common.ledger.auditing.audit import Audited, Report

from scripts.place import take_environment  # noqa: E402 - found by the line above

_FUNCTIONS = ("FinishErasuresFunction", "SequenceLedgerFunction")
"""Between them, they are told where everything is that an audit reads."""

_TELL_AFTER = 5
"""Seconds between two lines that say how far it is."""


def main() -> int:
    """Run the audit; 0 if all is well, 1 if not, 2 if nobody can tell."""
    options = _options()
    try:
        report = _audited(options)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it was, there is no verdict
        print(f"No verdict: {_said(error)}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(report.to_json(), indent=2))
    else:
        print("\n".join(_lines(report, options)))
    return 0 if report.is_clean else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="audit_ledger.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--stack", help="name of the CloudFormation stack")
    where.add_argument("--local", action="store_true", help="the one-machine stack that is running here")
    where.add_argument("--bucket", help="a log of which there is only the bucket; needs --key")
    parser.add_argument("--state-dir", type=Path, help="with --local: its state folder")
    parser.add_argument("--key", action="append", default=[], metavar="VKEY", help="a key of the log, not asked for")
    parser.add_argument("--known", action="append", default=[], type=Path, metavar="FILE", help="a kept checkpoint")
    parser.add_argument("--open", action="store_true", help="read what entries say, too")
    parser.add_argument("--all", nargs="?", type=int, const=100, default=1, metavar="N", help="list 100 findings, or N")
    parser.add_argument("--json", action="store_true", help="for machines")
    options = parser.parse_args()
    if options.bucket and not options.key:
        parser.error("--bucket needs --key: nothing else says who may sign")
    if options.bucket and options.open:
        parser.error("--open needs the table of entries: a bucket has none")
    if options.all < 1:
        parser.error("--all takes a number from 1 on")
    return options


def _audited(options: argparse.Namespace) -> Report:
    if not options.bucket:
        take_environment(options, *_FUNCTIONS)
    from lukhas_common import times
    from lukhas_common.ledger.auditing.audit import audit

    return audit(_what(options), times.now(), limit=options.all, progress=_Progress())


def _what(options: argparse.Namespace) -> Audited:
    from lukhas_common.aws.ledger_audit_reads import bucket_to_audit, stack_to_audit
    from lukhas_common.tlog.verifiers import Verifier

    keys = [Verifier.parse(key) for key in options.key]
    if len({key.name for key in keys}) > 1:
        raise ValueError("the keys are of several logs")
    known = [path.read_bytes() for path in options.known]
    if options.bucket:
        return bucket_to_audit(options.bucket, keys, known)
    return stack_to_audit(with_contents=options.open, known=known, keys=keys)


def _lines(report: Report, options: argparse.Namespace) -> list[str]:
    signed = "nothing is signed" if report.root is None else f"root {report.root}"
    lines = [f"Log {report.origin}: {report.size:,} leaves, {signed}"]
    lines.append(f"Read: {report.checkpoints:,} checkpoints, {report.objects:,} other objects")
    if report.entries is not None:
        oldest = "" if report.oldest_pending is None else f", the oldest for {report.oldest_pending:,.0f} s"
        later = f", {report.later:,} sequenced meanwhile" if report.later else ""
        lines[-1] += f", {report.entries:,} entries ({report.pending:,} pending{oldest}{later})"
    if options.open:
        lines.append(f"Contents: {report.opened:,} are what was appended, {report.erased:,} are erased")
    if report.is_clean:
        return [*lines, "All is well."]
    first, *further = report.findings
    lines += [f"FIRST: {first}", *(f"       {finding}" for finding in further)]
    left = report.total - len(report.findings)
    return [*lines, f"{left:,} further: list them with --all N"] if left else lines


def _said(error: BaseException) -> str:
    kind = "" if isinstance(error, (SystemExit, ValueError)) else f"{type(error).__name__}: "
    return f"{kind}{error}"


class _Progress:
    """Says on stderr how far it is, now and then."""

    def __init__(self) -> None:
        self._told_at = time.monotonic()

    def __call__(self, what: str, done: int, of: int) -> None:
        if time.monotonic() - self._told_at >= _TELL_AFTER:
            self._told_at = time.monotonic()
            print(f"{what}: {done:,}" + (f" of {of:,}" if of else ""), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
