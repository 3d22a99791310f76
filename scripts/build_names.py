#!/usr/bin/env python3
# Rebuilds layers/lukhas_common/lukhas_common/privacy/redaction/data/names.txt.gz. Source: Faker (MIT), its lists of
# names, of cities and of common words in all languages that it has.
"""Build the lists of given names, family names, cities and common words that the tagger of redaction takes hints from.

    python scripts/build_names.py    # write; needs Faker (requirements-train.txt)

Four lines: given names, family names, cities, and common words of languages other than English; in lower case, each
without what is no single word.
"""

from __future__ import annotations

import gzip
import importlib
import io
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
OUTPUT = _ROOT / "layers/lukhas_common/lukhas_common/privacy/redaction/data/names.txt.gz"
_SPLIT = re.compile(r"[\s\-]+")
LISTS = (
    ("person", re.compile(r"first_name|first_romanized_name")),
    ("person", re.compile(r"last_name|last_romanized_name|surname")),
    ("address", re.compile(r"cit(y|ies)(_names?)?$")),
    ("lorem", re.compile(r"word_list$")),
)
_SKIPPED = {"lorem.la", "lorem.en_US", "lorem.en_PH", "lorem.vi_VN", "lorem.az_AZ"}
"""Latin that fills pages, and English, of which there is a longer list."""


def listed(package: str, attribute: re.Pattern[str]) -> Iterator[str]:
    """What the lists of a kind hold, over all languages."""
    providers = importlib.import_module(f"faker.providers.{package}")
    for found in pkgutil.iter_modules(providers.__path__, f"faker.providers.{package}."):
        if found.name.removeprefix("faker.providers.") in _SKIPPED:
            continue
        provider: Any = importlib.import_module(found.name).Provider
        for name in dir(provider):
            values = getattr(provider, name)
            if attribute.match(name) and isinstance(values, tuple | list | dict | set | frozenset):
                yield from (value for value in values if isinstance(value, str))


def words(values: Iterator[str]) -> list[str]:
    """The words of names, in lower case, in order."""
    parts = {part.strip("'’.").lower() for value in values for part in _SPLIT.split(value)}
    return sorted(part for part in parts if len(part) > 1 and re.fullmatch(r"[^\W\d_]+(?:['’][^\W\d_]+)*", part))


def main() -> int:
    lines = [" ".join(words(listed(package, attribute))) for package, attribute in LISTS]
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write("\n".join(lines).encode())
    OUTPUT.write_bytes(packed.getvalue())
    print([len(line.split()) for line in lines], "words,", len(packed.getvalue()), "bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
