"""What Argon2id costs, with the parameters of the product."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.inside.timing import answer, repeated
from lukhas_common.identity.password_hashes import PasswordHasher


def measure() -> dict[str, Any]:
    """One password, ``sys.argv[1]`` times."""
    hasher, password = PasswordHasher(), "seven tall lamps by the canal"
    stored = hasher.hash(password)
    return {"argon2": repeated(lambda: hasher.verify(stored, password), int(sys.argv[1]))}


if __name__ == "__main__":
    answer(measure)
