"""Look at what the memory's dead letters say, and have it tried again.

    python scripts/redrive_memories.py --stack lukhas-prod list
    python scripts/redrive_memories.py --stack lukhas-prod redrive --most 100

A letter is about one memory that could not be read (it was set aside, and holds up no other), or about an errand that
failed five times. Mend the cause first: what fails again comes back as a new letter.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "lukhas_common"), str(ROOT / "layers" / "memory")]

from scripts.place import add_place, take_environment  # noqa: E402 - found by the line above

HIDDEN_FOR = 30
"""Seconds for which a letter that was looked at is not shown again."""


def main() -> int:
    """List or redrive; 0 if every letter could be taken up, 1 if one is none of ours."""
    options = _options()
    take_environment(options, "RunErrandsFunction")
    from lukhas_common import times
    from lukhas_common.aws.clients import client
    from lukhas_common.aws.memory import memories
    from lukhas_common.aws.memory_dispatch import errands
    from lukhas_common.memory.redriving import Redriving
    from lukhas_common.settings import settings

    queue, sqs = settings().required("memory_letters_queue"), client("sqs")
    redriving = Redriving(memories(), errands(), times.now)
    looked_at = failed = 0
    while looked_at < options.most and (letters := _received(sqs, queue, options.most - looked_at)):
        for letter in letters:
            looked_at += 1
            if options.what == "list":
                print(letter["Body"])
                continue
            try:
                print(redriving.take_up(letter["Body"]))
            except ValueError as error:
                print(f"{error}: {letter['Body'][:200]}", file=sys.stderr)
                failed += 1
                continue
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=letter["ReceiptHandle"])
    print(f"{looked_at} letters" + (f", {failed} of them left where they are" if failed else ""))
    return 1 if failed else 0


def _received(sqs: Any, queue: str, most: int) -> list[dict[str, Any]]:
    answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=min(most, 10), VisibilityTimeout=HIDDEN_FOR)
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="redrive_memories.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_place(parser)
    parser.add_argument("what", choices=("list", "redrive"))
    parser.add_argument("--most", type=int, default=1000, help="letters at most")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
