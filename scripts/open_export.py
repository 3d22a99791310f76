"""Make a key for sealed exports, and open what was sealed to it: no AWS, no network.

    python scripts/open_export.py new export.key
    python scripts/open_export.py public export.key
    curl ... "/consent/export?recipient=$(python scripts/open_export.py public export.key)" > export.sealed
    python scripts/open_export.py open export.key export.sealed export.jsonld

The file of the key is readable by you alone; without it nobody opens what was sealed. An export is written whole or not
at all, and no file is overwritten.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "layers" / "lukhas_common")]

from lukhas_common.crypto.hpke import OpeningKey  # noqa: E402 - found by the line above
from lukhas_common.crypto.sealed_files import open_file  # noqa: E402
from lukhas_common.crypto.sealing import SealError  # noqa: E402

PIECE = 1 << 20
"""Bytes that are read at once."""


def main() -> int:
    """Run the command; 0 if it was done, 1 if it was refused."""
    options = _options()
    try:
        match options.command:
            case "new":
                key = OpeningKey.random()
                _write(options.key, [f"{key.as_text()}\n".encode()])
                print(key.recipient().as_text())
            case "public":
                print(_key(options.key).recipient().as_text())
            case "open":
                _write(options.export, open_file(_key(options.key), _pieces(options.sealed)))
                print(f"{options.export}: {options.export.stat().st_size} bytes")
    except SealError as error:
        return _refused(f"{options.sealed}: {error}")
    except FileExistsError as error:
        return _refused(f"{error.filename} is there already")
    except OSError as error:
        return _refused(f"{error.filename}: {error.strerror}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="open_export.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {"new": "make a key", "public": "show its public half", "open": "open a sealed export"}
    for name, text in texts.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("key", type=Path, help="file of the key")
        if name == "open":
            command.add_argument("sealed", type=Path, help="what was downloaded")
            command.add_argument("export", type=Path, help="where to put what it holds")
    return parser.parse_args()


def _refused(why: str) -> int:
    print(f"Refused: {why}.", file=sys.stderr)
    return 1


def _key(file: Path) -> OpeningKey:
    try:
        return OpeningKey.from_text(file.read_text(errors="replace").strip())
    except ValueError:
        raise SystemExit(_refused(f"{file} holds no key of this script")) from None


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


def _write(file: Path, pieces: Iterable[bytes]) -> None:
    """Write a new file that appears only when it is whole, readable by its owner alone."""
    if file.exists():
        raise FileExistsError(17, "is there", str(file))
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            for piece in pieces:
                opened.write(piece)
            opened.flush()
            os.fsync(opened.fileno())
        os.link(partial, file)  # unlike a rename, it overwrites nothing
    finally:
        partial.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
