"""Evaluates policy documents as IAM does, with the few conditions that are imitated here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

TAGS = ("aws:resourcetag/", "aws:requesttag/")
OPERATORS = ("StringEquals", "StringEqualsIfExists")
ON_BEHALF = "kms:viaservice"  # only AWS's own services have it, and none of them calls here


@dataclass(frozen=True)
class Need:
    """An action, the ARN that it touches, and the tags that conditions may ask about.

    ``tags`` has lower-case names such as ``aws:resourcetag/team``; None stands for a service whose tags are
    not looked up.
    """

    action: str
    arn: str
    tags: Mapping[str, str] | None = None


def allowed(documents: Iterable[Mapping[str, Any]], need: Need) -> bool:
    """Tell whether some statement of the policies allows what is needed and none denies it."""
    effects = {s["Effect"] for document in documents for s in _list(document["Statement"]) if _applies(s, need)}
    return effects == {"Allow"}


def _applies(statement: Mapping[str, Any], need: Need) -> bool:
    return (
        _names(statement, "Action", need.action.lower(), str.lower)
        and _names(statement, "Resource", need.arn, str)
        and all(_answers(statement.get("Condition", {}), need, unknown=statement["Effect"] == "Deny"))
    )


def _names(statement: Mapping[str, Any], element: str, value: str, form: Any) -> bool:
    if f"Not{element}" in statement:
        return not any(_pattern(form(p)).fullmatch(value) for p in _list(statement[f"Not{element}"]))
    return any(_pattern(form(p)).fullmatch(value) for p in _list(statement.get(element, [])))


def _answers(conditions: Mapping[str, Any], need: Need, unknown: bool) -> Iterator[bool]:
    """Answer each condition; what is not known here is answered so that nothing is allowed by it."""
    for operator, asked in conditions.items():
        for name, values in asked.items():
            key, wanted = name.lower(), [str(value) for value in _list(values)]
            tagged = need.tags is not None and key.startswith(TAGS)
            variable = any("${" in value for value in wanted)
            if operator not in OPERATORS or variable or not (tagged or key == ON_BEHALF):
                yield unknown
            else:
                found = (need.tags or {}).get(key)
                yield found in wanted or (found is None and operator == "StringEqualsIfExists")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(character) or re.escape(character) for character in text), re.DOTALL)
