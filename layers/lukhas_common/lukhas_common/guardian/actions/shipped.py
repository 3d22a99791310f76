"""The policies about actions that this package ships: a folder of Cedar files for each set, and one schema for all."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from lukhas_common.policy.cedar import PolicyEngine
from lukhas_common.policy.requests import PolicyError

ASSISTANT = "assistant"
"""What holds for an assistant that acts for a person."""

WEB_TASKS = "web_tasks"
"""Six published rules for tasks on websites."""

SETS = (ASSISTANT, WEB_TASKS)


SCHEMA = (resources.files(__package__) / "schema.cedarschema").read_text(encoding="utf-8")
"""The schema that every policy about actions fits."""


def shipped_policies(name: str) -> dict[str, str]:
    """The files of a set by their names, in order.

    Raises:
        PolicyError: no such set is shipped.
    """
    if name not in SETS:
        raise PolicyError(f"no such set of policies: there are {', '.join(SETS)}")
    folder = resources.files(__package__) / "policies" / name
    found = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".cedar")}
    return dict(sorted(found.items()))


@lru_cache(maxsize=len(SETS))
def shipped(name: str) -> PolicyEngine:
    """The engine of a set, read once.

    Raises:
        PolicyError: no such set is shipped, or it cannot be read.
    """
    return PolicyEngine("\n".join(shipped_policies(name).values()), SCHEMA)
