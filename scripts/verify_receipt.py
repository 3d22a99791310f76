"""Check a consent receipt without asking anybody: no AWS, no network.

    python scripts/verify_receipt.py receipt.json --key lukhas.id/ledger+1a2b3c4d+AQ... --key lukhas.id/ledger+...
    curl ... | python scripts/verify_receipt.py - --key ...

The keys of the log are at GET /ledger/keys; use a copy that you got elsewhere, or long ago. It says what the record
says, whether the log promised it, and under which checkpoint it is proven to be in the log. The exit code is 0 only if
everything that the receipt holds is good.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "layers" / "lukhas_common")]

if TYPE_CHECKING:
    from lukhas_common.ledger.receipts import Verified

MAX_RECEIPT = 10_000_000
"""Bytes of the longest receipt that is read."""

SHOWN = ("user_id", "scope", "purposes", "effective", "indicated_at", "expires_at", "reason")
"""What is shown of an event, as far as it says it."""


def main() -> int:
    """Check the receipt; 0 if all of it holds, 1 if not."""
    options = _options()
    from lukhas_common.ledger.receipts import ReceiptError, load_receipt, verify_receipt
    from lukhas_common.tlog.notes import NoteError
    from lukhas_common.tlog.verifiers import Verifier

    try:
        keys = [Verifier.parse(key) for key in options.key]
        origin = options.origin or _one_name([key.name for key in keys])
        receipt = load_receipt(_read(options.receipt))
        verified = verify_receipt(receipt, origin, keys)
    except (ReceiptError, NoteError, OSError, ValueError) as error:
        return _refused(str(error))
    except (RecursionError, OverflowError):
        return _refused("this is no receipt")
    print("\n".join(_lines(receipt, verified, origin)))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="verify_receipt.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("receipt", help="the file; - reads from standard input")
    parser.add_argument("--key", action="append", required=True, metavar="VKEY", help="a key of the log")
    parser.add_argument("--origin", help="the name of the log; that of the keys, if it is not said")
    return parser.parse_args()


def _read(name: str) -> bytes:
    if name == "-":
        data = sys.stdin.buffer.read(MAX_RECEIPT + 1)
    else:
        with Path(name).open("rb") as file:
            data = file.read(MAX_RECEIPT + 1)
    if len(data) > MAX_RECEIPT:
        raise ValueError("this is too long for a receipt")
    return data


def _one_name(names: list[str]) -> str:
    if len(set(names)) != 1:
        raise ValueError("the keys are of several logs: say which with --origin")
    return names[0]


def _refused(why: str) -> int:
    print(f"It does not hold: {why}.", file=sys.stderr)
    return 1


def _lines(receipt: dict[str, Any], verified: Verified, origin: str) -> list[str]:
    from lukhas_common.times import rfc3339

    record, checkpoint = verified.record, verified.checkpoint
    lines = [f"{_plain(record.kind)} at {rfc3339(record.at)}", f"entry {record.entry_id}"]
    lines += [f"stream {_plain(record.stream)}, number {record.seq}"]
    event = record.body.get("event") if isinstance(record.body, dict) else None
    if isinstance(event, dict):
        lines += [f"{name} {_plain(event[name])}" for name in SHOWN if name in event]
    lines += [f"hash {receipt['hash']}", f"promised: signed by {origin}"]
    if checkpoint is None:
        return [*lines, "in the log: not proven by this receipt; get it again once the log holds the entry"]
    return [*lines, f"in the log: proven under the signed checkpoint of size {checkpoint.size}"]


def _plain(value: Any) -> str:
    """A value on one line; nothing in it may look like a line of ours, or steer a terminal."""
    return ascii(value)[:300]


if __name__ == "__main__":
    sys.exit(main())
