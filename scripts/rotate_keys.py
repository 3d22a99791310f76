"""Look at the signing keys of a stack, rotate them, go back, or revoke one in an incident.

    python scripts/rotate_keys.py --stack lukhas-prod status
    python scripts/rotate_keys.py --stack lukhas-prod --ring qrg revoke KID --dry-run
    python scripts/rotate_keys.py --local --ring access rotate

It says first what the change will break, and asks; ``--dry-run`` stops there, ``--yes`` does not ask. The change is
made by RotateKeysFunction, in one write that the next request feels, and then there is a new standby.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "lukhas_common")]

if TYPE_CHECKING:
    from lukhas_common.crypto.key_ring import Ring, RingKey

from scripts.place import add_place, physical, take_environment  # noqa: E402 - found by the line above

FUNCTION = "RotateKeysFunction"


def main() -> int:
    """Run the command; 0 if it was done, 1 if it was refused, 2 if nobody agreed."""
    options = _options()
    take_environment(options, FUNCTION, "QrgIssueFunction")
    function = _run_here if options.local else _runs_in(options.stack)
    from lukhas_common import times
    from lukhas_common.aws.signing import key_rings
    from lukhas_common.crypto.commands import KeyCommand
    from lukhas_common.crypto.key_ring import KeyRingError

    known = key_rings()
    if options.command == "status":
        for ring in known.values():
            print("\n".join(_status(ring.store.load(ring.name)[0], times.now())))
        return 0
    if options.ring not in known:
        return _refused(f"say which ring: --ring {' or --ring '.join(known)}")
    ring = known[options.ring]
    present, _keys = ring.store.load(ring.name)
    command = KeyCommand(options.ring, options.command, options.kid, options.early, present.version)
    try:
        print("\n".join(_consequences(present, command.preview(ring, present, times.now()), times.now())))
    except KeyRingError as refusal:
        return _refused(str(refusal))
    if options.dry_run or not (options.yes or _agreed()):
        print("Nothing was changed.")
        return 0 if options.dry_run else 2
    answer = function(command.as_event())
    if "refused" in answer:
        return _refused(answer["refused"])
    print("\n".join(_status(ring.store.load(ring.name)[0], times.now())))
    return 0


def _refused(why: str) -> int:
    print(f"Refused: {why}.", file=sys.stderr)
    return 1


def _agreed() -> bool:
    try:
        return input("Do it? Type yes: ") == "yes"
    except EOFError:
        print("\nNobody answered. Pass --yes to do without.", file=sys.stderr)
        return False


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="rotate_keys.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_place(parser)
    parser.add_argument("--ring", default="", help="access, qrg, log-ed25519 or log-ml-dsa-44")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status", help="show every key of every ring")
    parser.set_defaults(kid="", early=False)
    changes = {
        "tend": "do what the schedule would do now",
        "rotate": "let the standby sign",
        "rollback": "let the key before sign again",
        "revoke": "refuse everything that a key signed",
    }
    for name, text in changes.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("--dry-run", action="store_true", help="only say what would happen")
        command.add_argument("--yes", action="store_true", help="do not ask")
        if name == "rotate":
            command.add_argument("--early", action="store_true", help="even if others may not know the standby yet")
        if name == "revoke":
            command.add_argument("kid")
    return parser.parse_args()


def _run_here(event: dict[str, Any]) -> dict[str, Any]:
    """Have the function make the change, not this script: its events go where key events belong."""
    from functions.identity.rotate_keys import handler

    done: dict[str, Any] = handler(event, None)
    return done


def _runs_in(stack: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The deployed function makes the change, under its own role."""
    function = physical(stack, FUNCTION)

    def call(event: dict[str, Any]) -> dict[str, Any]:
        # A command that was given twice would be carried out twice.
        client = boto3.client("lambda", config=Config(retries={"total_max_attempts": 1}, read_timeout=90))
        answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        payload: dict[str, Any] = json.load(answer["Payload"])
        if "FunctionError" in answer:
            raise SystemExit(f"The function failed; look at its log, and then at the status: {payload}")
        return payload

    return call


def _consequences(present: Ring, future: Ring, now: float) -> list[str]:
    """What the change means for those who hold tokens, and for those who verify them."""
    before, after = present.active(), future.active()
    lines = []
    if after is None:
        lines.append(f"Nothing of the ring {future.name} can be signed until a new key is made, right after this.")
    elif before is None or after.kid != before.kid:
        lines.append(f"{after.kid} ({after.algorithm}) signs from now on.")
        if now < after.published_at + 300:
            lines.append("It was published less than 5 minutes ago: who cached the key set does not know it yet.")
    for key in present.keys:
        if present.believes(key.kid, now) and not future.believes(key.kid, now):
            lines += _broken(present.name, key, now)
    return lines or ["No token is affected."]


def _broken(name: str, key: RingKey, now: float) -> list[str]:
    """What becomes of the tokens that this key signed."""
    lines = [f"Everything that {key.kid} signed is refused at once."]
    if name == "qrg":
        tokens, users = _count(key.kid, now)
        lines.append(f"{tokens} QRG tokens of {users} users die. Nobody can renew them: new ones must be issued.")
    else:
        lines.append("Access tokens of the last hour die; clients refresh once and go on. No session ends.")
    lines.append("Whoever verifies offline with a cached key set believes it for up to 5 minutes more.")
    return lines


def _count(kid: str, now: float) -> tuple[int, int]:
    from lukhas_common.aws.clients import client
    from lukhas_common.aws.families import DynamoFamilies

    return DynamoFamilies(client("dynamodb"), os.environ["FAMILIES_TABLE"]).count_live(kid, now)


def _status(ring: Ring, now: float) -> list[str]:
    from lukhas_common.times import utc

    lines = [f"ring {ring.name}, version {ring.version}"]
    for key in ring.keys:
        times: dict[str, Any] = {
            "published": key.published_at,
            "signing since": key.activated_at,
            "stopped": key.stopped_at,
            "believed until": key.retires_at,
            "destroyed": key.destroyed_at,
        }
        told = ", ".join(f"{what} {utc(moment):%Y-%m-%d %H:%M}" for what, moment in times.items() if moment is not None)
        revoked = ", REVOKED" if key.revoked else ""
        lines.append(f"  {key.kid}  {key.algorithm:<9}  {key.state(now):<9}  {told}{revoked}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
