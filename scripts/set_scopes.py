"""Give an account scopes or take them away: roles such as role:clinician, dpa:signed, consent:admin.

    python scripts/set_scopes.py --local ada --add role:admin --add consent:admin
    python scripts/set_scopes.py --stack lukhas-prod ada --remove role:admin

An account acts in one role at a time: who has several asks for one when logging in. What is taken away ends all
sessions and tokens of the account, so that it takes effect at once; what is given counts from the next login.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "lukhas_common")]

from scripts.place import add_place, take_environment  # noqa: E402 - found by the line above

SCOPE = re.compile(r"[a-z]+:[a-z]+")


def main() -> int:
    """Change the scopes; 0 if it was done, 1 if it was refused."""
    options = _options()
    wrong = [scope for scope in (*options.add, *options.remove) if not SCOPE.fullmatch(scope)]
    if wrong:
        print(f"Refused: a scope is two words with a colon, not {', '.join(wrong)}.", file=sys.stderr)
        return 1
    take_environment(options, "AuthenticateFunction")
    from lukhas_common.aws.identity import users
    from lukhas_common.aws.ledger import ledger_audit

    user = users().by_username(options.username)
    if user is None:
        print(f"Refused: there is no account {options.username}.", file=sys.stderr)
        return 1
    scopes = tuple(dict.fromkeys(scope for scope in (*user.scopes, *options.add) if scope not in options.remove))
    lost = set(user.scopes) - set(scopes)
    # About an account, not sealed as the person's: an office that was abused must not be erased by who abused it.
    said = {"account": user.user_id, "operator": boto3.client("sts").get_caller_identity()["Arn"]}
    ledger_audit().record("identity.scopes_intended", **said, scopes=" ".join(scopes))
    changed = users().replace_scopes(user, scopes, epochs=1 if lost else 0)
    if changed is None:
        print("Refused: the account was changed by somebody else just now. Try again.", file=sys.stderr)
        return 1
    ledger_audit().record("identity.scopes_changed", **said, scopes=" ".join(scopes))
    print(f"{options.username} ({user.user_id}) has {' '.join(scopes)}" + (", and no session any more" if lost else ""))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="set_scopes.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_place(parser)
    parser.add_argument("username")
    parser.add_argument("--add", action="append", default=[], metavar="SCOPE")
    parser.add_argument("--remove", action="append", default=[], metavar="SCOPE")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
