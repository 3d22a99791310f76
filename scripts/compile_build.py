"""Compile a finished `sam build` to bytecode and say how large it is.

`sam build` ships sources only, and compiling them at every cold start costs more than half of the
import time. The bytecode is marked unchecked (PEP 552), so its validity does not hang on file times,
which the deployment package resets. Run it with the interpreter version that the functions run on.

    python3.13 scripts/compile_build.py .aws-sam/build
"""

import compileall
import py_compile
import sys
from pathlib import Path

RUNTIME = (3, 13)
LAYER_LIMIT = 60_000_000


def main() -> int:
    """Compile, print a line per artefact, and fail where the common layer is too large."""
    if sys.version_info[:2] != RUNTIME:
        print(f"run this with Python {RUNTIME[0]}.{RUNTIME[1]}: bytecode of another version is never read")
        return 1
    build = Path(sys.argv[1])
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(build, quiet=1, invalidation_mode=mode, workers=0, stripdir=str(build)):
        return 1
    sizes = {
        folder.name: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        for folder in sorted(build.iterdir())
        if folder.is_dir()
    }
    for name, size in sizes.items():
        print(f"{size / 1e6:8.2f} MB  {name}")
    if sizes.get("CommonLayer", 0) > LAYER_LIMIT:
        print(f"CommonLayer is over {LAYER_LIMIT / 1e6:.0f} MB")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
