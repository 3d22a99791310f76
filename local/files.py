"""Where the stack keeps its state, and files that only their owner may read."""

import json
import os
from pathlib import Path
from typing import Any


def state_folder() -> Path:
    """Return the folder of the kept state: $LUKHAS_STATE_DIR, else lukhas in the user's state folder."""
    if own := os.environ.get("LUKHAS_STATE_DIR"):
        return Path(own)
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "lukhas"


def write_private(path: Path, data: bytes) -> None:
    """Replace a file whole or not at all, mode 0600, and have it on disk before returning."""
    part = path.with_name(f"{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    os.replace(part, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name too
    finally:
        os.close(folder)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON for its owner only."""
    write_private(path, json.dumps(content, indent=1).encode())


def write_exports(path: Path, variables: dict[str, str]) -> None:
    """Write variables as shell exports, for its owner only."""
    write_private(path, "".join(f"export {name}='{value}'\n" for name, value in variables.items()).encode())
