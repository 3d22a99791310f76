"""Structured logs: one JSON line an event, with the gateway's request id where there is one."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, TextIO

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from lukhas_common.audit import Detail

_FREE_TEXT = ("message", "exception", "exception_notes")
"""The fields of a line that may repeat what somebody wrote; the others are ids, reasons and counts."""

_PLAIN = re.compile(r"(?:[A-Za-z]{1,15}\b[ _]?|[A-Za-z]{1,15}_)*(?:\.[a-z_]+)?")
"""Words, and names of events: most lines need no rules, and no import of them. What is longer may be a key."""

_TELLING = re.compile(r"pass|kennwort|pwd|pin|secret|token", re.I)
_LOST = "[what was to be logged could not be masked]"


class MaskingFormatter(LambdaPowertoolsFormatter):
    """Takes structured personal data, as mail addresses and card numbers, out of free text before it is written."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; where it cannot be made, one that says so and repeats nothing of it."""
        try:
            line = super().format(record)
        except Exception as error:  # noqa: BLE001 - logging would print the record as it is to stderr
            line = super().format(_instead(record, error))
        return line.encode(errors="backslashreplace").decode()  # half a surrogate pair would stop the stream

    def serialize(self, log: Any) -> str:
        for name in _FREE_TEXT:
            if log.get(name):
                log[name] = _masked(log[name])
        trace = log.get("stack_trace")
        if trace:
            log["stack_trace"] = {**trace, "value": _masked(str(trace["value"]))}  # it is the exception itself
        return super().serialize(log)


def _instead(record: logging.LogRecord, error: Exception) -> logging.LogRecord:
    """A record of the same level and time with a fixed text."""
    known = {"name": record.name, "levelno": record.levelno, "levelname": record.levelname, "created": record.created}
    return logging.makeLogRecord({**known, "msg": {"lost": _LOST, "error": type(error).__qualname__}})


def _masked(value: Any) -> Any:
    """A text, or the texts in what a line may hold in place of one."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and not _TELLING.search(value):
        return value
    from lukhas_common.privacy.redaction.redactor import mask_values

    try:
        return mask_values(value, other=str)
    except Exception:  # noqa: BLE001 - whatever it is, the line is written, and without it
        return _LOST


class _Lines(logging.StreamHandler[TextIO]):
    """Writes to the standard output; what cannot be written is not repeated elsewhere."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging has for it
        print(f"A log line of level {record.levelname} could not be written.", file=sys.stderr)  # noqa: T201


logger = Logger(
    logger_handler=_Lines(sys.stdout),
    logger_formatter=MaskingFormatter(utc=True, use_rfc3339=True, location=None),
    location=None,
)
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
