#!/usr/bin/env python3
# Rebuilds layers/lukhas_common/lukhas_common/identity/common_passwords.txt.gz.
#
# Sources, as published, pinned by version and SHA-256:
#
#   Django 5.2.8 (PyPI), BSD-3-Clause, (c) Django Software Foundation and individual contributors.
#     django/contrib/auth/common-passwords.txt.gz: 19,640 passwords compiled by Royce Williams.
#   @zxcvbn-ts/language-common 4.1.3 (npm), MIT, (c) 2012-2016 Dan Wheeler and Dropbox, Inc.,
#     (c) 2021 @zxcvbn-ts. src/passwords.json: 49,233 passwords.
#
# Result: 55,520 passwords, sorted, one a line, 159,995 bytes compressed. An entry is folded the way
# PasswordPolicy folds a candidate (NFKC, case folded); entries under four characters are left out,
# as a random password would too often contain one and be taken for that one with padding.
"""Build the blocklist of common passwords from pinned, licensed packages.

    python scripts/build_blocklist.py               # download, verify, write
    python scripts/build_blocklist.py --check       # download, verify, compare with the shipped file
    python scripts/build_blocklist.py --archives D  # the same, from archives already in directory D

The archives come through the pip and npm clients as they are configured on this machine.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable
from pathlib import Path

OUTPUT = Path(__file__).resolve().parents[1] / "layers/lukhas_common/lukhas_common/identity/common_passwords.txt.gz"
MIN_LENGTH = 4

DJANGO = "django-5.2.8-py3-none-any.whl"
DJANGO_MEMBER = "django/contrib/auth/common-passwords.txt.gz"
ZXCVBN = "zxcvbn-ts-language-common-4.1.3.tgz"
ZXCVBN_MEMBER = "package/src/passwords.json"
SHA256 = {
    DJANGO: "37e687f7bd73ddf043e2b6b97cfe02fcbb11f2dbb3adccc6a2b18c6daa054d7f",
    ZXCVBN: "bf3027c16c069d7877e25dc8751bc819e10e479afcc5ee1a323eb2ab73129ca9",
}


def fold(password: str) -> str:
    """Return the form under which passwords are compared: NFKC and case folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", password).casefold())


def download(directory: Path) -> None:
    """Fetch both archives into ``directory``.

    Raises:
        subprocess.CalledProcessError: if pip or npm cannot fetch its archive.
    """
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--only-binary", ":all:", "--dest", str(directory), "django==5.2.8"], check=True)
    subprocess.run(
        ["npm", "pack", "--silent", "@zxcvbn-ts/language-common@4.1.3"],
        check=True,
        cwd=directory,
        stdout=subprocess.DEVNULL,
    )


def read_archive(directory: Path, name: str) -> io.BytesIO:
    """Return the archive ``name`` once its digest is the pinned one.

    Raises:
        SystemExit: if the archive differs from the pinned one.
    """
    content = (directory / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise SystemExit(f"{name}: SHA-256 differs from the pinned one; do not use this archive.")
    return io.BytesIO(content)


def read_sources(directory: Path) -> list[str]:
    """Return every password listed by the two archives in ``directory``."""
    with zipfile.ZipFile(read_archive(directory, DJANGO)) as wheel:
        django = gzip.decompress(wheel.read(DJANGO_MEMBER)).decode().splitlines()
    with tarfile.open(fileobj=read_archive(directory, ZXCVBN), mode="r:gz") as tar:
        member = tar.extractfile(ZXCVBN_MEMBER)
        if member is None:
            raise SystemExit(f"{ZXCVBN}: {ZXCVBN_MEMBER} is not a file.")
        zxcvbn: list[str] = json.load(member)
    return [*django, *zxcvbn]


def encode(passwords: Iterable[str]) -> bytes:
    """Return the blocklist file for ``passwords``.

    The result depends on the set of passwords alone: entries are sorted, and ``GzipFile`` is told to
    write neither time nor name (``gzip.compress`` also writes a header that varies with the version
    of Python). Another implementation of zlib may compress the same content to other bytes.
    """
    entries = sorted(entry for entry in {fold(password) for password in passwords} if len(entry) >= MIN_LENGTH)
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as file:
        file.write("".join(f"{entry}\n" for entry in entries).encode())
    return buffer.getvalue()


def main() -> int:
    """Write the blocklist, or compare it with the shipped one."""
    parser = argparse.ArgumentParser(description="Build the blocklist of common passwords.")
    parser.add_argument("--check", action="store_true", help="compare with the shipped file only")
    parser.add_argument("--archives", type=Path, help="directory that holds both archives")
    arguments = parser.parse_args()

    if arguments.archives:
        content = encode(read_sources(arguments.archives))
    else:
        with tempfile.TemporaryDirectory() as directory:
            download(Path(directory))
            content = encode(read_sources(Path(directory)))

    count = gzip.decompress(content).count(b"\n")
    summary = f"{count} passwords, {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}"
    if arguments.check:
        same = OUTPUT.exists() and OUTPUT.read_bytes() == content
        print(f"{'same' if same else 'DIFFERENT'}: {summary}")
        return 0 if same else 1
    OUTPUT.write_bytes(content)
    print(summary)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
