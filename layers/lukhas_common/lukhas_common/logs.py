"""Structured logs: one JSON line an event, with the gateway's request id where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from lukhas_common.audit import Detail

_FREE_TEXT = ("message", "exception", "exception_notes")
"""The fields of a line that may repeat what somebody wrote; the others are ids, reasons and counts."""

_PLAIN = re.compile(r"[A-Za-z_ ]*(?:\.[a-z_]+)?")
"""Words, and names of events: most lines need no rules, and no import of them."""


class MaskingFormatter(LambdaPowertoolsFormatter):
    """Takes structured personal data, as mail addresses and card numbers, out of free text before it is written."""

    def serialize(self, log: Any) -> str:
        for name in _FREE_TEXT:
            if log.get(name):
                log[name] = _masked(log[name])
        trace = log.get("stack_trace")
        if trace:
            log["stack_trace"] = {**trace, "value": _masked(str(trace["value"]))}  # it is the exception itself
        return super().serialize(log)


def _masked(value: Any) -> Any:
    """A text, or the texts in what a line may hold in place of one."""
    if isinstance(value, Mapping):
        return {name: _masked(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(part) for part in value]
    if not isinstance(value, str) or _PLAIN.fullmatch(value):
        return value
    from lukhas_common.privacy.redaction.redactor import mask

    return mask(value)


logger = Logger(logger_formatter=MaskingFormatter(utc=True, use_rfc3339=True, location=None), location=None)
"""Its service name and level come from POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL."""


class LoggedAudit:
    """The Audit port as log lines; an alarm is one of level ERROR, which template.yaml has an alarm for."""

    def record(self, event: str, **details: Detail) -> None:
        logger.info(event, extra=_extra(details))

    def alarm(self, event: str, error: Exception, **details: Detail) -> None:
        # An AWS error says what is wrong by a code in its response: throttled, denied, no such table.
        answer = getattr(error, "response", {})
        code = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
        logger.error(event, extra=_extra({**details, "error": type(error).__qualname__, "error_code": code}))


def _extra(details: dict[str, Detail]) -> dict[str, object]:
    """The details that there are, bounded, and free of characters that a terminal or log reader would act on."""
    kept = {
        name: value if isinstance(value, int) else _clean(value) for name, value in details.items() if value is not None
    }
    return {"audit": True, **kept}


def _clean(value: str | int) -> str | int:
    if isinstance(value, int) or (len(value) <= 256 and value.isprintable()):
        return value
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in value[:256])
