"""Move people's data keys under the KMS key that wraps them now, after it was replaced.

    python scripts/rewrap_keys.py --stack lukhas-prod --dry-run
    python scripts/rewrap_keys.py --stack lukhas-prod

Deploy with NewDataKeyArn first (and with FormerDataKeyArn, if there was a new one before): from then on functions wrap
with the new key, and unwrap with either. Then run this until it moves nothing, for a function of the version before may
have wrapped a key meanwhile; at last disable the old key. It may be stopped anywhere and run again, and twice at once;
it never sees a data key, and brings back none that was destroyed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "lukhas_common")]

from scripts.place import add_place, take_environment  # noqa: E402 - found by the line above


def main() -> int:
    """Run it; 0 if every key is under the newest one or would be, 1 if one cannot be moved."""
    parser = argparse.ArgumentParser(
        prog="rewrap_keys.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_place(parser)
    parser.add_argument("--dry-run", action="store_true", help="only say how many there are to move")
    options = parser.parse_args()
    take_environment(options, "ExportConsentFunction")
    from lukhas_common.aws.rewrapping import rewrap_data_keys
    from lukhas_common.settings import settings

    done = rewrap_data_keys(dry_run=options.dry_run)
    print(f"under {settings().data_keys[0]}")
    print(f"{'to move' if options.dry_run else 'moved'}: {done.moved}")
    print(f"there already: {done.there}")
    print(f"destroyed or moved by another meanwhile: {done.changed}")
    for subject in done.failed:
        print(f"left as it is, no key that is known here opens it: {subject}", file=sys.stderr)
    return 1 if done.failed else 0


if __name__ == "__main__":
    sys.exit(main())
